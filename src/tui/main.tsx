/**
 * The screens of the lab.
 *
 *   keys ──▶ keys.ts (one registry) ──▶ state/controller.ts ──▶ the course, the lab, the learner's shell
 *                                              │ changes
 *                                              ▼
 *            components/app.tsx ◀── state/store.ts (outside React: it outlives the hand-over to a shell)
 *                   │
 *                   ▼
 *            state/frame.ts: header, body, footer as lines ◀── screens/*.ts: one function a screen, pure
 *                   │
 *                   ▼
 *            theme.ts paints what words mean ──▶ Ink writes what changed
 *
 * The first frame is drawn before anything is read; then the course comes from the disk, then the lab is opened.
 */
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { type Instance, render } from 'ink';
import { examine } from '../cli/doctor/probes.ts';
import { openForReading, openSession, type Session } from '../course/session.ts';
import { watchCourse } from '../course/watch.ts';
import { errorMessage, LabError } from '../lib/errors.ts';
import { learnerShell } from '../machines/learner-shell.ts';
import { hasWorkspace, workspaceDir } from '../machines/workspace.ts';
import { App } from './components/app.tsx';
import { liveLab } from './lab/live.ts';
import { topologyChoices } from './screens/welcome.ts';
import { Controller } from './state/controller.ts';
import { createStore } from './state/store.ts';
import { initialState } from './state/ui-state.ts';
import { clipboardSequence, enterScreen } from './terminal/terminal.ts';
import { createTheme, themeOptions } from './theme.ts';

export interface TuiOptions {
  readonly workspace?: string;
  readonly topology?: string;
}

const clusterPollMs = 1500;

/** Runs the screens until the learner leaves. Resolves to the exit code; the terminal is as it was before. */
export async function startTui(options: TuiOptions): Promise<number> {
  const { stdout, stdin, env } = process;
  const theme = createTheme(themeOptions(env, env.K8S_LAB_ASCII === '1'));
  const dir = workspaceDir(options.workspace, env);
  const store = createStore(initialState({ columns: stdout.columns, rows: stdout.rows }, dir));
  const stop = new AbortController();
  let exitCode = 0;
  let session: Session | undefined;
  let handingOver = false;
  let leave = enterScreen(stdout);
  let instance: Instance;

  const terminal = {
    copy: (text: string) => void stdout.write(clipboardSequence(text, env)),
    shell() {
      handingOver = true;
      instance.unmount();
    },
    quit(code: number) {
      exitCode = code;
      instance.unmount();
    },
  };
  const controller = new Controller(store, theme, terminal);
  const show = () => {
    instance = render(<App store={store} controller={controller} theme={theme} />, { exitOnCtrlC: false });
    return instance.waitUntilExit();
  };
  const crashed = (error: unknown) => {
    leave();
    process.stderr.write(
      `k8s-lab: ${error instanceof LabError ? error.toString() : error instanceof Error ? error.stack : String(error)}\n`,
    );
    process.exit(1);
  };
  const onSignal = () => {
    leave();
    process.exit(143);
  };
  process.once('SIGTERM', onSignal).once('SIGHUP', onSignal);
  process.once('uncaughtException', crashed).once('unhandledRejection', crashed);

  const open = async (topology?: string) => {
    store.set({ busy: 'opening the lab' });
    try {
      session = await openSession({ workspace: dir, ...(topology !== undefined && { topology }) });
      store.set({ pack: session.course.pack, course: session.course.state() });
      controller.attach(liveLab(session));
      controller.resume();
      session.course.subscribe(() => controller.refresh());
      void keepChecking(session, controller, stop.signal);
      void keepCluster(session, store, stop.signal);
    } catch (error) {
      controller.toast(error instanceof LabError ? error.toString() : errorMessage(error), 'fail');
    } finally {
      store.set({ busy: undefined });
    }
  };

  const begin = async () => {
    // The first frame is on the screen before any of this is done.
    await setImmediate();
    if (hasWorkspace(dir) || options.topology !== undefined) {
      const { course } = openForReading({
        workspace: dir,
        ...(options.topology !== undefined && { topology: options.topology }),
      });
      store.set({ pack: course.pack, course: course.state(), screen: 'chapter', trail: ['course'] });
      controller.resume();
      await open(options.topology);
      return;
    }
    store.set({ screen: 'welcome', welcome: { topologies: topologyChoices, findings: undefined } });
    controller.askTopology((name) => {
      store.set({ screen: 'chapter', trail: ['course'] });
      void open(name);
    });
    const findings = await examine({ workspace: dir, env, columns: stdout.columns, rows: stdout.rows });
    store.set({ welcome: { topologies: topologyChoices, findings } });
  };

  let exited = show();
  void begin().catch(crashed);
  for (;;) {
    await exited;
    if (!handingOver || session === undefined) break;
    handingOver = false;
    leave();
    // Without the pause the shell and this process would both read what is typed.
    await setImmediate();
    stdin.pause();
    const child = learnerShell(session.workspace, { stdio: 'inherit' });
    await once(child, 'exit');
    leave = enterScreen(stdout);
    store.set({ columns: stdout.columns, rows: stdout.rows });
    exited = show();
    controller.refresh();
  }
  stop.abort();
  controller.close();
  leave();
  process.off('SIGTERM', onSignal).off('SIGHUP', onSignal);
  return exitCode;
}

/** Checks again when files of the learner or units of the machines change. */
async function keepChecking(session: Session, controller: Controller, signal: AbortSignal): Promise<void> {
  const lab = liveLab(session);
  async function* changes() {
    yield* lab.changes(signal);
  }
  try {
    await watchCourse(session.course, { signal, events: changes(), onReports: () => controller.refresh() });
  } catch (error) {
    if (!signal.aborted) controller.toast(errorMessage(error), 'warn');
  }
}

/** Asks the lab how it is, while somebody looks. */
async function keepCluster(
  session: Session,
  store: ReturnType<typeof createStore<ReturnType<typeof initialState>>>,
  signal: AbortSignal,
): Promise<void> {
  const lab = liveLab(session);
  while (!signal.aborted) {
    const { screen } = store.get();
    if (screen === 'cluster' || screen === 'journal') {
      try {
        store.set({ cluster: await lab.cluster(signal) });
      } catch {
        // The lab is going up or down: the next look will tell.
      }
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, clusterPollMs);
      const unsubscribe = store.subscribe(() => {
        if (store.get().screen !== screen) finish();
      });
      const finish = () => {
        clearTimeout(timer);
        unsubscribe();
        resolve();
      };
      timer.ref();
      signal.addEventListener('abort', finish, { once: true });
    });
  }
}
