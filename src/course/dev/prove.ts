/**
 * Proves a course on an empty lab, the way a learner would meet it: no step is green at the start, each is green after its
 * own commands, and each fault turns its check red for the reason it names, nothing else with it, and green again once
 * undone. Checks are evaluated with all they need, so a fault whose symptom hides behind an earlier red step is found out.
 *
 *     for each step:   run ─▶ green?
 *       for each fault of the step:   do ─▶ its check red, for its reason? ─▶ which others are red? ─▶ undo ─▶ all green?
 *     for each chapter: is all that was solved green at the same time?
 *
 * Nothing sleeps for a fixed time: states are asked for until they come about or the limit is over.
 */
import { type Clock, sleep, systemClock } from '../../lib/clock.ts';
import type { Course } from '../course.ts';
import type { CheckReport, StepReport } from '../evaluate.ts';
import type { Fault, Step } from '../model.ts';
import { untilGreen } from '../solve.ts';

export type ProofKind = 'start' | 'solution' | 'fault' | 'chapter';

export interface Proof {
  readonly kind: ProofKind;
  readonly name: string;
  readonly ok: boolean;
  readonly elapsedMs: number;
  /** Why it failed. */
  readonly detail?: string;
  /** What a learner reads when the fault has struck. */
  readonly message?: string;
}

export interface ProveOptions {
  /** The last chapter, by id. */
  readonly to?: string;
  /** Only faults for which this is true are tried. */
  readonly wanted?: (fault: Fault) => boolean;
  readonly onResult: (proof: Proof) => void;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
}

export interface ProveResult {
  readonly passed: Readonly<Record<ProofKind, number>>;
  readonly failed: number;
}

/** How long a fault may take to show, and its undoing to heal, milliseconds. */
const symptomMs = 30_000;
const pollMs = 200;
/** How much of a failed command's output is shown, characters. */
const keptOutput = 400;

export async function proveCourse(course: Course, options: ProveOptions): Promise<ProveResult> {
  const clock = options.clock ?? systemClock;
  const passed: Record<ProofKind, number> = { start: 0, solution: 0, fault: 0, chapter: 0 };
  let failed = 0;
  const prove = async (kind: ProofKind, name: string, attempt: () => Promise<Outcome>): Promise<boolean> => {
    const started = clock.monotonic();
    const outcome = await attempt();
    const ok = outcome.detail === undefined;
    if (ok) passed[kind]++;
    else failed++;
    options.onResult({ kind, name, ok, elapsedMs: clock.monotonic() - started, ...outcome });
    return ok;
  };
  const last =
    options.to === undefined
      ? course.chapters.length
      : course.chapters.findIndex((c) => c.id === options.to) + 1;
  const chapters = course.chapters.slice(0, last);
  const steps = chapters.flatMap((chapter) => chapter.steps);
  const trial = createTrial(course, clock, options.signal);

  await course.prepare();
  await prove('start', 'no step is green before anything was done', () => trial.start(steps));
  for (const chapter of chapters) {
    for (const step of chapter.steps) {
      const solved = await prove('solution', `${step.ref} is solved by its own commands`, () =>
        trial.solve(step, chapter.ending),
      );
      if (!solved || options.signal?.aborted) return { passed, failed };
      // At once: a later step may take away what the fault breaks.
      for (const fault of chapter.faults.filter(({ step: id, applies }) => id === step.id && applies)) {
        if (options.wanted?.(fault) === false) continue;
        await prove(
          'fault',
          `${chapter.id}/${fault.id} turns ${fault.step}/${fault.check} red, and back`,
          () => trial.fault(fault, step),
        );
      }
    }
    await prove('chapter', `${chapter.id}: everything up to here is green at once`, () => trial.whole());
  }
  return { passed, failed };
}

interface Outcome {
  readonly detail?: string;
  readonly message?: string;
}

