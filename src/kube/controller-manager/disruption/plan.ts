import { hasEnded, isReady, isTerminating } from '../../api/pods.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from '../../api/types/policy-v1.ts';
import { setCondition } from '../shared/conditions.ts';

/** An eviction that was allowed and is not seen to begin within this time did not happen. */
const deletionTimeoutMs = 120_000;

export interface BudgetInput {
  readonly budget: PodDisruptionBudget;
  /** The pods that the budget's selector matches. */
  readonly pods: readonly Pod[];
  /** How many pods their controllers want together: what percentages and maxUnavailable are counted from. */
  readonly wanted: number;
  readonly now: { readonly ms: number; readonly text: string };
}

export interface BudgetPlan {
  readonly status: PodDisruptionBudgetStatus;
  /** Milliseconds until an eviction that was allowed counts as not done; undefined when none is open. */
  readonly againInMs: number | undefined;
}

/** A number, or a percentage of the whole, rounded up. */
function share(value: number | string, whole: number): number {
  if (typeof value === 'number') return value;
  return Math.ceil((whole * (Number.parseInt(value, 10) || 0)) / 100);
}

function healthWanted({ budget, pods, wanted }: BudgetInput): { expected: number; desired: number } {
  const { maxUnavailable, minAvailable } = budget.spec ?? {};
  if (maxUnavailable !== undefined) {
    return { expected: wanted, desired: Math.max(0, wanted - share(maxUnavailable, wanted)) };
  }
  if (typeof minAvailable === 'string') return { expected: wanted, desired: share(minAvailable, wanted) };
  return { expected: pods.length, desired: minAvailable ?? 0 };
}

/** How many pods may be evicted now. Pure. Models pkg/controller/disruption/disruption.go. */
export function planBudget(input: BudgetInput): BudgetPlan {
  const { budget, now } = input;
  const pods = input.pods.filter((pod) => !hasEnded(pod));
  const { expected, desired } = healthWanted({ ...input, pods });

  // Pods whose eviction was allowed a moment ago: they count as gone before they are seen to go.
  const open = Object.entries(budget.status?.disruptedPods ?? {}).filter(([name, since]) => {
    const pod = pods.find(({ metadata }) => metadata?.name === name);
    return pod !== undefined && !isTerminating(pod) && Date.parse(since) + deletionTimeoutMs > now.ms;
  });
  const disrupted = new Set(open.map(([name]) => name));
  const healthy = pods.filter(
    (pod) => isReady(pod) && !isTerminating(pod) && !disrupted.has(pod.metadata?.name ?? ''),
  ).length;
  const allowed = expected <= 0 ? 0 : Math.max(0, healthy - desired);
  const deadlines = open.map(([, since]) => Date.parse(since) + deletionTimeoutMs - now.ms);
  return {
    status: {
      currentHealthy: healthy,
      desiredHealthy: desired,
      expectedPods: expected,
      disruptionsAllowed: allowed,
      observedGeneration: budget.metadata?.generation ?? 0,
      ...(open.length === 0 ? {} : { disruptedPods: Object.fromEntries(open) }),
      conditions: setCondition(budget.status?.conditions, {
        type: 'DisruptionAllowed',
        status: allowed > 0 ? 'True' : 'False',
        reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
        message: '',
        observedGeneration: budget.metadata?.generation ?? 0,
        lastTransitionTime: now.text,
      }),
    },
    againInMs: deadlines.length === 0 ? undefined : Math.max(1000, Math.min(...deadlines)),
  };
}
