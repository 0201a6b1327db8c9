import { expect, test } from 'vitest';
import type { Node, Pod, Toleration } from '../../../../src/kube/api/types/core-v1.ts';
import {
  evictionDelayMs,
  observeHeartbeat,
  sameTaints,
  silentConditions,
  taintsFor,
} from '../../../../src/kube/controller-manager/node/lifecycle-plan.ts';

const now = '2026-01-01T00:00:00Z';

const node = (
  ready: string | undefined,
  more: Partial<NonNullable<Node['spec']>> = {},
  others: Record<string, string> = {},
): Node => ({
  metadata: { name: 'worker-0' },
  spec: more,
  status: {
    conditions: Object.entries({ ...(ready && { Ready: ready }), ...others }).map(([type, status]) => ({
      type,
      status,
    })),
  },
});

const text = (subject: Node) =>
  taintsFor(subject, now).map(({ key, effect }) => `${key?.split('/')[1]}:${effect}`);

test('conditions become taints: not ready keeps new pods away and lets old ones go', () => {
  expect(text(node('True'))).toEqual([]);
  expect(text(node(undefined))).toEqual(['not-ready:NoSchedule']);
  expect(text(node('False'))).toEqual(['not-ready:NoSchedule', 'not-ready:NoExecute']);
  expect(text(node('Unknown'))).toEqual(['unreachable:NoSchedule', 'unreachable:NoExecute']);
  expect(text(node('True', { unschedulable: true }, { DiskPressure: 'True' }))).toEqual([
    'disk-pressure:NoSchedule',
    'unschedulable:NoSchedule',
  ]);
});

test('taints of others stay, and the time a taint was added does too', () => {
  const taints = [
    { key: 'gpu', value: 'yes', effect: 'NoSchedule' },
    { key: 'node.kubernetes.io/not-ready', effect: 'NoExecute', timeAdded: '2025-12-31T23:59:00Z' },
  ];
  const result = taintsFor(node('False', { taints }), now);
  expect(result[0]).toEqual(taints[0]);
  expect(
    result.find(({ effect, key }) => effect === 'NoExecute' && key?.includes('not-ready'))?.timeAdded,
  ).toBe('2025-12-31T23:59:00Z');
  expect(sameTaints(result, [...result].reverse())).toBe(true);
});

test('a node is silent when neither lease nor status changed; its own clock is never compared', () => {
  const first = observeHeartbeat(undefined, 'lease 1', 1000);
  expect(observeHeartbeat(first, 'lease 1', 60_000)).toBe(first);
  expect(observeHeartbeat(first, 'lease 2', 60_000).seenAtMs).toBe(60_000);
});

test('a silent node has Unknown conditions, written once', () => {
  const unknown = silentConditions(node('True'), now)!;
  expect(unknown.map(({ type, status, reason }) => [type, status, reason])[0]).toEqual([
    'Ready',
    'Unknown',
    'NodeStatusUnknown',
  ]);
  expect(unknown[1]?.reason).toBe('NodeStatusNeverUpdated');
  expect(silentConditions({ metadata: {}, status: { conditions: unknown } }, now)).toBeUndefined();
});

test('pods leave a tainted node: at once, after the tolerated time, or never', () => {
  const taints = [{ key: 'node.kubernetes.io/unreachable', effect: 'NoExecute', timeAdded: now }];
  const pod = (...tolerations: Toleration[]): Pod => ({
    metadata: {},
    spec: { containers: [], tolerations },
  });
  const delay = (subject: Pod, seconds: number) =>
    evictionDelayMs(subject, taints, Date.parse(now) + seconds * 1000);
  expect(delay(pod(), 0)).toBe(0);
  const patient: Toleration = {
    key: 'node.kubernetes.io/unreachable',
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds: 300,
  };
  expect(delay(pod(patient), 100)).toBe(200_000);
  expect(delay(pod(patient), 400)).toBe(0);
  expect(delay(pod({ operator: 'Exists' }), 0)).toBeUndefined();
  expect(evictionDelayMs(pod(), [], 0)).toBeUndefined();
});
