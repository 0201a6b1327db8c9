import type { CheckResult, CheckSpec } from '../checks/types.ts';
import { allSteps, type CheckDefinition, type Pack, type Step } from './model.ts';

export interface CheckReport {
  readonly check: CheckDefinition;
  readonly result: CheckResult;
}

/** What a look at a step found. */
export interface StepReport {
  readonly ref: string;
  /** The worst of its checks: an error before a failure before blocked. */
  readonly state: CheckResult['state'];
  readonly checks: readonly CheckReport[];
  /** The needed steps that are not green, when the step is blocked by them. */
  readonly blockedBy: readonly string[];
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface EvaluatorOptions {
  readonly pack: Pack;
  readonly evaluate: (specs: readonly CheckSpec[], signal?: AbortSignal) => Promise<readonly CheckResult[]>;
  readonly isDone: (ref: string) => boolean;
  readonly now: () => number;
}

export interface EvaluationSession {
  check(step: Step): Promise<StepReport>;
}

function worst(results: readonly CheckResult[]): CheckResult['state'] {
  for (const state of ['error', 'fail', 'blocked'] as const) {
    if (results.some((result) => result.state === state)) return state;
  }
  return 'pass';
}

/**
 * Evaluates steps with their needs. Within a session each step is looked at once, so a check of the whole course
 * asks every question once, whatever the steps need from each other. `trusted` names steps that the caller has just
 * seen green.
 */
export function createEvaluator(options: EvaluatorOptions): {
  session(signal?: AbortSignal, trusted?: ReadonlySet<string>): EvaluationSession;
} {
  const steps = new Map(allSteps(options.pack).map((step) => [step.ref, step]));
  const ending = new Set(
    options.pack.chapters.filter((chapter) => chapter.ending).flatMap((chapter) => chapter.steps),
  );

  return {
    session(signal, trusted = new Set()) {
      const seen = new Map<string, Promise<StepReport>>();

      const look = async (step: Step): Promise<StepReport> => {
        const blockedBy: string[] = [];
        for (const ref of step.needs) {
          const need = steps.get(ref)!;
          // A clean-up takes away what it needs: there the record counts, not the present state.
          const met =
            trusted.has(ref) ||
            (ending.has(step) ? options.isDone(ref) : (await check(need)).state === 'pass');
          if (!met) blockedBy.push(ref);
        }
        const results: readonly CheckResult[] =
          blockedBy.length > 0
            ? step.checks.map(() => ({ state: 'blocked', by: blockedBy }))
            : await options.evaluate(
                step.checks.map((definition) => definition.spec),
                signal,
              );
        return {
          ref: step.ref,
          state: worst(results),
          checks: step.checks.map((definition, index) => ({ check: definition, result: results[index]! })),
          blockedBy,
          at: options.now(),
        };
      };

      const check = (step: Step): Promise<StepReport> => {
        const known = seen.get(step.ref);
        if (known !== undefined) return known;
        const report = look(step);
        seen.set(step.ref, report);
        return report;
      };
      return { check };
    },
  };
}

/** The steps that a re-check of the course looks at: once an ending chapter has begun, only that one. */
export function stepsInForce(pack: Pack, isDone: (ref: string) => boolean): readonly Step[] {
  const ending = pack.chapters.find(
    (chapter) => chapter.ending && chapter.steps.some((step) => isDone(step.ref)),
  );
  return ending === undefined ? allSteps(pack) : ending.steps;
}
