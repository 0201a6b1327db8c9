import { expect, test } from 'vitest';
import type { Deployment, DeploymentSpec, ReplicaSet } from '../../../../src/kube/api/types/apps-v1.ts';
import {
  bounds,
  planProportional,
  planRecreate,
  planRollingUpdate,
  type Scaling,
} from '../../../../src/kube/controller-manager/deployment/plan.ts';

const deployment = (replicas: number, strategy: DeploymentSpec['strategy'] = {}): Deployment => ({
  metadata: { name: 'web' },
  spec: { replicas, strategy, selector: {}, template: {} },
});

const set = (name: string, replicas: number, available = replicas): ReplicaSet => ({
  metadata: { name, creationTimestamp: `2026-01-01T00:00:0${name.length}Z` },
  spec: { replicas, selector: {} },
  status: { replicas, availableReplicas: available },
});

const text = (scalings: readonly Scaling[]) =>
  scalings.map((scaling) => `${scaling.set.metadata?.name}=${scaling.replicas}`).join(' ');

test.each([
  [{ maxSurge: '25%', maxUnavailable: '25%' }, 3, { maxSurge: 1, maxUnavailable: 0 }],
  [{ maxSurge: '25%', maxUnavailable: '25%' }, 10, { maxSurge: 3, maxUnavailable: 2 }],
  [{ maxSurge: 0, maxUnavailable: 0 }, 3, { maxSurge: 0, maxUnavailable: 1 }],
  [{ maxSurge: '100%', maxUnavailable: 5 }, 3, { maxSurge: 3, maxUnavailable: 3 }],
  [undefined, 4, { maxSurge: 1, maxUnavailable: 1 }],
])('the bounds of %j for %d replicas', (rollingUpdate, replicas, expected) => {
  expect(bounds(deployment(replicas, rollingUpdate === undefined ? {} : { rollingUpdate }))).toEqual(
    expected,
  );
});

test('a rolling update of three with one surge: grow by one, shrink by one, until all are new', () => {
  const web = deployment(3, { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } });
  let [newSet, oldSet] = [set('new', 0), set('o', 3)];
  const steps: string[] = [];
  for (let step = 0; step < 10; step++) {
    const plan = planRollingUpdate(web, newSet, [oldSet]);
    if (plan.length === 0) break;
    steps.push(text(plan));
    // Everything that is asked for becomes available at once.
    newSet = set('new', plan.find((scaling) => scaling.set === newSet)?.replicas ?? newSet.spec!.replicas!);
    oldSet = set('o', plan.find((scaling) => scaling.set === oldSet)?.replicas ?? oldSet.spec!.replicas!);
  }
  expect(steps).toEqual(['new=1', 'o=2', 'new=2', 'o=1', 'new=3', 'o=0']);
});

test('while the new pods do not become available the old ones stay: a bad image takes nothing down', () => {
  const web = deployment(3, { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } });
  expect(planRollingUpdate(web, set('new', 1, 0), [set('o', 3)])).toEqual([]);
});

test('sick pods of old sets go first', () => {
  const web = deployment(4, { rollingUpdate: { maxSurge: 0, maxUnavailable: 2 } });
  expect(text(planRollingUpdate(web, set('new', 0), [set('o', 4, 2)]))).toBe('o=2');
});

test('recreate: all old ones to nothing, then wait for their pods, then the new one', () => {
  const web = deployment(3, { type: 'Recreate' });
  expect(text(planRecreate(web, set('new', 0), [set('o', 3)], true))).toBe('o=0');
  expect(planRecreate(web, set('new', 0), [set('o', 0)], true)).toEqual([]);
  expect(text(planRecreate(web, set('new', 0), [set('o', 0)], false))).toBe('new=3');
});

test('scaling in the middle of a rollout is shared out in proportion', () => {
  expect(text(planProportional(deployment(6), [set('o', 2), set('new', 1)], 7))).toBe('o=5 new=2');
  expect(text(planProportional(deployment(5), [set('only', 3)], 6))).toBe('only=5');
  expect(text(planProportional(deployment(0), [set('o', 2), set('new', 1)], 0))).toBe('o=0 new=0');
});
