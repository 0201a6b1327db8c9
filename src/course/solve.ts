import { type Clock, sleep, systemClock } from '../lib/clock.ts';
import { LabError } from '../lib/errors.ts';
import type { CommandOutput } from './commands.ts';
import type { Course } from './course.ts';
import type { CheckReport, StepReport } from './evaluate.ts';
import type { Step } from './model.ts';

export interface SolveOptions {
  /** The last chapter to walk, by id; default: all. */
  readonly to?: string;
  readonly onStep?: (step: Step, position: { index: number; total: number }) => void;
  readonly onOutput?: (step: Step, output: CommandOutput) => void;
  readonly onDone?: (step: SolvedStep) => void;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
}

export interface SolvedStep {
  readonly step: Step;
  /** `skipped`: was green already. */
  readonly outcome: 'solved' | 'skipped';
  readonly elapsedMs: number;
}

export type SolveResult =
  | { readonly ok: true; readonly steps: readonly SolvedStep[]; readonly elapsedMs: number }
  | {
      readonly ok: false;
      readonly steps: readonly SolvedStep[];
      readonly elapsedMs: number;
      readonly failure: SolveFailure;
    };

export interface SolveFailure {
  readonly step: Step;
  /** The commands that failed: what was run where, and the end of what it said. */
  readonly command?: {
    readonly host: string;
    readonly script: string;
    readonly exitCode: number;
    readonly output: string;
  };
  /** The checks that are not green. */
  readonly checks: readonly CheckReport[];
}

/** How often a state that needs its time is looked at again. */
const retryMs = 200;
/** How much of a failed command's output is kept for the diagnosis, characters. */
const keptOutput = 4000;

/**
 * Walks the course as a person would: skip what is green, run a step's commands, wait for its checks up to the time
 * each allows, stop at the first that stays red.
 */
export async function solveCourse(course: Course, options: SolveOptions = {}): Promise<SolveResult> {
  const { clock = systemClock } = options;
  const begun = clock.monotonic();
  const solved: SolvedStep[] = [];
  const green = new Set<string>();
  const { signal } = options;
  const last = options.to === undefined ? course.chapters.length : findChapter(course, options.to) + 1;
  const steps = course.chapters.slice(0, last).flatMap((chapter) => chapter.steps);
  await course.prepare();

  const recorded = new Set(
    course
      .state()
      .chapters.flatMap((chapter) => chapter.steps)
      .filter((state) => state.done)
      .map((state) => state.ref),
  );
  // After an ending chapter has begun the steps before it cannot be green any more, and need not be.
  const ending = course.chapters.find(
    (chapter) => chapter.ending && chapter.steps.some((step) => recorded.has(step.ref)),
  );
  const first = ending === undefined ? 0 : steps.findIndex((step) => step.chapter === ending.id);
  const finish = (failure?: SolveFailure): SolveResult => {
    const elapsedMs = clock.monotonic() - begun;
    return failure === undefined
      ? { ok: true, steps: solved, elapsedMs }
      : { ok: false, steps: solved, elapsedMs, failure };
  };

  let looking = true;
  for (const [index, step] of steps.entries()) {
    if (first === -1 || index < first) continue;
    if (signal?.aborted) throw new LabError('stopped', { exitCode: 130 });
    const started = clock.monotonic();
    options.onStep?.(step, { index, total: steps.length });
    const done = (outcome: SolvedStep['outcome']) => {
      green.add(step.ref);
      const entry = { step, outcome, elapsedMs: clock.monotonic() - started };
      solved.push(entry);
      options.onDone?.(entry);
    };
    // Behind the first step that had to be done only what is recorded as done is worth a look beforehand.
    if (looking || recorded.has(step.ref)) {
      const before = await course.check(step.ref, checkOptions());
      if (before.state === 'pass') {
        done('skipped');
        continue;
      }
      looking = false;
    }
    const output: string[] = [];
    const result = await course.run(step.ref, {
      ...(signal === undefined ? {} : { signal }),
      onOutput(piece) {
        output.push(piece.text);
        options.onOutput?.(step, piece);
      },
    });
    // Commands of an earlier attempt may have done part of the work ("already exists"): the checks decide.
    const report = await untilGreen(course, step, {
      clock,
      trusted: green,
      once: result.exitCode !== 0,
      ...(signal === undefined ? {} : { signal }),
    });
    if (report.state === 'pass') {
      done('solved');
      continue;
    }
    return finish({
      step,
      checks: report.checks.filter(({ result: found }) => found.state !== 'pass'),
      ...(result.failed !== undefined && {
        command: {
          ...result.failed,
          exitCode: result.exitCode,
          output: output.join('').slice(-keptOutput).trimEnd(),
        },
      }),
    });
  }
  return finish();

  function checkOptions() {
    return { quiet: true, trusted: green, ...(signal === undefined ? {} : { signal }) };
  }
}

/** Checks a step until it is green, or until none of its red checks has time left. */
export async function untilGreen(
  course: Course,
  step: Step,
  options: { clock?: Clock; signal?: AbortSignal; trusted?: ReadonlySet<string>; once?: boolean } = {},
): Promise<StepReport> {
  const { clock = systemClock, once = false, ...checkOptions } = options;
  const started = clock.monotonic();
  for (;;) {
    const report = await course.check(step.ref, { quiet: true, ...checkOptions });
    if (report.state === 'pass' || once || options.signal?.aborted) return report;
    const elapsed = clock.monotonic() - started;
    const red = report.checks.filter(({ result }) => result.state !== 'pass');
    if (red.every(({ check }) => elapsed >= check.withinMs)) return report;
    await sleep(clock, retryMs, options.signal);
  }
}

function findChapter(course: Course, id: string): number {
  const index = course.chapters.findIndex((chapter) => chapter.id === id);
  if (index === -1) throw new LabError(`the pack has no chapter ${id}`);
  return index;
}
