/**
 * The course in a terminal.
 *
 *     keys ──▶ app.tsx ──▶ state/controller.ts ──▶ store (state/ui-state.ts) ──▶ screens/*.ts: lines ──▶ frame ──▶ Ink
 *                              └──▶ state/lab-work.ts ──▶ lab/live.ts ──▶ course, labd
 *
 * All that is shown is built as lines of spans (text/line.ts) by pure functions of the state and the window's size; Ink
 * writes them. The state is outside React, because the screens go away while the learner is in a shell.
 */
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { hasWorkspace, workspaceDir } from '../machines/workspace.ts';
import type { LiveLab } from './lab/live.ts';
import { clipboardSequence, createScreenMode } from './screen-mode.ts';
import { topologyChoices } from './screens/welcome.ts';
import { createController } from './state/controller.ts';
import { createStore } from './state/store.ts';
import { initialState, type UiState } from './state/ui-state.ts';
import { createTheme, themeOptions } from './theme.ts';

export interface TuiOptions {
  /** The workspace's folder; default: K8S_LAB_WORKSPACE, else ~/k8s-lab. */
  readonly workspace?: string;
  /** Topology of a new workspace: it is then not asked for. */
  readonly topology?: string;
}

const sizeOf = (stream: NodeJS.WriteStream) => ({ columns: stream.columns || 80, rows: stream.rows || 24 });

/** Shows the course until the learner leaves; the exit code. Wants a terminal on stdin and stdout. */
export async function startTui(options: TuiOptions = {}): Promise<number> {
  const { env, stdin, stdout } = process;
  const dir = workspaceDir(options.workspace, env);
  const theme = createTheme(
    themeOptions(env, (env.K8S_LAB_ASCII ?? '') !== '' || process.argv.includes('--ascii')),
  );
  // Read by Ink's colours when they are loaded.
  if (!theme.color) env.FORCE_COLOR = '0';
  const [{ render }, { createElement }, { App }] = await Promise.all([
    import('ink'),
    import('react'),
    import('./app.tsx'),
  ]);

  const store = createStore<UiState>(initialState(sizeOf(stdout), dir));
  const screen = createScreenMode(stdout);
  let lab: LiveLab | undefined;
  let inShell = false;
  let resolveWish: (wish: 'shell' | number) => void = () => undefined;

  const controller = createController({
    store,
    theme,
    terminal: {
      copy: (text) => stdout.write(clipboardSequence(text, env)),
      shell: () => resolveWish('shell'),
      quit: (code) => resolveWish(code),
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

  const restore = () => screen.leave();
  const die = (code: number) => () => {
    if (inShell && code === 130) return;
    controller.end();
    restore();
    process.exit(code);
  };
  const signals = [
    ['SIGTERM', die(143)],
    ['SIGHUP', die(129)],
    ['SIGINT', die(130)],
  ] as const;
  const crash = (error: unknown) => {
    restore();
    if (stdin.isTTY) stdin.setRawMode(false);
    process.stderr.write(`k8s-lab: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  };
  const resize = () => {
    stdout.write('\u001b[2J\u001b[H');
    store.set(sizeOf(stdout));
  };
  // The command line's own handlers would wait for an end of work that a screen does not have.
  for (const [name, handler] of signals) process.removeAllListeners(name).on(name, handler);
  process.on('exit', restore).on('uncaughtException', crash).on('unhandledRejection', crash);
  stdout.on('resize', resize);

  if (!hasWorkspace(dir) && options.topology === undefined) controller.welcome(topologyChoices);
  // Loading the lab takes longer than the first frame, which must not wait for it.
  else setTimeout(() => void controller.begin(options.topology), 20);

  let exitCode = 0;
  for (;;) {
    screen.enter();
    store.set(sizeOf(stdout));
    const wish = new Promise<'shell' | number>((resolve) => {
      resolveWish = resolve;
    });
    const instance = render(createElement(App, { store, theme, onKey: controller.key }), {
      exitOnCtrlC: false,
      patchConsole: false,
    });
    const wanted = await wish;
    instance.unmount();
    await instance.waitUntilExit();
    await new Promise((resolve) => setImmediate(resolve));
    screen.leave();
    // Without this the shell and we would both read the keys.
    stdin.pause();
    if (wanted !== 'shell') {
      exitCode = wanted;
      break;
    }
    if (lab !== undefined) {
      inShell = true;
      await runShell(lab).finally(() => {
        inShell = false;
      });
    }
  }
  controller.end();
  stdout.off('resize', resize);
  process.off('exit', restore).off('uncaughtException', crash).off('unhandledRejection', crash);
  for (const [name, handler] of signals) process.off(name, handler);
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

const entry = process.argv[1];
if (entry !== undefined && existsSync(entry) && pathToFileURL(entry).href === import.meta.url) {
  process.exit(await startTui());
}
