/** What goes on beside the keys: watching the course, running commands, following journals, looking at the cluster. */
import { stripVTControlCharacters } from 'node:util';
import type { CommandOutput } from '../../course/commands.ts';
import { untilGreen } from '../../course/solve.ts';
import { watchCourse } from '../../course/watch.ts';
import { errorMessage } from '../../lib/errors.ts';
import type { TuiLab } from '../lab/port.ts';
import { entryLine } from '../screens/journal.ts';
import { hostsOf } from '../screens/step-page.ts';
import { type Line, line, span, type Tone } from '../text/line.ts';
import { highlightScript } from '../text/shell.ts';
import { width } from '../text/width.ts';
import type { Store } from './store.ts';
import type { Busy, RunView, UiState } from './ui-state.ts';

const clusterMs = 3000;
/** Lines come in bursts; one frame for each would be wasted. */
const batchMs = 80;
const keptLines = 2000;
const toastMs = 5000;

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
  /** Checks the chapter shown, now and at each change. */
  watch(lab: TuiLab): void;
  watchCluster(lab: TuiLab): void;
  follow(lab: TuiLab, machine: string, unit: string | undefined): void;
  stopFollowing(): void;
  run(lab: TuiLab, ref: string): Promise<void>;
  /** Whether something ran that could be stopped. */
  stopRun(): boolean;
  end(): void;
}

export function createLabWork(store: Store<UiState>): LabWork {
  const ended = new AbortController();
  let watching = new AbortController();
  let following = new AbortController();
  let lookingAtCluster = new AbortController();
  let running: AbortController | undefined;
  let toastTimer: NodeJS.Timeout | undefined;

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
      watching.abort();
      watching = new AbortController();
      const { signal } = watching;
      // The step that is looked at comes first: it is the one whose colour is waited for.
      const refs = () => {
        const { chapter, step } = store.get();
        const steps = lab.course.chapters[chapter]?.steps ?? [];
        const shown = steps[step - 1];
        const others = steps.filter((candidate) => candidate !== shown);
        return [...(shown === undefined ? [] : [shown]), ...others].map(({ ref }) => ref);
      };
      watchCourse(lab.course, {
        refs,
        signal,
        events: lab.changes(signal),
        onReports: () => store.set({ course: lab.course.state() }),
      }).catch((error: unknown) => work.toast(`The checks stopped: ${errorMessage(error)}`, 'error'));
    },

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
      void (async () => {
        for await (const entry of lab.journal(machine, unit, signal)) {
          waiting.push(entryLine({ ...entry, message: clean(entry.message) }));
          if (!scheduled) setTimeout(flush, batchMs);
          scheduled = true;
        }
      })().catch((error: unknown) => work.toast(errorMessage(error), 'fail'));
    },

    stopFollowing() {
      following.abort();
      store.set({ journal: undefined });
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
      for (const controller of [ended, watching, following, lookingAtCluster]) controller.abort();
      running?.abort();
    },
  };
  return work;
}
