import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Node, Pod } from '../../../../src/kube/api/types/core-v1.ts';
import { RestClient } from '../../../../src/kube/client/index.ts';
import { nodeLifecycleController } from '../../../../src/kube/controller-manager/node/node-lifecycle.ts';
import { SharedInformers } from '../../../../src/kube/controller-manager/shared/context.ts';
import { FakeClock, systemClock } from '../../../../src/lib/clock.ts';
import { createLogger } from '../../../../src/lib/log.ts';
import { startTestServer, type TestServer } from '../../apiserver/support/test-server.ts';

/** The node controller over HTTP against the API server, on a clock that the test moves. */
let server: TestServer;
let rest: RestClient;
let seen: SharedInformers;
let running: Promise<unknown>;
const stop = new AbortController();
const logger = createLogger({ format: 'klog', caller: 'test', level: 'error' });
const clock = new FakeClock();
const waiting = new Set<() => void>();

beforeAll(async () => {
  server = await startTestServer();
  const { port, admin, certificates } = server;
  rest = new RestClient({ server: `https://127.0.0.1:${port}`, ca: certificates.ca, ...admin });
  seen = new SharedInformers(rest, { clock: systemClock, logger });
  await seen.start(stop.signal);
  const context = {
    clock,
    logger,
    informers: seen,
    rootCa: undefined,
    signing: undefined,
    random: () => 0,
    clientFor: async () => rest,
  };
  running = nodeLifecycleController.run(context, stop.signal);
  const look = () => {
    for (const check of waiting) check();
  };
  for (const informer of [seen.nodes, seen.pods])
    informer.addHandlers({ added: look, updated: look, deleted: look });
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

const node = (): Node | undefined => seen.nodes.get('worker-0');
const pod = (name: string): Pod | undefined => seen.pods.get(`default/${name}`);
const ready = () => node()?.status?.conditions?.find(({ type }) => type === 'Ready');
const taints = () => (node()?.spec?.taints ?? []).map(({ key, effect }) => `${key}:${effect}`);
const heartbeat = (lastHeartbeatTime: string) =>
  server.call(
    'PATCH',
    '/api/v1/nodes/worker-0/status',
    { status: { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime }] } },
    { headers: { 'content-type': 'application/merge-patch+json' } },
  );
const createPod = (name: string, tolerations: readonly object[]) =>
  server.call('POST', '/api/v1/namespaces/default/pods', {
    metadata: { name },
    spec: { nodeName: 'worker-0', tolerations, containers: [{ name: 'c', image: 'k8s-lab/web' }] },
  });

test('a node that falls silent is marked, tainted, and after their time its pods go; when it comes back it is clean', async () => {
  await server.call('POST', '/api/v1/nodes', { metadata: { name: 'worker-0' } });
  await heartbeat('2026-01-01T00:00:00Z');
  // The taint that every new node gets goes with the first sign of life.
  await until(() => ready()?.status === 'True' && taints().length === 0);
  await createPod('patient', []);
  await createPod('hurried', [
    { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 10 },
  ]);
  await createPod('forever', [{ operator: 'Exists' }]);
  await until(() => ['patient', 'hurried', 'forever'].every((name) => pod(name) !== undefined));

  // Ten looks, five seconds apart: silence is noticed when the grace period of 50 s is over.
  await clock.advance(5_000);
  await clock.advance(45_000);
  expect(ready()?.status).toBe('True');
  await clock.advance(10_000);
  await until(() => ready()?.status === 'Unknown');
  expect(ready()).toMatchObject({
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting node status.',
  });
  await until(() => taints().length === 2);
  expect(taints()).toEqual([
    'node.kubernetes.io/unreachable:NoSchedule',
    'node.kubernetes.io/unreachable:NoExecute',
  ]);

  const going = (name: string) => pod(name)?.metadata?.deletionTimestamp !== undefined;
  await clock.advance(9_000);
  expect(['patient', 'hurried', 'forever'].map(going)).toEqual([false, false, false]);
  await clock.advance(2_000);
  await until(() => going('hurried'));
  expect(['patient', 'forever'].map(going)).toEqual([false, false]);
  // Five minutes is what a pod gets that says nothing.
  await clock.advance(290_000);
  await until(() => going('patient'));
  expect(going('forever')).toBe(false);

  await heartbeat('2026-01-01T00:10:00Z');
  await until(() => taints().length === 0);
});
