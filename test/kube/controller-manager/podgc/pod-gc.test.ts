import { expect, test } from 'vitest';
import type { Pod } from '../../../../src/kube/api/types/core-v1.ts';
import { findGarbage } from '../../../../src/kube/controller-manager/podgc/pod-gc.ts';

const pod = (name: string, nodeName: string | undefined, phase = 'Running', deleting = false): Pod => ({
  metadata: {
    name,
    creationTimestamp: `2026-01-0${name.length}T00:00:00Z`,
    ...(deleting && { deletionTimestamp: '2026-01-09T00:00:00Z' }),
  },
  spec: { containers: [], ...(nodeName && { nodeName }) },
  status: { phase },
});

const names = (pods: readonly Pod[], threshold?: number) =>
  findGarbage(pods, (name) => name === 'worker-0', threshold).map(
    ({ pod: { metadata }, why }) => `${metadata?.name}: ${why}`,
  );

test('pods whose node is gone, and deleted pods that never had one', () => {
  expect(
    names([
      pod('a', 'worker-0'),
      pod('b', 'worker-9'),
      pod('c', undefined),
      pod('d', undefined, 'Pending', true),
    ]),
  ).toEqual(['b: its node is gone', 'd: it was deleted before it had a node']);
});

test('ended pods beyond the threshold, the oldest first', () => {
  const ended = [
    pod('ccc', 'worker-0', 'Failed'),
    pod('a', 'worker-0', 'Succeeded'),
    pod('bb', 'worker-0', 'Failed'),
  ];
  expect(names(ended, 1)).toEqual(['a: too many pods have ended', 'bb: too many pods have ended']);
});
