/** What goes on beside the keys: watching the course, running commands, following journals, looking at the cluster. */
import { EventEmitter, on } from 'node:events';
import { stripVTControlCharacters } from 'node:util';
import type { CommandOutput } from '../../course/commands.ts';
import type { StepReport } from '../../course/evaluate.ts';
import { untilGreen } from '../../course/solve.ts';
import { watchCourse } from '../../course/watch.ts';
import { errorMessage } from '../../lib/errors.ts';
import type { TuiLab } from '../lab/port.ts';
import { entryLine } from '../screens/journal.ts';
import { hostsOf } from '../screens/step-page.ts';
import { type Line, line, span, type Tone } from '../text/line.ts';
import { highlightScript } from '../text/shell.ts';
import { width } from '../text/width.ts';
import { watchFinished } from './finished.ts';
import type { Store } from './store.ts';
import type { Busy, RunView, UiState } from './ui-state.ts';

const clusterMs = 3000;
/** Lines come in bursts; one frame for each would be wasted. */
const batchMs = 80;
const keptLines = 2000;
const toastMs = 5000;
const hasStopped = 'the lab has stopped';

/** Tabs go to every eighth column, as in a terminal: tables of programs count on it. */
function expandTabs(row: string): string {
  let shown = '';
  for (const [index, part] of row.split('\t').entries()) {
    if (index > 0) shown += ' '.repeat(8 - (width(shown) % 8));
    shown += part;
  }
  return shown;
}

/** What programs print, without what would move the cursor or colour the frame. */
const clean = (text: string) =>
  stripVTControlCharacters(text.replace(/\r\n?/g, '\n'))
    .replace(/[^\n]*\t[^\n]*/g, expandTabs)
    .replace(/[^\P{Cc}\n]/gu, '');

export interface LabWork {
  toast(text: string, tone?: Tone): void;
  /** Shows that something goes on, and tells when it fails. */
  busy(label: Busy, work: () => Promise<void>): Promise<void>;
  /** Checks the chapter shown, and what is done elsewhere, now and at each change. */
  watch(lab: TuiLab): void;
  /** Another step is shown: its checks come first. */
  lookAgain(): void;
  watchCluster(lab: TuiLab): void;
  follow(lab: TuiLab, machine: string, unit: string | undefined): void;
  run(lab: TuiLab, ref: string): Promise<void>;
  /** Whether something ran that could be stopped. */
  stopRun(): boolean;
  end(): void;
}

