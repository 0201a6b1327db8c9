import type { Course } from '../../course/course.ts';
import { type StepReport, stepsInForce } from '../../course/evaluate.ts';
import { type Cancel, type Clock, systemClock } from '../../lib/clock.ts';

export interface FinishedOptions {
  /** Index of the chapter that is looked at anyway. */
  readonly shown: () => number | undefined;
  /** Whether now is no time to look, because something runs. */
  readonly isBusy: () => boolean;
  /** A step that was done is red, or green again. */
  readonly onTurned: (report: StepReport) => void;
  readonly onError: (error: unknown) => void;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

/** A change is seldom alone; and where a chapter is shown its own checks come first. */
const debounceMs = 300;
const afterShownMs = 2000;
/** Looking at a whole course costs something: after one look the next waits as long. */
const restMs = 3000;
/** What has turned red is looked at without a change, too: it may only have been starting. */
const redMs = 5000;

/**
 * Looks at the finished chapters again when something changes: what a later step breaks is told wherever one looks.
 * Returns what tells it of a change.
 */
export function watchFinished(course: Course, options: FinishedOptions): () => void {
  const { signal, clock = systemClock } = options;
  let cancel: Cancel = () => undefined;
  let dueAt = Number.POSITIVE_INFINITY;
  let looking = false;
  let again = false;
  const red = new Set<string>();

  const schedule = (delayMs: number) => {
    const at = clock.monotonic() + delayMs;
    if (signal.aborted || at >= dueAt) return;
    cancel();
    dueAt = at;
    cancel = clock.after(delayMs, () => void look());
  };

  const refs = () => {
    const states = course.state().chapters;
    const done = new Set(
      states.flatMap(({ steps }) => steps.filter((step) => step.done).map(({ ref }) => ref)),
    );
    const shown = new Set(states[options.shown() ?? -1]?.steps.map(({ ref }) => ref));
    return stepsInForce(course.pack, (ref) => done.has(ref))
      .map(({ ref }) => ref)
      .filter((ref) => done.has(ref) && !shown.has(ref));
  };

  const turned = (report: StepReport) => {
    const isRed = report.state === 'fail';
    if (isRed === red.has(report.ref)) return;
    if (isRed) red.add(report.ref);
    else red.delete(report.ref);
    options.onTurned(report);
  };

  const look = async () => {
    dueAt = Number.POSITIVE_INFINITY;
    if (signal.aborted) return;
    if (options.isBusy()) return schedule(restMs);
    looking = true;
    again = false;
    const wanted = refs();
    // What is shown now, or was reset, is not this watch's any more.
    for (const ref of red) if (!wanted.includes(ref)) red.delete(ref);
    // Each as soon as it is known: the last checks of a course wait for a cluster.
    const stop = course.subscribe((event) => {
      if (event.type === 'checked' && wanted.includes(event.ref)) turned(event.report);
    });
    try {
      await course.checkAll(wanted, { quiet: true, signal });
    } catch (error) {
      if (!signal.aborted) options.onError(error);
    } finally {
      stop();
      looking = false;
      if (again) schedule(restMs);
      else if (red.size > 0) schedule(redMs);
    }
  };

  signal.addEventListener('abort', () => cancel(), { once: true });
  return () => {
    if (looking) again = true;
    else schedule(options.shown() === undefined ? debounceMs : afterShownMs);
  };
}
