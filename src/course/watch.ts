import { watch } from 'node:fs';
import { type Cancel, type Clock, systemClock } from '../lib/clock.ts';
import type { Course } from './course.ts';
import type { StepReport } from './evaluate.ts';

export interface WatchOptions {
  /** Default: at each look the steps of the chapter the learner is at. */
  readonly refs?: readonly string[] | (() => readonly string[]);
  /** Changes of machines and units, as labd tells them. */
  readonly events?: AsyncIterable<unknown>;
  readonly onReports: (reports: readonly StepReport[]) => void;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

/** Several changes at once (a loop that copies, an editor that writes twice) are one look. */
const debounceMs = 200;
/** Changes that never end, such as a program's own files, must not put the look off for ever. */
const patienceMs = 1000;
/** What no event tells of, such as an object in the cluster, is looked at this often. */
const idleMs = 5000;

/** The steps of the chapter that holds the next step; the last chapter when all is done. */
export function currentRefs(course: Course): readonly string[] {
  const next = course.state().next;
  const chapter =
    next === undefined
      ? course.chapters.at(-1)
      : course.chapters.find((candidate) => candidate.id === course.step(next).chapter);
  return chapter?.steps.map((step) => step.ref) ?? [];
}

/** Checks now and after every change, until the signal aborts. */
export async function watchCourse(course: Course, options: WatchOptions): Promise<void> {
  const clock = options.clock ?? systemClock;
  const { signal } = options;
  if (signal.aborted) return;
  let cancel: Cancel = () => undefined;
  let running = false;
  let again = false;
  let firstChange: number | undefined;
  const failures: unknown[] = [];

  await new Promise<void>((resolve) => {
    const look = async () => {
      if (running) {
        again = true;
        return;
      }
      running = true;
      firstChange = undefined;
      try {
        course.refresh();
        const { refs: wanted = () => currentRefs(course) } = options;
        const refs = typeof wanted === 'function' ? wanted() : wanted;
        const reports = await course.checkAll(refs, { quiet: true, signal });
        if (!signal.aborted) options.onReports(reports);
      } catch (error) {
        failures.push(error);
        resolve();
        return;
      } finally {
        running = false;
      }
      schedule(again ? debounceMs : idleMs);
      again = false;
    };
    const schedule = (delayMs: number) => {
      cancel();
      if (!signal.aborted) cancel = clock.after(delayMs, () => void look());
    };
    const changed = () => {
      firstChange ??= clock.now();
      schedule(Math.min(debounceMs, Math.max(0, firstChange + patienceMs - clock.now())));
    };
    const watcher = watch(course.workspace, { persistent: false }, (_event, file) => {
      if (file !== '.lab') changed();
    });
    watcher.on('error', () => undefined);
    const stop = () => {
      watcher.close();
      cancel();
      resolve();
    };
    signal.addEventListener('abort', stop, { once: true });
    void (async () => {
      for await (const _event of options.events ?? []) changed();
    })().catch(() => undefined);
    void look();
  });
  if (failures.length > 0) throw failures[0];
}
