import { expect, test } from 'vitest';
import type { Deployment, DeploymentStatus, ReplicaSet } from '../../../../src/kube/api/types/apps-v1.ts';
import { deploymentStatus } from '../../../../src/kube/controller-manager/deployment/status.ts';

const start = Date.parse('2026-01-01T00:00:00Z');
const at = (seconds: number) => ({
  ms: start + seconds * 1000,
  text: new Date(start + seconds * 1000).toISOString().replace('.000Z', 'Z'),
});

const deployment = (status?: DeploymentStatus, spec: Partial<Deployment['spec']> = {}): Deployment => ({
  metadata: { name: 'web', generation: 2 },
  spec: {
    replicas: 3,
    selector: {},
    template: {},
    strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    ...spec,
  },
  ...(status && { status }),
});

const set = (name: string, replicas: number, available: number): ReplicaSet => ({
  metadata: { name },
  spec: { replicas, selector: {} },
  status: { replicas, readyReplicas: available, availableReplicas: available },
});

const reasons = (status: DeploymentStatus) =>
  Object.fromEntries(
    (status.conditions ?? []).map(({ type, status: value, reason }) => [type, `${value} ${reason}`]),
  );

test('counts, and the two conditions of a rollout on its way', () => {
  const newSet = set('web-new', 1, 0);
  const status = deploymentStatus({
    deployment: deployment(),
    newSet,
    sets: [newSet, set('web-old', 3, 3)],
    now: at(0),
  });
  expect(status).toMatchObject({
    replicas: 4,
    updatedReplicas: 1,
    readyReplicas: 3,
    availableReplicas: 3,
    unavailableReplicas: 1,
    observedGeneration: 2,
  });
  expect(reasons(status)).toEqual({
    Available: 'True MinimumReplicasAvailable',
    Progressing: 'True ReplicaSetUpdated',
  });
});

test('complete when all pods are new and available', () => {
  const newSet = set('web-new', 3, 3);
  const status = deploymentStatus({ deployment: deployment(), newSet, sets: [newSet], now: at(0) });
  expect(reasons(status).Progressing).toBe('True NewReplicaSetAvailable');
  expect(status.conditions?.find(({ type }) => type === 'Progressing')?.message).toBe(
    'ReplicaSet "web-new" has successfully progressed.',
  );
});

test('a rollout that stands still for longer than its deadline has failed, and says so', () => {
  const newSet = set('web-new', 1, 0);
  const input = (status: DeploymentStatus | undefined, seconds: number) => ({
    deployment: deployment(status, { progressDeadlineSeconds: 60 }),
    newSet,
    sets: [newSet, set('web-old', 2, 2)],
    now: at(seconds),
  });
  const first = deploymentStatus(input(undefined, 0));
  const waiting = deploymentStatus(input(first, 50));
  expect(waiting).toEqual(first);
  const late = deploymentStatus(input(waiting, 61));
  expect(reasons(late)).toEqual({
    Available: 'False MinimumReplicasUnavailable',
    Progressing: 'False ProgressDeadlineExceeded',
  });
});

test('a paused deployment says so', () => {
  const status = deploymentStatus({
    deployment: deployment(undefined, { paused: true }),
    newSet: undefined,
    sets: [],
    now: at(0),
  });
  expect(reasons(status).Progressing).toBe('Unknown DeploymentPaused');
});

test('what a replica set cannot create shows in the deployment', () => {
  const newSet: ReplicaSet = set('web-new', 3, 0);
  newSet.status!.conditions = [
    { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'quota' },
  ];
  const status = deploymentStatus({ deployment: deployment(), newSet, sets: [newSet], now: at(0) });
  expect(reasons(status).ReplicaFailure).toBe('True FailedCreate');
});
