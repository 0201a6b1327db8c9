/**
 * The course: it reads a pack, knows what is green, and runs what the learner asks for. It knows no screen and no
 * cluster: the command line and the TUI draw what it says, src/checks looks at the world, and commands go out through
 * a CommandRunner.
 *
 *     labs/…/pack.yaml ─loadPack─▶ Pack ─createCourse─▶ Course ──subscribe──▶ cli, tui; solve.ts walks it
 *        lab.yaml, text.en.md       │                    │  check ─▶ evaluate.ts ─▶ src/checks
 *        faults/*.yaml, templates   │                    │  run   ─▶ commands.ts ─▶ bash, or labd's shell
 *                              .lab/progress.json ◀──────┘  reset ─▶ reset.ts: what is removed is kept
 *
 * A step is *done* once its checks have passed (progress.ts); it is *green* while they pass now. A step that is done
 * but red was broken by something later, and the checks say what.
 */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CheckResult, CheckSpec } from '../checks/types.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import { LabError } from '../lib/errors.ts';
import type { CommandOutput, CommandRunner } from './commands.ts';
import { createEvaluator, type StepReport } from './evaluate.ts';
import { allSteps, type Chapter, type Fault, type Pack, type Step } from './model.ts';
import type { ProgressStore } from './progress.ts';
import { resetChapter } from './reset.ts';

export interface CourseOptions {
  readonly pack: Pack;
  /** The learner's folder, absolute. */
  readonly workspace: string;
  readonly progress: ProgressStore;
  readonly commands: CommandRunner;
  /** Evaluates the checks of one step, in order; src/checks does it, tests fake it. */
  readonly evaluate: (specs: readonly CheckSpec[], signal?: AbortSignal) => Promise<readonly CheckResult[]>;
  /** Called before commands run: starts the lab when it sleeps. */
  readonly wake?: () => Promise<void>;
  readonly clock?: Clock;
}

/** `todo`: never green, not looked at yet. `done`: was green when last seen, and not looked at since. */
export type StepStatus = 'todo' | 'done' | 'green' | 'red' | 'blocked' | 'error';

export interface StepState {
  readonly ref: string;
  readonly status: StepStatus;
  /** All its checks have passed at least once. */
  readonly done: boolean;
  readonly report: StepReport | undefined;
  readonly failures: number;
  readonly hintsShown: number;
  readonly hintsTotal: number;
  /** Three failures since the last hint: time to offer the next. */
  readonly hintOffered: boolean;
}

export interface ChapterState {
  readonly id: string;
  readonly number: number;
  readonly title: string;
  readonly status: 'todo' | 'started' | 'done' | 'broken';
  readonly steps: readonly StepState[];
}

export interface CourseState {
  readonly chapters: readonly ChapterState[];
  readonly doneSteps: number;
  readonly totalSteps: number;
  /** The first step that is not done or is red; undefined at the end of the road. */
  readonly next: string | undefined;
}

export type CourseEvent =
  | { readonly type: 'checked'; readonly ref: string; readonly report: StepReport }
  | { readonly type: 'command'; readonly ref: string; readonly host: string; readonly script: string }
  | { readonly type: 'output'; readonly ref: string; readonly output: CommandOutput }
  | { readonly type: 'ran'; readonly ref: string; readonly exitCode: number }
  | { readonly type: 'hint'; readonly ref: string; readonly shown: number }
  | { readonly type: 'reset'; readonly chapter: string; readonly kept: string };

export interface RunOptions {
  readonly onCommand?: (host: string, script: string) => void;
  readonly onOutput?: (output: CommandOutput) => void;
  readonly signal?: AbortSignal;
  /** Only this block, counted from 0: the TUI runs a step line by line. */
  readonly block?: number;
}

export interface CheckOptions {
  /** Failures do not count towards the next hint. */
  readonly quiet?: boolean;
  readonly signal?: AbortSignal;
  /** Steps just seen green: as needs of others they are not looked at again. */
  readonly trusted?: ReadonlySet<string>;
}

