import { expect, test } from 'vitest';
import type { Pod } from '../../../../src/kube/api/types/core-v1.ts';
import type { PodDisruptionBudget } from '../../../../src/kube/api/types/policy-v1.ts';
import { planBudget } from '../../../../src/kube/controller-manager/disruption/plan.ts';

const now = { ms: Date.parse('2026-01-01T00:10:00Z'), text: '2026-01-01T00:10:00Z' };

const pod = (
  name: string,
  ready = true,
  more: Pick<NonNullable<Pod['metadata']>, 'deletionTimestamp'> = {},
): Pod => ({
  metadata: { name, ...more },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
});

const budget = (
  spec: PodDisruptionBudget['spec'],
  status?: Partial<PodDisruptionBudget['status']>,
): PodDisruptionBudget => ({
  metadata: { name: 'b', generation: 3 },
  spec,
  ...(status && { status: status as NonNullable<PodDisruptionBudget['status']> }),
});

const three = [pod('a'), pod('b'), pod('c')];

test.each([
  [{ minAvailable: 2 }, 3, { desiredHealthy: 2, disruptionsAllowed: 1, expectedPods: 3 }],
  [{ minAvailable: 5 }, 3, { desiredHealthy: 5, disruptionsAllowed: 0, expectedPods: 3 }],
  [{ minAvailable: '50%' }, 3, { desiredHealthy: 2, disruptionsAllowed: 1, expectedPods: 3 }],
  [{ minAvailable: '100%' }, 3, { desiredHealthy: 3, disruptionsAllowed: 0, expectedPods: 3 }],
  [{ maxUnavailable: 1 }, 3, { desiredHealthy: 2, disruptionsAllowed: 1, expectedPods: 3 }],
  [{ maxUnavailable: '34%' }, 3, { desiredHealthy: 1, disruptionsAllowed: 2, expectedPods: 3 }],
  // Four are wanted and three are there: the missing one counts as unavailable.
  [{ maxUnavailable: 1 }, 4, { desiredHealthy: 3, disruptionsAllowed: 0, expectedPods: 4 }],
  [{ maxUnavailable: 1 }, 0, { desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 }],
])('of three healthy pods, %j with %i wanted', (spec, wanted, expected) => {
  const { status } = planBudget({ budget: budget(spec), pods: three, wanted, now });
  expect(status).toMatchObject({ currentHealthy: 3, observedGeneration: 3, ...expected });
});

test('pods that are not ready, go, or have ended are not healthy', () => {
  const pods = [
    ...three,
    pod('sick', false),
    pod('going', true, { deletionTimestamp: now.text }),
    { ...pod('done'), status: { phase: 'Succeeded' } },
  ];
  const { status } = planBudget({ budget: budget({ minAvailable: 2 }), pods, wanted: 0, now });
  expect(status).toMatchObject({ currentHealthy: 3, expectedPods: 5, disruptionsAllowed: 1 });
});

test('an eviction that was allowed counts until it is seen, or for two minutes', () => {
  const disruptedPods = {
    a: '2026-01-01T00:09:30Z',
    b: '2026-01-01T00:05:00Z',
    gone: '2026-01-01T00:09:59Z',
  };
  const input = { budget: budget({ minAvailable: 2 }, { disruptedPods }), pods: three, wanted: 0, now };
  const { status, againInMs } = planBudget(input);
  expect(status).toMatchObject({ currentHealthy: 2, disruptionsAllowed: 0 });
  expect(status.disruptedPods).toEqual({ a: '2026-01-01T00:09:30Z' });
  expect(againInMs).toBe(90_000);
});

test('the condition tells whether anything may go, and keeps its time while it stays the same', () => {
  const first = planBudget({ budget: budget({ minAvailable: 2 }), pods: three, wanted: 0, now }).status;
  expect(first.conditions).toMatchObject([
    { type: 'DisruptionAllowed', status: 'True', reason: 'SufficientPods', lastTransitionTime: now.text },
  ]);
  const later = { ms: now.ms + 60_000, text: '2026-01-01T00:11:00Z' };
  const again = planBudget({
    budget: budget({ minAvailable: 2 }, first),
    pods: three,
    wanted: 0,
    now: later,
  });
  expect(again.status).toEqual(first);
  const none = planBudget({ budget: budget({ minAvailable: 3 }, first), pods: three, wanted: 0, now: later });
  expect(none.status.conditions).toMatchObject([{ status: 'False', lastTransitionTime: later.text }]);
});
