/**
 * The course in a terminal.
 *
 *     keys ──▶ app.tsx ──▶ state/controller.ts ──▶ store (state/ui-state.ts) ──▶ screens/*.ts: lines ──▶ frame-writer.ts
 *                              └──▶ state/lab-work.ts ──▶ lab/live.ts ──▶ course, labd
 *
 * All that is shown is built as lines of spans (text/line.ts) by pure functions of the state and the window's size. Ink
 * reads the keys, and writes the lines where a screen reader wants them in a row; into a window frame-writer.ts writes them,
 * row by row as they change, since Ink erases the whole screen for each frame. The state is outside React, because the
 * screens go away while the learner is in a shell.
 */
import stringWidth from 'string-width';
import { LabError } from '../lib/errors.ts';
import { failureText } from '../lib/failure.ts';
import { hasWorkspace } from '../machines/workspace-dir.ts';
import { clipboardSequence } from './clipboard.ts';
import { beginning, sizeOf } from './first-frame.ts';
import { createFrameWriter, type FrameWriter } from './frame-writer.ts';
import type { LiveLab } from './lab/live.ts';
import { lookOf, type TuiOptions } from './options.ts';
import { createScreen } from './screen.ts';
import { createController } from './state/controller.ts';
import { createStore } from './state/store.ts';
import type { UiState } from './state/ui-state.ts';
import { guardTerminal, type TerminalGuard } from './terminal-guard.ts';
import { measureWith } from './text/width.ts';
import { createTheme, type Theme } from './theme.ts';

/** Given by entry.ts, which has drawn the first frame already. */
export interface Drawn {
  readonly guard: TerminalGuard;
  readonly begun: UiState;
  readonly theme: Theme;
  readonly writer: FrameWriter;
}

/** Shows the course until the learner leaves; the exit code. Wants a terminal on stdin and stdout. */
export async function startTui(options: TuiOptions = {}, drawn?: Drawn): Promise<number> {
  const { env, stdin, stdout } = process;
  measureWith(stringWidth);
  const theme = drawn?.theme ?? createTheme(lookOf(options, env));
  const writer = drawn?.writer ?? createFrameWriter((text) => stdout.write(text), theme);
  // Read by Ink's colours when they are loaded.
  if (!theme.color) env.FORCE_COLOR = '0';
  const guard = drawn?.guard ?? guardTerminal({ stdin, stdout });
  const [{ render }, { createElement }, { Keys, Linear }] = await Promise.all([
    import('ink'),
    import('react'),
    import('./app.tsx'),
  ]);

  const store = createStore<UiState>(drawn?.begun ?? beginning(options, sizeOf(stdout), env));
  const dir = store.get().workspace;
  let lab: LiveLab | undefined;
  let failure: unknown;
  let resolveWish: (wish: 'shell' | number) => void = () => undefined;

  const controller = createController({
    store,
    theme,
    terminal: {
      copy: (text) => stdout.write(clipboardSequence(text, env)),
      redraw: () => redraw(),
      shell: () => resolveWish('shell'),
      quit: (code) => resolveWish(code),
      fail(error) {
        failure = error;
        resolveWish(error instanceof LabError ? error.exitCode : 1);
      },
    },
    async openLab(topology) {
      const { openLiveLab } = await import('./lab/live.ts');
      const wanted = hasWorkspace(dir) ? options.topology : (topology ?? options.topology);
      lab = await openLiveLab({ workspace: dir, env, ...(wanted === undefined ? {} : { topology: wanted }) });
      return lab;
    },
    async examine() {
      const { examine } = await import('../cli/doctor/probes.ts');
      return examine({ workspace: dir, env, ...sizeOf(stdout) });
    },
  });
  guard.onDeath(() => controller.end());

  const screen = theme.linear ? undefined : createScreen(store, theme, writer);
  const redraw = () => {
    if (screen === undefined) stdout.write('\u001b[2J\u001b[H');
    else screen.redraw();
  };
  const resize = () => {
    redraw();
    store.set(sizeOf(stdout));
  };
  stdout.on('resize', resize);

  controller.start(options.topology);

  let exitCode = 0;
  for (;;) {
    guard.enter();
    store.set(sizeOf(stdout));
    const wish = new Promise<'shell' | number>((resolve) => {
      resolveWish = resolve;
    });
    const onKey = controller.key;
    const screens = theme.linear
      ? createElement(Linear, { store, theme, onKey })
      : createElement(Keys, { onKey });
    const instance = render(screens, {
      exitOnCtrlC: false,
      patchConsole: false,
      isScreenReaderEnabled: theme.linear,
    });
    // Ink ends by itself only when drawing failed.
    const wanted = await Promise.race([wish, instance.waitUntilExit().then(() => wish)]);
    screen?.lend();
    instance.unmount();
    await instance.waitUntilExit();
    await new Promise((resolve) => setImmediate(resolve));
    guard.leave();
    // Without this the shell and we would both read the keys.
    stdin.pause();
    if (wanted !== 'shell') {
      exitCode = wanted;
      break;
    }
    if (lab !== undefined) {
      guard.lend(true);
      await runShell(lab).finally(() => guard.lend(false));
    }
    screen?.takeBack();
  }
  controller.end();
  screen?.end();
  stdout.off('resize', resize);
  guard.release();
  if (failure !== undefined) {
    process.stderr.write(`k8s-lab: ${failureText(failure)}\n`);
  }
  return exitCode;
}

/** The learner's own shell, with the whole terminal; the lab is started for it. */
async function runShell({ session }: LiveLab): Promise<void> {
  const { learnerShell } = await import('../machines/learner-shell.ts');
  try {
    await session.client();
    process.stdout.write('Your shell on the jumpbox; exit brings you back to the course.\n');
    const child = learnerShell(session.workspace);
    await new Promise<void>((resolve, reject) => child.on('exit', () => resolve()).on('error', reject));
  } catch (error) {
    process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n`);
  }
}
