import { expect, test } from 'vitest';
import type { ReplicaSet } from '../../../../src/kube/api/types/apps-v1.ts';
import type { Pod } from '../../../../src/kube/api/types/core-v1.ts';
import {
  byDispensability,
  planScale,
  statusOf,
} from '../../../../src/kube/controller-manager/replicaset/plan.ts';

interface Sketch {
  readonly node?: string;
  readonly phase?: string;
  readonly ready?: boolean;
  readonly readySince?: string;
  readonly cost?: string;
  readonly restarts?: number;
}

const pod = (
  name: string,
  {
    node = '',
    phase = 'Running',
    ready = true,
    readySince = '2026-01-01T00:00:00Z',
    cost,
    restarts = 0,
  }: Sketch = {},
): Pod => ({
  metadata: {
    name,
    labels: { app: 'web' },
    ...(cost && { annotations: { 'controller.kubernetes.io/pod-deletion-cost': cost } }),
  },
  spec: { containers: [], nodeName: node },
  status: {
    phase,
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: readySince }],
    containerStatuses: [{ name: 'c', image: '', imageID: '', ready, restartCount: restarts }],
  },
});

const set = (replicas: number, minReadySeconds = 0): ReplicaSet => ({
  metadata: { name: 'web', generation: 3 },
  spec: { replicas, minReadySeconds, selector: {}, template: { metadata: { labels: { app: 'web' } } } },
});

test('too few are created, too many removed, enough left alone', () => {
  expect(planScale(set(3), [pod('a')])).toEqual({ create: 2 });
  expect(planScale(set(1), [pod('a')])).toEqual({ remove: [] });
  expect(planScale(set(2000), [])).toEqual({ create: 500 });
});

test('those one would miss the least go first', () => {
  const pods = [
    pod('old and ready', { node: 'a', readySince: '2026-01-01T00:00:00Z' }),
    pod('young and ready', { node: 'b', readySince: '2026-01-02T00:00:00Z' }),
    pod('restarted', { node: 'c', readySince: '2026-01-01T00:00:00Z', restarts: 4 }),
    pod('not ready', { node: 'd', ready: false }),
    pod('pending', { node: 'e', phase: 'Pending', ready: false }),
    pod('unscheduled', { phase: 'Pending', ready: false }),
    pod('cheap', { node: 'f', cost: '-5' }),
  ];
  expect(byDispensability(pods).map(({ metadata }) => metadata?.name)).toEqual([
    'unscheduled',
    'pending',
    'not ready',
    'cheap',
    'young and ready',
    'restarted',
    'old and ready',
  ]);
});

test('of several on one node one goes first', () => {
  const crowded = [
    pod('alone', { node: 'a' }),
    pod('first of two', { node: 'b' }),
    pod('second of two', { node: 'b' }),
  ];
  expect(byDispensability(crowded).at(-1)?.metadata?.name).toBe('alone');
});

test('the status counts ready and available apart, and carries a failure', () => {
  const now = { ms: Date.parse('2026-01-01T00:00:05Z'), text: '2026-01-01T00:00:05Z' };
  const pods = [pod('a'), pod('b', { readySince: '2026-01-01T00:00:04Z' }), pod('c', { ready: false })];
  expect(statusOf(set(3, 3), pods, undefined, now)).toEqual({
    replicas: 3,
    fullyLabeledReplicas: 3,
    readyReplicas: 2,
    availableReplicas: 1,
    observedGeneration: 3,
  });
  expect(statusOf(set(3), [], 'quota', now).conditions).toMatchObject([
    { type: 'ReplicaFailure', message: 'quota' },
  ]);
});
