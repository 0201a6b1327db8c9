import { beforeEach, describe, expect, it } from 'vitest';
import type { Lease } from '../../../../src/kube/api/types/coordination-v1.ts';
import type { Node } from '../../../../src/kube/api/types/core-v1.ts';
import { StatusError } from '../../../../src/kube/client/index.ts';
import type { MachineFacts } from '../../../../src/kube/kubelet/node/machine-facts.ts';
import { NodeManager } from '../../../../src/kube/kubelet/node/node-manager.ts';
import { FakeClock } from '../../../../src/lib/clock.ts';
import { GrpcCode, GrpcError } from '../../../../src/lib/grpc/status.ts';
import { FakeRest, notFound, type RecordedRequest } from '../support/fake-rest.ts';
import { FakeRuntime } from '../support/fake-runtime.ts';
import { silentLogger } from '../support/node.ts';

const nodePath = '/api/v1/nodes/worker-0';
const leasePath = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/worker-0';
const facts: MachineFacts = {
  machineID: 'machine',
  bootID: 'boot',
  kernelVersion: '6.1.0',
  osImage: 'lab',
  architecture: 'amd64',
  cpus: 2,
  memoryBytes: 2 ** 30,
  storageBytes: 10 * 2 ** 30,
};

let clock: FakeClock;
let runtime: FakeRuntime;
let rest: FakeRest;
let node: Node | undefined;
let lease: Lease | undefined;
let events: string[];
let broken: boolean;
beforeEach(() => {
  clock = new FakeClock();
  runtime = new FakeRuntime(clock);
  [node, lease, events, broken] = [undefined, undefined, [], false];
  rest = new FakeRest(answer);
});

function answer({ method, path, body }: RecordedRequest): unknown {
  if (broken) throw new Error('connection refused');
  if (path === '/api/v1/nodes') {
    if (node !== undefined)
      throw new StatusError(409, { code: 409, reason: 'AlreadyExists', message: 'exists' });
    node = { ...(body as Node), metadata: { ...(body as Node).metadata, uid: 'node-uid' } };
    return node;
  }
  if (path.startsWith(nodePath)) {
    if (node === undefined) return notFound();
    if (method === 'PATCH') {
      const patch = body as Node;
      const labels = { ...node.metadata.labels, ...patch.metadata?.labels };
      node = { ...node, metadata: { ...node.metadata, labels }, status: { ...node.status, ...patch.status } };
    }
    return node;
  }
  if (method === 'GET') return lease ?? notFound();
  lease = body as Lease;
  return lease;
}

/** Starts the manager; the returned function ends it. */
function start(): () => void {
  const stop = new AbortController();
  const manager = new NodeManager({
    rest: rest.client,
    cri: runtime.client,
    clock,
    logger: silentLogger,
    settings: {
      name: 'worker-0',
      address: '10.240.0.20',
      port: 10250,
      maxPods: 110,
      labels: { zone: 'a' },
      taints: [{ key: 'new', effect: 'NoSchedule' }],
    },
    facts,
    registerNode: true,
    statusUpdateMs: 10_000,
    statusReportMs: 300_000,
    leaseDurationSeconds: 40,
    event: (_type, reason) => void events.push(reason),
    onHealth: () => {},
  });
  void manager.run(stop.signal);
  return () => stop.abort();
}
const ready = () => node?.status?.conditions?.find(({ type }) => type === 'Ready');
const patches = () => rest.count('PATCH', `${nodePath}/status`);

describe('a node', () => {
  it('introduces itself, with its labels, taints, capacity and addresses', async () => {
    const stop = start();
    await clock.advance(1000);
    stop();
    expect(node).toMatchObject({
      metadata: {
        labels: { 'kubernetes.io/hostname': 'worker-0', 'kubernetes.io/arch': 'amd64', zone: 'a' },
      },
      spec: { taints: [{ key: 'new', effect: 'NoSchedule' }] },
      status: {
        capacity: { cpu: '2', memory: '1048576Ki', pods: '110' },
        allocatable: { memory: '946176Ki' },
        addresses: [
          { type: 'InternalIP', address: '10.240.0.20' },
          { type: 'Hostname', address: 'worker-0' },
        ],
        nodeInfo: { containerRuntimeVersion: 'containerd://2.0.0' },
      },
    });
    expect(ready()).toMatchObject({ status: 'True', reason: 'KubeletReady' });
    expect(events).toContain('NodeReady');
  });

  it('renews its lease every ten seconds, and its status only when something happened or five minutes passed', async () => {
    const stop = start();
    await clock.advance(60_000);
    const before = patches();
    const renewals = rest.count('PUT', leasePath);
    await clock.advance(120_000);
    expect(patches()).toBe(before);
    expect(rest.count('PUT', leasePath) - renewals).toBe(12);
    expect(lease?.spec).toMatchObject({ holderIdentity: 'worker-0', leaseDurationSeconds: 40 });
    expect(lease?.metadata.ownerReferences).toMatchObject([{ kind: 'Node', uid: 'node-uid' }]);
    await clock.advance(240_000);
    expect(patches()).toBe(before + 1);
    stop();
  });

  it('says at once that its runtime is down, and that it is back', async () => {
    const stop = start();
    await clock.advance(10_000);
    runtime.failures.set('status', new GrpcError(GrpcCode.Unavailable, 'connection refused'));
    await clock.advance(6000);
    expect(ready()).toMatchObject({
      status: 'False',
      reason: 'KubeletNotReady',
      message: 'container runtime is down: rpc error: code = Unavailable desc = connection refused',
    });
    runtime.failures.clear();
    await clock.advance(2000);
    expect(ready()?.status).toBe('True');
    expect(events).toEqual(['NodeReady', 'NodeNotReady', 'NodeReady']);
    stop();
  });

  it('that was there before keeps what others gave it, and gets its own labels again', async () => {
    node = {
      metadata: { name: 'worker-0', uid: 'old', labels: { owner: 'amy', 'kubernetes.io/hostname': 'wrong' } },
      spec: { unschedulable: true },
    };
    const stop = start();
    await clock.advance(1000);
    stop();
    expect(node).toMatchObject({
      metadata: { uid: 'old', labels: { owner: 'amy', zone: 'a', 'kubernetes.io/hostname': 'worker-0' } },
      spec: { unschedulable: true },
    });
  });

  it('that somebody deletes comes back', async () => {
    const stop = start();
    await clock.advance(1000);
    node = undefined;
    await clock.advance(310_000);
    expect(node).toMatchObject({ metadata: { name: 'worker-0' } });
    stop();
  });

  it('asks more and more seldom while the API server is away, and is back soon after it', async () => {
    broken = true;
    const stop = start();
    await clock.advance(60_000);
    expect(rest.requests.length).toBeLessThan(20);
    broken = false;
    await clock.advance(8000);
    expect(ready()?.status).toBe('True');
    stop();
  });
});
