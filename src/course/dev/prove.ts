import { type Clock, sleep, systemClock } from '../../lib/clock.ts';
import type { Course } from '../course.ts';
import type { CheckReport } from '../evaluate.ts';
import type { Chapter, Fault, Step } from '../model.ts';
import { untilGreen } from '../solve.ts';

export interface Proof {
  readonly name: string;
  readonly ok: boolean;
  readonly detail?: string;
}

export interface ProveOptions {
  /** The last chapter, by id. */
  readonly to?: string;
  readonly onResult: (proof: Proof) => void;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
}

/** How long a fault may take to show, and its undoing to heal, milliseconds. */
const symptomMs = 20_000;
const pollMs = 200;

/**
 * Proves a course on an empty lab: no step is green at the start, each is after its own commands, and each fault turns
 * its check red for the reason it names and green again once undone. Returns the number of proofs that failed.
 */
export async function proveCourse(course: Course, options: ProveOptions): Promise<number> {
  const clock = options.clock ?? systemClock;
  const { signal } = options;
  let failed = 0;
  const tell = (name: string, ok: boolean, detail?: string) => {
    if (!ok) failed++;
    options.onResult({ name, ok, ...(detail !== undefined && { detail }) });
  };
  const signalOption = signal === undefined ? {} : { signal };
  const last =
    options.to === undefined
      ? course.chapters.length
      : course.chapters.findIndex((c) => c.id === options.to) + 1;
  const chapters = course.chapters.slice(0, last);

  await course.prepare();
  for (const step of chapters.flatMap((chapter) => chapter.steps)) {
    const report = await course.check(step.ref, { quiet: true, ...signalOption });
    if (report.state === 'pass')
      tell(`${step.ref} is red at the start`, false, 'it is green before anything was done');
  }
  for (const chapter of chapters) {
    for (const step of chapter.steps) {
      const failure = await solveStep(step);
      tell(`${step.ref} is solved by its own commands`, failure === undefined, failure);
      if (failure !== undefined) return failed;
      // At once: a later step may take away what the fault breaks.
      for (const fault of chapter.faults.filter((candidate) => candidate.step === step.id)) {
        await proveFault(course, chapter, fault);
      }
    }
  }
  return failed;

  /** What stands in the way, or undefined when the step is green. */
  async function solveStep(step: Step): Promise<string | undefined> {
    const output: string[] = [];
    const onOutput = ({ text }: { readonly text: string }) => output.push(text);
    const { exitCode } = await course.run(step.ref, { onOutput, ...signalOption });
    const report = await untilGreen(course, step, {
      clock,
      trusted: new Set(step.needs),
      once: exitCode !== 0,
      ...signalOption,
    });
    if (report.state === 'pass') return undefined;
    const red = report.checks.filter(({ result }) => result.state !== 'pass').map(explain);
    return `exit code ${exitCode}; ${red.join('; ')}; ${output.join('').trim().slice(-400)}`;
  }

  async function proveFault(owner: Course, chapter: Chapter, fault: Fault): Promise<void> {
    const name = `${chapter.id}/${fault.id} turns ${fault.step}/${fault.check} red, and back`;
    const step = chapter.steps.find((candidate) => candidate.id === fault.step)!;
    const trusted = new Set(step.needs);
    const look = async () => {
      const report = await owner.check(step.ref, { quiet: true, trusted, ...signalOption });
      return report.checks.filter(({ check }) => [check.id, check.template].includes(fault.check));
    };
    const until = async (wanted: (reports: readonly CheckReport[]) => boolean) => {
      const started = clock.monotonic();
      for (;;) {
        const reports = await look();
        if (wanted(reports) || clock.monotonic() - started > symptomMs || signal?.aborted) return reports;
        await sleep(clock, pollMs, signal);
      }
    };
    const broken = await owner.applyFault(fault, signalOption);
    if (broken.exitCode !== 0)
      return tell(name, false, `applying it failed with exit code ${broken.exitCode}`);
    const asExpected = (reports: readonly CheckReport[]) =>
      reports.some(({ result }) => result.state === 'fail' && result.reason === fault.expect);
    const red = await until(asExpected);
    const healed = await owner.undoFault(fault, signalOption);
    if (healed.exitCode !== 0)
      return tell(name, false, `undoing it failed with exit code ${healed.exitCode}`);
    const green = await until((reports) => reports.every(({ result }) => result.state === 'pass'));
    if (!asExpected(red))
      return tell(name, false, `expected ${fault.expect}, got ${red.map(explain).join('; ')}`);
    const ok = green.every(({ result }) => result.state === 'pass');
    tell(name, ok, ok ? undefined : `still red after undoing: ${green.map(explain).join('; ')}`);
  }
}

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