function createTrial(course: Course, clock: Clock, signal: AbortSignal | undefined) {
  const signalOption = signal === undefined ? {} : { signal };
  /** What should be green now: all that was solved, or, once a clean-up has begun, the steps of it. */
  let standing: string[] = [];
  let cleaning = false;

  const look = (refs: readonly string[]) => course.checkAll(refs, { quiet: true, ...signalOption });

  /** Looks at one step again and again, without what it needs: that is looked at once, when the step shows what is waited for. */
  async function until(step: Step, wanted: (checks: readonly CheckReport[]) => boolean): Promise<StepReport> {
    const trusted = new Set(step.needs);
    const started = clock.monotonic();
    for (;;) {
      const report = await course.check(step.ref, { quiet: true, trusted, ...signalOption });
      const over = clock.monotonic() - started > symptomMs || signal?.aborted;
      if (wanted(report.checks) || over) return report;
      await sleep(clock, pollMs, signal);
    }
  }

  /** What a learner sees who checks the whole course now: the fault's message, and whatever else is red. */
  async function diagnose(fault: Fault, step: Step): Promise<Outcome> {
    const own = ({ check }: CheckReport) => [check.id, check.template].includes(fault.check);
    const asExpected = ({ result }: CheckReport) => result.state === 'fail' && result.reason === fault.expect;
    const expected = (checks: readonly CheckReport[]) => checks.filter(own).some(asExpected);

    const report = await until(step, expected);
    const everything = expected(report.checks) ? await look(standing) : [report];
    const found = everything.find(({ ref }) => ref === step.ref)!.checks.filter(own);
    const hit = found.find(asExpected)?.result;
    if (hit?.state !== 'fail')
      return { detail: `expected ${fault.expect}, got ${found.map(explain).join('; ')}` };
    const others = everything.flatMap(({ ref, checks }) =>
      checks
        .filter(({ result }) => result.state === 'fail' || result.state === 'error')
        .filter((other) => !(ref === step.ref && own(other)))
        .filter(({ check }) => !fault.alsoRed.includes(`${ref}/${check.template}`))
        .map((other) => `${ref}: ${explain(other)}`),
    );
    const { message } = hit;
    return others.length === 0
      ? { message }
      : { message, detail: `others turn red too: ${others.join('; ')}` };
  }

  return {
    async start(steps: readonly Step[]): Promise<Outcome> {
      const green = (await look(steps.map((step) => step.ref))).filter((report) => report.state === 'pass');
      return green.length === 0 ? {} : { detail: `green at once: ${green.map(({ ref }) => ref).join(', ')}` };
    },

    async solve(step: Step, ending: boolean): Promise<Outcome> {
      const output: string[] = [];
      const onOutput = ({ text }: { readonly text: string }) => output.push(text);
      const { exitCode } = await course.run(step.ref, { onOutput, ...signalOption });
      const trusted = new Set(step.needs);
      const report = await untilGreen(course, step, {
        clock,
        trusted,
        once: exitCode !== 0,
        ...signalOption,
      });
      if (ending && !cleaning) standing = [];
      cleaning = ending;
      standing.push(step.ref);
      const red = report.checks.filter(({ result }) => result.state !== 'pass').map(explain);
      if (report.state === 'pass' && exitCode === 0) return {};
      return { detail: `exit code ${exitCode}; ${red.join('; ')}; ${tail(output)}` };
    },

    async fault(fault: Fault, step: Step): Promise<Outcome> {
      const output: string[] = [];
      const run = { onOutput: ({ text }: { readonly text: string }) => output.push(text), ...signalOption };
      const broken = await course.applyFault(fault, run);
      const outcome =
        broken.exitCode === 0
          ? await diagnose(fault, step)
          : { detail: `applying it failed with exit code ${broken.exitCode}: ${tail(output)}` };
      output.length = 0;
      const healed = await course.undoFault(fault, run);
      if (healed.exitCode !== 0)
        return { ...outcome, detail: `undoing it failed with exit code ${healed.exitCode}: ${tail(output)}` };
      const green = (checks: readonly CheckReport[]) => checks.every(({ result }) => result.state === 'pass');
      const after = await until(step, green);
      if (green(after.checks) || outcome.detail !== undefined) return outcome;
      return {
        ...outcome,
        detail: `still red after undoing: ${after.checks.filter(isRed).map(explain).join('; ')}`,
      };
    },

    /** All that was solved is green at the same time: no later step and no fault has left anything behind. */
    async whole(): Promise<Outcome> {
      const started = clock.monotonic();
      for (;;) {
        const red = (await look(standing)).flatMap(({ ref, checks }) =>
          checks.filter(isRed).map((report) => `${ref}: ${explain(report)}`),
        );
        if (red.length === 0) return {};
        if (clock.monotonic() - started > symptomMs || signal?.aborted) return { detail: red.join('; ') };
        await sleep(clock, pollMs, signal);
      }
    },
  };
}

const isRed = ({ result }: CheckReport) => result.state !== 'pass';
const tail = (output: readonly string[]) => output.join('').trim().slice(-keptOutput);

function explain({ check, result }: CheckReport): string {
  switch (result.state) {
    case 'pass':
      return `${check.id} passes`;
    case 'fail':
      return `${check.id} fails with ${result.reason} (${result.message})`;
    case 'blocked':
      return `${check.id} is blocked by ${result.by.join(', ')}`;
    case 'error':
      return `${check.id} could not look: ${result.message}`;
  }
}
