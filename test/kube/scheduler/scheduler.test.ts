import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Event, Pod } from '../../../src/kube/api/types/core-v1.ts';
import { Informer, ResourceClient, RestClient } from '../../../src/kube/client/index.ts';
import { Scheduler } from '../../../src/kube/scheduler/scheduler.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { createLogger } from '../../../src/lib/log.ts';
import { startTestServer, type TestServer } from '../apiserver/support/test-server.ts';

/** The scheduler over HTTP against the API server: three nodes of one core each. */
let server: TestServer;
let rest: RestClient;
let seenPods: Informer<Pod>;
let seenEvents: Informer<Event & { metadata?: { namespace?: string; name?: string } }>;
const stop = new AbortController();
const logger = createLogger({ format: 'klog', caller: 'test', level: 'error' });
const waiting = new Set<() => void>();
let running: Promise<unknown>;
const nodes = ['worker-0', 'worker-1', 'worker-2'];
const merge = { headers: { 'content-type': 'application/merge-patch+json' } };
const patchNode = (name: string, spec: object) =>
  server.call('PATCH', `/api/v1/nodes/${name}`, { spec }, merge);

beforeAll(async () => {
  server = await startTestServer();
  const { port, admin, certificates } = server;
  rest = new RestClient({ server: `https://127.0.0.1:${port}`, ca: certificates.ca, ...admin });
  const client = <T extends object>(resource: string) =>
    new ResourceClient<T>(rest, { group: '', version: 'v1', resource });
  seenPods = new Informer<Pod>(client('pods'), { clock: systemClock, logger });
  seenEvents = new Informer(client('events'), { clock: systemClock, logger });
  const look = () => {
    for (const check of waiting) check();
  };
  for (const informer of [seenPods, seenEvents]) {
    informer.addHandlers({ added: look, updated: look, deleted: look });
  }
  for (const name of nodes) {
    await server.call('POST', '/api/v1/nodes', {
      metadata: { name, labels: { 'kubernetes.io/hostname': name } },
      status: { allocatable: { cpu: '1', memory: '1Gi', pods: '10' } },
    });
    // Who makes nodes ready is not here: the taint of a new node goes.
    await patchNode(name, { taints: null });
  }
  const scheduler = new Scheduler({ rest, logger, host: 'controller-0', random: () => 0 });
  running = Promise.all([seenPods.run(stop.signal), seenEvents.run(stop.signal), scheduler.run(stop.signal)]);
});

afterAll(async () => {
  stop.abort();
  await running;
  rest.close();
  await server.stop();
});

function until(condition: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (!condition()) return;
      waiting.delete(check);
      resolve();
    };
    waiting.add(check);
    check();
  });
}

let space = '';
let count = 0;
beforeEach(async () => {
  for (const pod of seenPods.list()) {
    const { namespace, name } = pod.metadata ?? {};
    await server.call('DELETE', `/api/v1/namespaces/${namespace}/pods/${name}?gracePeriodSeconds=0`);
  }
  await until(() => seenPods.list().length === 0);
  space = `n${count++}`;
  await server.call('POST', '/api/v1/namespaces', { metadata: { name: space } });
});

const pod = (name: string) => seenPods.get(`${space}/${name}`);
const nodeOf = (name: string) => pod(name)?.spec?.nodeName;
const scheduled = (name: string) =>
  pod(name)?.status?.conditions?.find(({ type }) => type === 'PodScheduled');
const eventsOf = (name: string) =>
  seenEvents.list().filter((event) => event.involvedObject.uid === pod(name)?.metadata?.uid);
const create = (name: string, spec: object = {}, cpu = '100m') =>
  server.call('POST', `/api/v1/namespaces/${space}/pods`, {
    metadata: { name, labels: { app: 'web' } },
    spec: { containers: [{ name: 'c', image: 'k8s-lab/web', resources: { requests: { cpu } } }], ...spec },
  });

test('binds a pod, and tells it in a condition and an event', async () => {
  await create('web');
  await until(() => scheduled('web')?.status === 'True' && eventsOf('web').length > 0);
  expect(nodeOf('web')).toBe('worker-0');
  expect(eventsOf('web')[0]).toMatchObject({
    type: 'Normal',
    reason: 'Scheduled',
    message: `Successfully assigned ${space}/web to worker-0`,
  });
});

test('counts a pod on its node before the watch has shown it there', async () => {
  await Promise.all(['a', 'b', 'c'].map((name) => create(name, {}, '700m')));
  await until(() => ['a', 'b', 'c'].every((name) => nodeOf(name) !== undefined));
  expect(['a', 'b', 'c'].map(nodeOf).sort()).toEqual(nodes);
});

test('says of each node why a pod does not fit, and binds it when there is room', async () => {
  await patchNode('worker-1', { unschedulable: true });
  await patchNode('worker-2', { taints: [{ key: 'dedicated', value: 'db', effect: 'NoSchedule' }] });
  await create('big', {}, '2');
  await until(() => scheduled('big')?.status === 'False');
  expect(scheduled('big')).toMatchObject({
    reason: 'Unschedulable',
    message:
      '0/3 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint {dedicated: db}, 1 node(s) were unschedulable. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.',
  });
  await until(() => eventsOf('big').some(({ reason }) => reason === 'FailedScheduling'));

  await server.call('DELETE', `/api/v1/namespaces/${space}/pods/big`);
  await create('first', { nodeSelector: { 'kubernetes.io/hostname': 'worker-1' } });
  await until(() => scheduled('first')?.status === 'False');
  await patchNode('worker-1', { unschedulable: null });
  await patchNode('worker-2', { taints: null });
  await until(() => nodeOf('first') === 'worker-1');
});

test('a pod that waits for room gets it when another goes', async () => {
  const selector = { nodeSelector: { 'kubernetes.io/hostname': 'worker-0' } };
  await create('holder', selector, '900m');
  await until(() => nodeOf('holder') !== undefined);
  await create('waiter', selector, '900m');
  await until(() => scheduled('waiter')?.status === 'False');
  await server.call('DELETE', `/api/v1/namespaces/${space}/pods/holder?gracePeriodSeconds=0`);
  await until(() => nodeOf('waiter') === 'worker-0');
});

test('leaves alone what is bound already, what another scheduler takes, and what is gated until the gate is lifted', async () => {
  await create('fixed', { nodeName: 'worker-2' });
  await create('foreign', { schedulerName: 'another' });
  await create('gated', { schedulingGates: [{ name: 'lab/wait' }] });
  await create('last');
  await until(() => nodeOf('last') !== undefined);
  expect([nodeOf('fixed'), nodeOf('foreign'), nodeOf('gated')]).toEqual(['worker-2', undefined, undefined]);
  expect(scheduled('gated')).toMatchObject({ status: 'False', reason: 'SchedulingGated' });
  await server.call(
    'PATCH',
    `/api/v1/namespaces/${space}/pods/gated`,
    { spec: { schedulingGates: null } },
    merge,
  );
  await until(() => nodeOf('gated') !== undefined);
});