export function createLabWork(store: Store<UiState>): LabWork {
  const ended = new AbortController();
  const changes = new EventEmitter();
  let following = new AbortController();
  let lookingAtCluster = new AbortController();
  let running: AbortController | undefined;
  let toastTimer: NodeJS.Timeout | undefined;

  /** What a later step broke, or has put right again, in a chapter that is not shown. */
  const tellTurned = async (lab: TuiLab, report: StepReport) => {
    const chapter = lab.course.chapters.find(({ steps }) => steps.some(({ ref }) => ref === report.ref));
    const name = `${chapter?.number}/${report.ref.split('/').at(-1)}`;
    const failed = report.checks.find(({ result }) => result.state === 'fail')?.result;
    if (failed?.state !== 'fail') return work.toast(`${name} is green again`, 'pass');
    if ((await lab.machines()) === undefined) {
      return work.toast(`The lab is off, so ${name} is red; u starts it`, 'warn');
    }
    work.toast(`${name} is red: ${failed.message}`, 'fail');
  };

  const work: LabWork = {
    toast(text, tone = 'plain') {
      clearTimeout(toastTimer);
      store.set({ toast: { text, tone } });
      toastTimer = setTimeout(() => store.set({ toast: undefined }), toastMs);
      toastTimer.unref();
    },

    async busy(label, doIt) {
      store.set({ busy: label });
      try {
        await doIt();
      } catch (error) {
        work.toast(errorMessage(error), 'fail');
      } finally {
        if (store.get().busy === label) store.set({ busy: undefined });
      }
    },

    watch(lab) {
      const { signal } = ended;
      const changed = () => changes.emit('change');
      const isBusy = () => running !== undefined || store.get().busy !== undefined;
      const tellFinished = watchFinished(lab.course, {
        shown: () => (store.get().screen === 'chapter' ? store.get().chapter : undefined),
        isBusy,
        onTurned: (report) => void tellTurned(lab, report).catch(() => undefined),
        onError: (error) => work.toast(`The checks stopped: ${errorMessage(error)}`, 'error'),
        signal,
      });
      void (async () => {
        for await (const _change of lab.changes(signal)) {
          changed();
          tellFinished();
        }
      })().catch((error: unknown) => work.toast(`Files are not watched: ${errorMessage(error)}`, 'error'));
      tellFinished();

      // The step that is looked at comes first: it is the one whose colour is waited for.
      const refs = () => {
        const { chapter, step } = store.get();
        const steps = lab.course.chapters[chapter]?.steps ?? [];
        const shown = steps[step - 1];
        const others = steps.filter((candidate) => candidate !== shown);
        return [...(shown === undefined ? [] : [shown]), ...others].map(({ ref }) => ref);
      };
      const events = on(changes, 'change', { signal });
      const onReports = () => store.set({ course: lab.course.state() });
      watchCourse(lab.course, { refs, signal, events, onReports }).catch((error: unknown) =>
        work.toast(`The checks stopped: ${errorMessage(error)}`, 'error'),
      );
    },

    lookAgain: () => void changes.emit('change'),

    watchCluster(lab) {
      lookingAtCluster.abort();
      lookingAtCluster = new AbortController();
      const { signal } = lookingAtCluster;
      const look = async () => {
        try {
          const cluster = await lab.cluster(signal);
          if (!signal.aborted) store.set({ cluster });
        } catch (error) {
          work.toast(errorMessage(error), 'error');
        }
        const { screen } = store.get();
        if (signal.aborted || (screen !== 'cluster' && screen !== 'journal')) return;
        setTimeout(() => void look(), clusterMs).unref();
      };
      void look();
    },

    follow(lab, machine, unit) {
      following.abort();
      following = new AbortController();
      const { signal } = following;
      store.set({ journal: { machine, unit, lines: [] }, find: undefined });
      let waiting: Line[] = [];
      let scheduled = false;
      const flush = () => {
        scheduled = false;
        const { journal } = store.get();
        if (signal.aborted || journal === undefined) return;
        store.set({ journal: { ...journal, lines: [...journal.lines, ...waiting].slice(-keptLines) } });
        waiting = [];
      };
      const over = (why: string) => {
        flush();
        const { journal } = store.get();
        if (!signal.aborted && journal !== undefined) store.set({ journal: { ...journal, over: why } });
      };
      void (async () => {
        for await (const entry of lab.journal(machine, unit, signal)) {
          waiting.push(entryLine({ ...entry, message: clean(entry.message) }));
          if (!scheduled) setTimeout(flush, batchMs);
          scheduled = true;
        }
      })().then(
        () => over(hasStopped),
        // A lab that was killed breaks off in the middle of an answer.
        async (error: unknown) => {
          const machines = await lab.machines().catch(() => undefined);
          over(machines === undefined ? hasStopped : errorMessage(error));
        },
      );
    },

    async run(lab, ref) {
      if (running !== undefined) return work.toast('Commands are running already: Ctrl+C stops them', 'warn');
      running = new AbortController();
      const { signal } = running;
      const step = lab.course.step(ref);
      const view: RunView = { ref, title: `${step.title}, ${hostsOf(step)}`, lines: [], state: 'running' };
      store.set({ run: view });
      const lines: Line[] = [];
      let open = false;
      let timer: NodeJS.Timeout | undefined;
      const show = (state: RunView['state'] = 'running') => {
        clearTimeout(timer);
        timer = undefined;
        store.set({ run: { ...view, lines: lines.slice(-keptLines), state } });
      };
      const soon = () => {
        timer ??= setTimeout(() => show(), batchMs);
      };
      const write = ({ stream, text }: CommandOutput) => {
        const rows = clean(text).split('\n');
        for (const [index, row] of rows.entries()) {
          if (index === rows.length - 1 && row === '') break;
          const part = span(row, stream === 'stderr' ? 'note' : undefined);
          if (index === 0 && open) lines.push([...lines.pop()!, part]);
          else lines.push([part]);
        }
        open = !text.endsWith('\n');
        soon();
      };
      try {
        const result = await lab.course.run(ref, {
          signal,
          onOutput: write,
          onCommand(host, script) {
            if (lines.length > 0) lines.push([]);
            // As a shell shows it: one prompt a command, another for its further lines.
            for (const [index, row] of highlightScript(script.trimEnd()).entries()) {
              lines.push([span(index === 0 ? `${host}$ ` : '> ', 'accent'), ...row]);
            }
            open = false;
            soon();
          },
        });
        show(signal.aborted ? 'stopped' : result.exitCode === 0 ? 'done' : 'failed');
        running = undefined;
        if (result.exitCode === 0 && !signal.aborted) {
          // What was started needs a moment; what then is red counts as a failure.
          const report = await untilGreen(lab.course, step, { signal: ended.signal });
          if (report.state !== 'pass') await lab.course.check(ref, { signal: ended.signal });
        }
      } catch (error) {
        lines.push(line(errorMessage(error), 'fail'));
        show(signal.aborted ? 'stopped' : 'failed');
      } finally {
        // The next may have begun while this one was checked.
        if (running?.signal === signal) running = undefined;
      }
    },

    stopRun() {
      const ran = running !== undefined;
      running?.abort();
      return ran;
    },

    end() {
      clearTimeout(toastTimer);
      for (const controller of [ended, following, lookingAtCluster]) controller.abort();
      running?.abort();
    },
  };
  return work;
}
