import { expect, test } from 'vitest';
import type { Node, Pod, PodSpec } from '../../../src/kube/api/types/core-v1.ts';
import { nodeInfo } from '../../../src/kube/scheduler/cluster.ts';
import { schedulePod } from '../../../src/kube/scheduler/schedule-pod.ts';

interface NodeSketch {
  readonly labels?: Record<string, string>;
  readonly taints?: NonNullable<Node['spec']>['taints'];
  readonly unschedulable?: boolean;
  readonly cpu?: string;
  readonly pods?: readonly Pod[];
}

function node(name: string, sketch: NodeSketch = {}) {
  return nodeInfo(
    {
      metadata: { name, labels: { 'kubernetes.io/hostname': name, ...sketch.labels } },
      spec: { ...(sketch.taints && { taints: sketch.taints }), unschedulable: sketch.unschedulable ?? false },
      status: { allocatable: { cpu: sketch.cpu ?? '2', memory: '4Gi', pods: '110' } },
    },
    sketch.pods ?? [],
  );
}

function pod(
  name: string,
  spec: Partial<PodSpec> & { cpu?: string } = {},
  labels: Record<string, string> = {},
): Pod {
  const { cpu, ...rest } = spec;
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'rs', controller: true };
  return {
    metadata: { name, namespace: 'default', labels, ownerReferences: [owner] },
    spec: { containers: [{ name: 'c', ...(cpu && { resources: { requests: { cpu } } }) }], ...rest },
  };
}

/** The chosen node, or the reasons up to the part about preemption. */
function place(subject: Pod, ...nodes: ReturnType<typeof node>[]): string {
  const result = schedulePod(subject, nodes, () => 0);
  return result.fits ? result.node : result.message.split(' preemption:')[0]!;
}

test('without nodes there is nothing to choose from', () => {
  expect(place(pod('web'))).toBe('no nodes available to schedule pods');
});

test('a pod goes where most is left', () => {
  const busy = node('a', { pods: [pod('other', { cpu: '1500m' })] });
  expect(place(pod('web', { cpu: '100m' }), busy, node('b'))).toBe('b');
});

test('what does not fit anywhere is said node by node, with counts, sorted', () => {
  expect(place(pod('web', { cpu: '3' }), node('a'), node('b'), node('c', { unschedulable: true }))).toBe(
    '0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu.',
  );
});

test('a cordoned node takes nothing, a tainted one only what tolerates the taint', () => {
  const taints = [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }];
  const tainted = node('a', { taints });
  expect(place(pod('web'), tainted)).toBe(
    '0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }.',
  );
  expect(
    place(
      pod('web', { tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists' }] }),
      tainted,
    ),
  ).toBe('a');
  expect(
    place(pod('web', { tolerations: [{ operator: 'Exists' }] }), node('b', { unschedulable: true })),
  ).toBe('b');
});

test('node selector and required affinity choose by label, preferred affinity only prefers', () => {
  const stranger: Pod = { ...pod('x', { cpu: '1' }), metadata: { name: 'x', namespace: 'default' } };
  const ssd = node('a', { labels: { disk: 'ssd' }, pods: [stranger] });
  const hdd = node('b', { labels: { disk: 'hdd' } });
  expect(place(pod('web', { nodeSelector: { disk: 'ssd' } }), ssd, hdd)).toBe('a');
  expect(place(pod('web', { nodeSelector: { disk: 'tape' } }), ssd, hdd)).toBe(
    "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.",
  );
  const terms = [{ matchExpressions: [{ key: 'disk', operator: 'In', values: ['hdd'] }] }];
  const required = {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } },
  };
  expect(place(pod('web', { affinity: required }), ssd, hdd)).toBe('b');
  const preference = { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] };
  const preferred = {
    nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference }] },
  };
  expect(place(pod('web', { affinity: preferred }), ssd, hdd)).toBe('a');
});

test.each([
  ['In', ['ssd', 'nvme'], true],
  ['In', ['hdd'], false],
  ['NotIn', ['hdd'], true],
  ['NotIn', ['ssd'], false],
  ['Exists', [], true],
  ['DoesNotExist', [], false],
])('node affinity: disk=ssd %s %j is %s', (operator, values, fits) => {
  const terms = [{ matchExpressions: [{ key: 'disk', operator, values }] }];
  const affinity = {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } },
  };
  expect(place(pod('web', { affinity }), node('a', { labels: { disk: 'ssd' } })) === 'a').toBe(fits);
});

test.each([
  ['Gt', '3', true],
  ['Gt', '4', false],
  ['Lt', '5', true],
  ['Lt', '4', false],
])('node affinity: generation=4 %s %s is %s', (operator, value, fits) => {
  const terms = [{ matchExpressions: [{ key: 'generation', operator, values: [value] }] }];
  const affinity = {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } },
  };
  expect(place(pod('web', { affinity }), node('a', { labels: { generation: '4' } })) === 'a').toBe(fits);
});

test('terms of an affinity are alternatives, an empty one matches nothing, and a field may name the node', () => {
  const required = (...nodeSelectorTerms: object[]) => ({
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
  });
  const byName = { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['b'] }] };
  expect(place(pod('web', required({}, byName) as Partial<PodSpec>), node('a'), node('b'))).toBe('b');
  expect(place(pod('web', required({}) as Partial<PodSpec>), node('a'))).toContain(
    "didn't match Pod's node affinity/selector",
  );
});