export interface RunResult {
  readonly exitCode: number;
  /** The block that failed, and where. */
  readonly failed?: { readonly host: string; readonly script: string };
}

export interface Course {
  readonly pack: Pack;
  readonly workspace: string;
  readonly chapters: readonly Chapter[];
  /** Throws {@link LabError} for a reference that the pack does not have. */
  step(ref: string): Step;
  state(): CourseState;
  /** Lays the files of the pack into the workspace; never over one that is there. */
  prepare(): Promise<void>;
  /** Evaluates a step now; steps it needs are evaluated first. Failures count towards the next hint unless `quiet`. */
  check(ref: string, options?: CheckOptions): Promise<StepReport>;
  /** Checks these steps in order, each once, together with what they need. */
  checkAll(refs: readonly string[], options?: CheckOptions): Promise<readonly StepReport[]>;
  run(ref: string, options?: RunOptions): Promise<RunResult>;
  /** Shows one hint more, up to the last; the texts shown so far. */
  hint(ref: string): readonly string[];
  /** Puts a chapter back; the folder that keeps what was removed. */
  reset(chapterId: string, signal?: AbortSignal): Promise<string>;
  applyFault(fault: Fault, options?: RunOptions): Promise<RunResult>;
  undoFault(fault: Fault, options?: RunOptions): Promise<RunResult>;
  /** Reads the progress again when another command may have moved it. */
  refresh(): void;
  /** Returns the end of the subscription. */
  subscribe(listener: (event: CourseEvent) => void): () => void;
}

/** Failed checks between two offers of a hint. */
const failuresPerHint = 3;

