import { expect, test } from 'vitest';
import type { Pod } from '../../../../../src/kube/api/types/core-v1.ts';
import { podsToDrain } from '../../../../../src/kube/kubectl/commands/node/drain-filter.ts';

const pod = (name: string, owner?: string, more: Partial<Pod> = {}): Pod => ({
  metadata: {
    name,
    namespace: 'ns',
    ...(owner && {
      ownerReferences: [{ apiVersion: 'v1', kind: owner, name: 'o', uid: 'u', controller: true }],
    }),
  },
  spec: { containers: [] },
  ...more,
});
const careful = { force: false, 'ignore-daemonsets': false, 'delete-emptydir-data': false };
const daemon = pod('daemon', 'DaemonSet');
const alone = pod('alone');
const withData = pod('data', 'ReplicaSet', {
  spec: { containers: [], volumes: [{ name: 'd', emptyDir: {} }] },
});
const plain = pod('plain', 'ReplicaSet');

test('pods that come back elsewhere are drained without a question', () => {
  expect(podsToDrain([plain], careful)).toEqual({ pods: [plain], warnings: [] });
});

test('all that stands against a drain is said at once', () => {
  expect(() => podsToDrain([daemon, withData, alone, plain], careful)).toThrow(
    '[cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): ns/daemon, cannot delete Pods with local storage (use --delete-emptydir-data to override): ns/data, cannot delete Pods that declare no controller (use --force to override): ns/alone]',
  );
});

test('with its flag each goes, but for those of a DaemonSet, which stay', () => {
  const bold = { force: true, 'ignore-daemonsets': true, 'delete-emptydir-data': true };
  expect(podsToDrain([daemon, withData, alone], bold)).toEqual({
    pods: [withData, alone],
    warnings: [
      'ignoring DaemonSet-managed Pods: ns/daemon',
      'deleting Pods that declare no controller: ns/alone',
    ],
  });
});

test('pods that have ended hold nobody up, and those of a file on the node are not touched', () => {
  const done = pod('done', undefined, { status: { phase: 'Succeeded' } });
  const mirror = pod('mirror');
  mirror.metadata!.annotations = { 'kubernetes.io/config.mirror': 'x' };
  expect(podsToDrain([done, mirror], careful)).toEqual({ pods: [done], warnings: [] });
});
