/**
 * Checks. A check is a diagnosis: it looks at state, not at keystrokes, and says what it expected, what it found,
 * where, and what to do.
 *
 *     lab.yaml ──CheckSpec──▶ registry ──kind.prepare(spec)──▶ evaluation ──Finding[]──▶ CheckResult
 *                                                                  ▲
 *                        jumpbox files, machine files, units, HTTP, etcd, DNS: CheckContext
 *
 * A kind (kinds/*.ts, one file each) reads its parameters first and refuses what it does not know. The evaluation then
 * gathers facts through the context, which only reads, and turns them into findings: no finding is a pass; otherwise
 * the first one, the most basic, is the failure that is shown, and the rest follow as `also`. Because the context is
 * an interface, every reason is tested without a cluster (test/checks), and the same check runs on files made by any tool.
 * `live/` holds the context of a real lab.
 *
 * `blocked` comes from `needs`: a check whose foundation is red would only repeat that in more confusing words.
 */
import { errorMessage, LabError } from '../lib/errors.ts';
import { didYouMean } from '../lib/nearest.ts';
import { registry } from './registry.ts';
import type { CheckContext, CheckKind, CheckResult, CheckSpec, Finding } from './types.ts';

export type {
  CheckContext,
  CheckKind,
  CheckResult,
  CheckSpec,
  Failure,
  Finding,
  Fix,
  Host,
  MachineAccess,
} from './types.ts';

/** Names of all kinds, sorted. */
export const checkKinds = (): string[] => [...registry.keys()].sort();

/** Throws LabError when there is no such kind. */
export function checkKind(name: string): CheckKind {
  const kind = registry.get(name);
  if (kind === undefined)
    throw new LabError(`unknown kind of check ${JSON.stringify(name)}`, {
      remedy: didYouMean(name, registry.keys()) ?? `there are ${checkKinds().join(', ')}`,
    });
  return kind;
}

/** Reasons that a check of this kind can fail with, and what each means. Throws LabError when there is no such kind. */
export const reasonsOf = (kind: string): Readonly<Record<string, string>> => checkKind(kind).reasons;

/** What is wrong with a specification, or undefined: nothing is evaluated. */
export function validateCheck(spec: CheckSpec): string | undefined {
  try {
    checkKind(spec.kind).prepare(spec);
    return undefined;
  } catch (error) {
    return error instanceof LabError ? error.toString() : errorMessage(error);
  }
}

function toResult(spec: CheckSpec, findings: readonly Finding[]): CheckResult {
  const [first, ...also] = findings;
  if (first === undefined) return { state: 'pass' };
  const { reason, message, expected, found, where, remedy } = first;
  const fix = spec.fix === undefined ? { remedy } : { step: spec.fix, remedy };
  return { state: 'fail', reason, message, expected, found, where, fix, also };
}

/** Evaluates one check without looking at its `needs`. Never throws: what goes wrong in the check itself is state `error`. */
export async function evaluateCheck(spec: CheckSpec, context: CheckContext): Promise<CheckResult> {
  try {
    const evaluate = checkKind(spec.kind).prepare(spec);
    return toResult(spec, await evaluate(context));
  } catch (error) {
    return { state: 'error', message: error instanceof LabError ? error.toString() : errorMessage(error) };
  }
}

/**
 * Evaluates the checks of a step in order. A check whose `needs` did not pass is blocked. `earlier` holds results of
 * other steps by the id that `needs` uses for them. The answer has one result a check, in the same order.
 */
export async function evaluateChecks(
  specs: readonly CheckSpec[],
  context: CheckContext,
  earlier: ReadonlyMap<string, CheckResult> = new Map(),
): Promise<CheckResult[]> {
  const known = new Map(earlier);
  const results: CheckResult[] = [];
  for (const spec of specs) {
    const by = (spec.needs ?? []).filter((id) => known.get(id)?.state !== 'pass');
    const result: CheckResult = by.length > 0 ? { state: 'blocked', by } : await evaluateCheck(spec, context);
    if (spec.id !== undefined) known.set(spec.id, result);
    results.push(result);
  }
  return results;
}
