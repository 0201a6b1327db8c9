import { expect, test } from 'vitest';
import type { Pod, Service } from '../../../../src/kube/api/types/core-v1.ts';
import type { EndpointSlice } from '../../../../src/kube/api/types/discovery-v1.ts';
import { subsetsOf } from '../../../../src/kube/controller-manager/endpoint/endpoints.ts';
import { sliceContents } from '../../../../src/kube/controller-manager/endpoint/endpointslice.ts';
import { planSlices } from '../../../../src/kube/controller-manager/endpoint/slices.ts';

const service = (spec: Service['spec'] = {}): Service => ({
  metadata: { name: 'web', namespace: 'default' },
  spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }], ...spec },
});

interface Sketch {
  readonly ready?: boolean;
  readonly deleting?: boolean;
  readonly port?: number;
  readonly phase?: string;
  readonly app?: string;
}

const pod = (
  address: string,
  { ready = true, deleting = false, port = 8080, phase = 'Running', app = 'web' }: Sketch = {},
): Pod => ({
  metadata: {
    name: `pod-${address}`,
    namespace: 'default',
    uid: address,
    labels: { app },
    ...(deleting && { deletionTimestamp: '2026-01-01T00:00:00Z' }),
  },
  spec: { nodeName: 'worker-0', containers: [{ name: 'c', ports: [{ name: 'http', containerPort: port }] }] },
  status: { phase, podIP: address, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
});

test('Endpoints: ready and unready addresses apart, the port found by its name in the pod', () => {
  const subsets = subsetsOf(service(), [
    pod('10.200.0.3'),
    pod('10.200.0.2'),
    pod('10.200.0.4', { ready: false }),
  ]);
  expect(subsets).toHaveLength(1);
  expect(subsets[0]!.addresses?.map(({ ip }) => ip)).toEqual(['10.200.0.2', '10.200.0.3']);
  expect(subsets[0]!.notReadyAddresses?.map(({ ip }) => ip)).toEqual(['10.200.0.4']);
  expect(subsets[0]!.ports).toEqual([{ port: 8080, protocol: 'TCP' }]);
  expect(subsets[0]!.addresses?.[0]).toMatchObject({
    nodeName: 'worker-0',
    targetRef: { kind: 'Pod', name: 'pod-10.200.0.2' },
  });
});

test('pods of other services, ended ones and those without an address are no endpoints', () => {
  const pods = [pod('10.200.0.2', { app: 'other' }), pod('10.200.0.3', { phase: 'Succeeded' }), pod('', {})];
  expect(subsetsOf(service(), pods)).toEqual([]);
});

test('pods that serve a named port at different numbers fall into different groups', () => {
  const pods = [pod('10.200.0.2'), pod('10.200.0.3', { port: 9090 })];
  expect(subsetsOf(service(), pods).map(({ ports }) => ports?.[0]?.port)).toEqual([8080, 9090]);
  expect(sliceContents(service(), pods)).toHaveLength(2);
});

test('a slice tells ready, serving and terminating apart; a terminating pod is not ready', () => {
  const [content] = sliceContents(service(), [pod('10.200.0.2', { deleting: true })]);
  expect(content!.endpoints[0]!.conditions).toEqual({ ready: false, serving: true, terminating: true });
});

test('publishNotReadyAddresses makes every pod ready', () => {
  const [content] = sliceContents(service({ publishNotReadyAddresses: true }), [
    pod('10.200.0.2', { ready: false }),
  ]);
  expect(content!.endpoints[0]!.conditions?.ready).toBe(true);
});

test('a hundred endpoints fill a slice', () => {
  const pods = Array.from({ length: 250 }, (_, index) =>
    pod(`10.200.${Math.floor(index / 200)}.${index % 200}`),
  );
  expect(sliceContents(service(), pods).map(({ endpoints }) => endpoints.length)).toEqual([100, 100, 50]);
});

test('only what changed is written: a slice with the same ports is used again, a surplus one removed', () => {
  const [content] = sliceContents(service(), [pod('10.200.0.2')]);
  const stored = (name: string, like: typeof content): EndpointSlice => ({
    metadata: { name },
    addressType: 'IPv4',
    ...like!,
  });
  expect(planSlices([content!], [stored('a', content)])).toEqual({ create: [], update: [], remove: [] });
  const [changed] = sliceContents(service(), [pod('10.200.0.9')]);
  const plan = planSlices([changed!], [stored('a', content), stored('b', content)]);
  expect(plan.update.map(({ metadata }) => metadata?.name)).toEqual(['a']);
  expect(plan.remove.map(({ metadata }) => metadata?.name)).toEqual(['b']);
  expect(planSlices([content!], []).create).toEqual([content]);
});
