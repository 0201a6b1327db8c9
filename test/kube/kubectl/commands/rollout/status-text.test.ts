import { expect, test } from 'vitest';
import type { KubeObject } from '../../../../../src/kube/kubectl/cluster/cluster.ts';
import { rolloutProgress } from '../../../../../src/kube/kubectl/commands/rollout/status-text.ts';

const object = (kind: string, spec: object, status: object): KubeObject => ({
  kind,
  metadata: { name: 'web', generation: 2 },
  spec,
  status: { observedGeneration: 2, ...status },
});
const deployment = (status: object) => object('Deployment', { replicas: 3 }, status);

test.each([
  [{ observedGeneration: 1 }, 'Waiting for deployment spec update to be observed...'],
  [
    { updatedReplicas: 1, replicas: 3 },
    'Waiting for deployment "web" rollout to finish: 1 out of 3 new replicas have been updated...',
  ],
  [
    { updatedReplicas: 3, replicas: 4 },
    'Waiting for deployment "web" rollout to finish: 1 old replicas are pending termination...',
  ],
  [
    { updatedReplicas: 3, replicas: 3, availableReplicas: 2 },
    'Waiting for deployment "web" rollout to finish: 2 of 3 updated replicas are available...',
  ],
])('a deployment on its way: %j', (status, text) => {
  expect(rolloutProgress(deployment(status))).toEqual({ text, done: false });
});

test('a deployment that is through, and one that will not be', () => {
  const all = { updatedReplicas: 3, replicas: 3, availableReplicas: 3 };
  expect(rolloutProgress(deployment(all))).toEqual({
    text: 'deployment "web" successfully rolled out',
    done: true,
  });
  const late = { ...all, conditions: [{ type: 'Progressing', reason: 'ProgressDeadlineExceeded' }] };
  expect(() => rolloutProgress(deployment(late))).toThrow('deployment "web" exceeded its progress deadline');
});

test('daemon sets and stateful sets have words of their own; what has no rollout is refused', () => {
  expect(
    rolloutProgress(object('DaemonSet', {}, { desiredNumberScheduled: 3, updatedNumberScheduled: 1 })).text,
  ).toBe('Waiting for daemon set "web" rollout to finish: 1 out of 3 new pods have been updated...');
  expect(rolloutProgress(object('StatefulSet', { replicas: 3 }, { readyReplicas: 1 })).text).toBe(
    'Waiting for 2 pods to be ready...',
  );
  expect(() => rolloutProgress(object('Pod', {}, {}))).toThrow(
    'no status viewer has been implemented for Pod',
  );
});