export function createCourse(options: CourseOptions): Course {
  const { pack, workspace, progress, commands } = options;
  const clock = options.clock ?? systemClock;
  const steps = new Map(allSteps(pack).map((step) => [step.ref, step]));
  const listeners = new Set<(event: CourseEvent) => void>();
  const reports = new Map<string, StepReport>();
  const emit = (event: CourseEvent) => {
    for (const listener of listeners) listener(event);
  };
  const evaluator = createEvaluator({
    pack,
    evaluate: options.evaluate,
    isDone: (ref) => progress.get(ref).done !== undefined,
    now: () => clock.now(),
  });

  const findStep = (ref: string): Step => {
    const step = steps.get(ref);
    if (step === undefined) throw new LabError(`the pack has no step ${ref}`);
    return step;
  };

  const remember = (report: StepReport, quiet: boolean) => {
    reports.set(report.ref, report);
    const record = progress.get(report.ref);
    if (report.state === 'pass') {
      if (record.done === undefined || (record.failures ?? 0) > 0) {
        const done = record.done ?? new Date(clock.now()).toISOString();
        progress.set(report.ref, { ...record, done, failures: 0 });
      }
    } else if (report.state === 'fail' && !quiet) {
      progress.set(report.ref, { ...record, failures: (record.failures ?? 0) + 1 });
    }
    emit({ type: 'checked', ref: report.ref, report });
  };

  const stepState = (step: Step): StepState => {
    const record = progress.get(step.ref);
    const report = reports.get(step.ref);
    const done = record.done !== undefined;
    const shown = record.hints ?? 0;
    const failures = record.failures ?? 0;
    const status: StepStatus =
      report === undefined
        ? done
          ? 'done'
          : 'todo'
        : ({ pass: 'green', fail: 'red', blocked: 'blocked', error: 'error' } as const)[report.state];
    return {
      ref: step.ref,
      status,
      done,
      report,
      failures,
      hintsShown: shown,
      hintsTotal: step.hints.length,
      hintOffered: shown < step.hints.length && failures >= failuresPerHint * (shown + 1),
    };
  };

  const chapterState = (chapter: Chapter): ChapterState => {
    const states = chapter.steps.map(stepState);
    const done = states.filter((state) => state.done);
    const broken = done.some((state) => ['red', 'blocked', 'error'].includes(state.status));
    const status = broken
      ? 'broken'
      : done.length === states.length
        ? 'done'
        : done.length > 0
          ? 'started'
          : 'todo';
    return { id: chapter.id, number: chapter.number, title: chapter.title, status, steps: states };
  };

  const runBlocks = async (
    ref: string,
    hosts: readonly string[],
    blocks: readonly string[],
    run: RunOptions,
  ): Promise<RunResult> => {
    await options.wake?.();
    for (const host of hosts) {
      for (const script of blocks) {
        run.onCommand?.(host, script);
        emit({ type: 'command', ref, host, script });
        const exitCode = await commands.run(host, script, {
          ...(run.signal === undefined ? {} : { signal: run.signal }),
          onOutput(output) {
            run.onOutput?.(output);
            emit({ type: 'output', ref, output });
          },
        });
        if (exitCode !== 0) {
          emit({ type: 'ran', ref, exitCode });
          return { exitCode, failed: { host, script } };
        }
      }
    }
    emit({ type: 'ran', ref, exitCode: 0 });
    return { exitCode: 0 };
  };

  const course: Course = {
    pack,
    workspace,
    chapters: pack.chapters,
    step: findStep,

    state() {
      const chapters = pack.chapters.map(chapterState);
      const states = chapters.flatMap((chapter) => chapter.steps);
      return {
        chapters,
        doneSteps: states.filter((state) => state.done).length,
        totalSteps: states.length,
        next: states.find((state) => !state.done || state.status === 'red' || state.status === 'error')?.ref,
      };
    },

    async prepare() {
      for (const file of [...steps.values()].flatMap((step) => step.files)) {
        const path = join(workspace, file.to);
        if (existsSync(path)) continue;
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, file.content);
      }
    },

    async check(ref, checkOptions = {}) {
      const [report] = await course.checkAll([ref], checkOptions);
      return report!;
    },

    async checkAll(refs, checkOptions = {}) {
      progress.reload();
      const session = evaluator.session(checkOptions.signal, checkOptions.trusted);
      const results: StepReport[] = [];
      for (const ref of refs) {
        const report = await session.check(findStep(ref));
        remember(report, checkOptions.quiet ?? false);
        results.push(report);
      }
      return results;
    },

    run(ref, runOptions = {}) {
      const step = findStep(ref);
      const blocks = runOptions.block === undefined ? step.run : step.run.slice(runOptions.block).slice(0, 1);
      return runBlocks(ref, step.hosts, blocks, runOptions);
    },

    hint(ref) {
      const step = findStep(ref);
      progress.reload();
      const record = progress.get(ref);
      const shown = Math.min(step.hints.length, (record.hints ?? 0) + 1);
      progress.set(ref, { ...record, hints: shown });
      emit({ type: 'hint', ref, shown });
      return step.hints.slice(0, shown);
    },

    async reset(chapterId, signal) {
      const chapter = pack.chapters.find((candidate) => candidate.id === chapterId);
      if (chapter === undefined) throw new LabError(`the pack has no chapter ${chapterId}`);
      await options.wake?.();
      const kept = await resetChapter(chapter, { workspace, commands, clock, ...(signal && { signal }) });
      const refs = chapter.steps.map((step) => step.ref);
      progress.remove(refs);
      for (const ref of refs) reports.delete(ref);
      await course.prepare();
      emit({ type: 'reset', chapter: chapterId, kept });
      return kept;
    },

    applyFault: (fault, runOptions = {}) =>
      runBlocks(`${fault.chapter}/${fault.step}`, fault.hosts, [fault.do], runOptions),
    undoFault: (fault, runOptions = {}) =>
      runBlocks(`${fault.chapter}/${fault.step}`, fault.hosts, [fault.undo], runOptions),

    refresh: () => progress.reload(),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return course;
}