test('a taint is tolerated by key and value, by key alone, and by effect; a soft one only repels', () => {
  const tainted = (effect: string) => node('a', { taints: [{ key: 'gpu', value: 'a100', effect }] });
  const tolerating = (toleration: object) => pod('web', { tolerations: [toleration] } as Partial<PodSpec>);
  const hard = tainted('NoSchedule');
  expect(place(tolerating({ key: 'gpu', value: 'a100' }), hard)).toBe('a');
  expect(place(tolerating({ key: 'gpu', operator: 'Exists', effect: 'NoSchedule' }), hard)).toBe('a');
  for (const toleration of [
    { key: 'gpu', value: 'h100' },
    { key: 'gpu', operator: 'Exists', effect: 'NoExecute' },
    { key: 'fpga', operator: 'Exists' },
  ]) {
    expect(place(tolerating(toleration), hard)).toContain('had untolerated taint {gpu: a100}');
  }
  expect(place(pod('web'), tainted('PreferNoSchedule'), node('b'))).toBe('b');
  expect(place(pod('web'), tainted('PreferNoSchedule'))).toBe('a');
});

test('a node takes as many pods as it allows, whatever they ask for', () => {
  const crowd = Array.from({ length: 110 }, (_, index) => pod(`p${index}`));
  expect(place(pod('web'), node('a', { pods: crowd }))).toBe('0/1 nodes are available: 1 Too many pods.');
});

test('pods of one owner are spread over the nodes', () => {
  const one = node('a', { pods: [pod('web-1')] });
  expect(place(pod('web-2'), one, node('b'), node('c', { pods: [pod('web-3')] }))).toBe('b');
});

test('a host port is taken once on each node', () => {
  const containers = [{ name: 'c', ports: [{ containerPort: 80, hostPort: 80 }] }];
  const taken = node('a', { pods: [pod('first', { containers })] });
  expect(place(pod('second', { containers }), taken, node('b'))).toBe('b');
  expect(place(pod('second', { containers }), taken)).toContain(
    "didn't have free ports for the requested pod ports",
  );
});

const term = (app: string) => ({
  labelSelector: { matchLabels: { app } },
  topologyKey: 'kubernetes.io/hostname',
});

test('required anti-affinity keeps pods apart, also those that were there first', () => {
  const apart = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term('db')] } };
  const holder = node('a', { pods: [pod('db-0', { affinity: apart }, { app: 'db' })] });
  expect(place(pod('db-1', { affinity: apart }, { app: 'db' }), holder, node('b'))).toBe('b');
  expect(place(pod('plain', {}, { app: 'db' }), holder)).toContain(
    "didn't satisfy existing pods anti-affinity rules",
  );
});

test('required affinity follows its pods, and the first of a kind may start alone', () => {
  const near = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term('cache')] } };
  const cache = node('b', { pods: [pod('cache', {}, { app: 'cache' })] });
  expect(place(pod('web', { affinity: near }), node('a'), cache)).toBe('b');
  expect(place(pod('web', { affinity: near }), node('a'))).toContain("didn't match pod affinity rules");
  expect(place(pod('cache-0', { affinity: near }, { app: 'cache' }), node('a'))).toBe('a');
});

test('a spread constraint is a bound on the difference between domains', () => {
  const constraint = {
    maxSkew: 1,
    topologyKey: 'kubernetes.io/hostname',
    whenUnsatisfiable: 'DoNotSchedule',
    labelSelector: { matchLabels: { app: 'web' } },
  };
  const labels = { app: 'web' };
  const full = node('a', { cpu: '64', pods: [pod('web-0', {}, labels)] });
  const small = node('b', { cpu: '1', pods: [pod('other', { cpu: '1' })] });
  const spec = { topologySpreadConstraints: [constraint], cpu: '100m' };
  expect(place(pod('web-1', spec, labels), full, small)).toBe(
    "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) didn't match pod topology spread constraints.",
  );
});

test('among equal nodes chance decides', () => {
  const nodes = [node('a'), node('b'), node('c')];
  const chosen = [0, 0.4, 0.9].map((value) => schedulePod(pod('web'), nodes, () => value));
  expect(chosen.map((result) => result.fits && result.node)).toEqual(['a', 'b', 'c']);
});

test.each([
  [
    { priority: 10 },
    '1 Preemption is not helpful for scheduling, 1 Preemption would help, but this scheduler does not preempt.',
  ],
  [{ priority: 10, preemptionPolicy: 'Never' }, '2 Preemption is not helpful for scheduling.'],
  [{ priority: 5 }, '2 Preemption is not helpful for scheduling.'],
])('a pod of %j that does not fit is told whether the eviction of others would help', (spec, told) => {
  const full = node('a', { pods: [pod('other', { cpu: '1500m', priority: 5 })] });
  const cordoned = node('b', { unschedulable: true, pods: [pod('other', { priority: 5 })] });
  const result = schedulePod(pod('web', { cpu: '1', ...spec }), [full, cordoned], () => 0);
  expect(result).toMatchObject({
    fits: false,
    message: expect.stringContaining(`preemption: 0/2 nodes are available: ${told}`),
  });
});
