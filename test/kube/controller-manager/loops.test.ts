import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Deployment, ReplicaSet } from '../../../src/kube/api/types/apps-v1.ts';
import type { Namespace, Pod } from '../../../src/kube/api/types/core-v1.ts';
import { type ApiObject, ResourceClient, RestClient } from '../../../src/kube/client/index.ts';
import { chooseControllers } from '../../../src/kube/controller-manager/controllers.ts';
import {
  type ControllerContext,
  gvr,
  SharedInformers,
} from '../../../src/kube/controller-manager/shared/context.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { createLogger } from '../../../src/lib/log.ts';
import { startTestServer, type TestServer } from '../apiserver/support/test-server.ts';

/** The controllers over HTTP against the API server, with pods that become ready at once unless their image is bad. */
let server: TestServer;
let rest: RestClient;
let seen: SharedInformers;
const stop = new AbortController();
const logger = createLogger({ format: 'klog', caller: 'test', level: 'error' });
const waiting = new Set<() => void>();
let running: Promise<unknown>;

beforeAll(async () => {
  server = await startTestServer();
  const { port, admin, certificates } = server;
  rest = new RestClient({ server: `https://127.0.0.1:${port}`, ca: certificates.ca, ...admin });
  seen = new SharedInformers(rest, { clock: systemClock, logger });
  const informers = new SharedInformers(rest, { clock: systemClock, logger });
  const context: ControllerContext = {
    clock: systemClock,
    logger,
    informers,
    rootCa: undefined,
    signing: undefined,
    random: Math.random,
    clientFor: async () => rest,
  };
  for (const informer of [seen.pods, seen.replicaSets, seen.deployments, seen.namespaces]) {
    const look = () => {
      for (const check of waiting) check();
    };
    informer.addHandlers({ added: look, updated: look, deleted: look });
  }
  seen.pods.addHandlers({ added: becomeReady });
  await Promise.all([informers.start(stop.signal), seen.start(stop.signal)]);
  const chosen = chooseControllers([
    'deployment-controller',
    'disruption-controller',
    'replicaset-controller',
    'garbage-collector-controller',
    'namespace-controller',
  ]);
  running = Promise.all(chosen.map((controller) => controller.run(context, stop.signal)));
});

afterAll(async () => {
  stop.abort();
  await running;
  rest.close();
  await server.stop();
});

/** Pods that must wait to become ready, while a test holds them back. */
let held: Pod[] | undefined;

function becomeReady(pod: Pod): void {
  if (held !== undefined) {
    held.push(pod);
    return;
  }
  if (pod.spec?.containers[0]?.image === 'bad') return;
  const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
  new ResourceClient<Pod>(rest, gvr.pods, pod.metadata?.namespace)
    .patch(pod.metadata?.name ?? '', { status }, 'merge', 'status')
    .catch(() => undefined);
}

/** Resolves when what the watches have shown fits; looks again at each event. */
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
  space = `n${count++}`;
  await server.call('POST', '/api/v1/namespaces', { metadata: { name: space } });
});

const here = (object: ApiObject) => object.metadata?.namespace === space;
const pods = () => seen.pods.list().filter((pod) => here(pod));
const sets = () => seen.replicaSets.list().filter((set) => here(set));
const deployment = () => seen.deployments.get(`${space}/web`);
const path = () => `/apis/apps/v1/namespaces/${space}/deployments`;
const images = () => pods().map((pod) => pod.spec?.containers[0]?.image);
const liveSets = (): Record<string, number> =>
  Object.fromEntries(
    sets()
      .filter((set) => (set.spec?.replicas ?? 0) > 0)
      .map((set) => [set.spec?.template?.spec?.containers[0]?.image ?? '', set.spec?.replicas ?? 0]),
  );
const revision = () => deployment()?.metadata?.annotations?.['deployment.kubernetes.io/revision'];

function create(spec: object = {}): Promise<unknown> {
  const labels = { app: 'web' };
  return server.call('POST', path(), {
    metadata: { name: 'web' },
    spec: {
      replicas: 3,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'v1' }] } },
      ...spec,
    },
  });
}

const change = (spec: object) =>
  server.call(
    'PATCH',
    `${path()}/web`,
    { spec },
    { headers: { 'content-type': 'application/strategic-merge-patch+json' } },
  );
const setImage = (image: string) => change({ template: { spec: { containers: [{ name: 'web', image }] } } });

function isComplete(image: string, replicas = 3): boolean {
  const status = deployment()?.status;
  return (
    status?.observedGeneration === deployment()?.metadata?.generation &&
    status?.updatedReplicas === replicas &&
    status?.availableReplicas === replicas &&
    status?.replicas === replicas &&
    pods().length === replicas &&
    images().every((one) => one === image)
  );
}

const condition = (type: string) => deployment()?.status?.conditions?.find((one) => one.type === type);

describe('a deployment', () => {
  test('rolls within its bounds, back to a set it had, and forgets the oldest of its history', async () => {
    await create({
      revisionHistoryLimit: 1,
      strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    });
    await until(() => isComplete('v1'));
    let [most, fewest] = [0, 3];
    const measure = () => {
      const wanted = sets().reduce((sum, set) => sum + (set.spec?.replicas ?? 0), 0);
      most = Math.max(most, wanted);
      fewest = Math.min(fewest, deployment()?.status?.availableReplicas ?? 0);
    };
    waiting.add(measure);
    await setImage('v2');
    await until(() => isComplete('v2'));
    waiting.delete(measure);
    expect([most, fewest]).toEqual([4, 3]);
    expect([revision(), sets().length]).toEqual(['2', 2]);

    const old = sets().find((set) => set.spec?.replicas === 0)?.metadata?.uid;
    await setImage('v1');
    await until(() => isComplete('v1'));
    expect(revision()).toBe('3');
    expect(sets().find((set) => set.spec?.replicas === 3)?.metadata?.uid).toBe(old);

    await setImage('v3');
    await until(() => isComplete('v3') && sets().length === 2);
    const left = sets().map((set) => set.spec?.template?.spec?.containers[0]?.image);
    expect(left.sort()).toEqual(['v1', 'v3']);
  });

  test('that gets an image which never runs keeps what runs, and says after its deadline that it is stuck', async () => {
    await create({ progressDeadlineSeconds: 1 });
    await until(() => isComplete('v1'));
    await setImage('bad');
    await until(() => condition('Progressing')?.reason === 'ProgressDeadlineExceeded');
    expect(condition('Progressing')?.message).toMatch(/^ReplicaSet "web-\w+" has timed out progressing\.$/);
    expect(condition('Available')?.status).toBe('True');
    expect(liveSets()).toEqual({ v1: 3, bad: 1 });
    await setImage('v1');
    await until(() => isComplete('v1'));
    expect(condition('Progressing')?.reason).toBe('NewReplicaSetAvailable');
  });

  test('that is paused rolls nothing but can be scaled, and rolls when it is resumed', async () => {
    await create();
    await until(() => isComplete('v1'));
    await change({ paused: true });
    await setImage('v2');
    await change({ replicas: 5 });
    await until(() => isComplete('v1', 5) === false && liveSets().v1 === 5 && pods().length === 5);
    expect(sets()).toHaveLength(1);
    expect(condition('Progressing')?.reason).toBe('DeploymentPaused');
    await change({ paused: null });
    await until(() => isComplete('v2', 5));
  });

  test('with Recreate has no old pod left when the first new one comes', async () => {
    await create({ strategy: { type: 'Recreate' } });
    await until(() => isComplete('v1'));
    let mixed = false;
    const measure = () => {
      mixed ||= new Set(images()).size > 1;
    };
    waiting.add(measure);
    await setImage('v2');
    await until(() => isComplete('v2'));
    waiting.delete(measure);
    expect(mixed).toBe(false);
  });

  test('makes a pod anew that was deleted, and lets one go that was one too many', async () => {
    await create();
    await until(() => isComplete('v1'));
    const [victim] = pods();
    await server.call('DELETE', `/api/v1/namespaces/${space}/pods/${victim?.metadata?.name}`);
    await until(
      () => isComplete('v1') && pods().every(({ metadata }) => metadata?.uid !== victim?.metadata?.uid),
    );
    await change({ replicas: 1 });
    await until(() => isComplete('v1', 1));
  });
});

describe('the deletion of a deployment', () => {
  const remove = (propagationPolicy: string) => server.call('DELETE', `${path()}/web`, { propagationPolicy });

  test('in the background takes along what it owned', async () => {
    await create();
    await until(() => isComplete('v1'));
    await remove('Background');
    await until(() => pods().length === 0 && sets().length === 0);
    expect(deployment()).toBeUndefined();
  });

  test('in the foreground waits until what it owned is gone', async () => {
    await create();
    await until(() => isComplete('v1'));
    const order: string[] = [];
    const note = (kind: string) => (object: Deployment | ReplicaSet | Pod) => {
      if (here(object)) order.push(kind);
    };
    seen.deployments.addHandlers({ deleted: note('deployment') });
    seen.replicaSets.addHandlers({ deleted: note('set') });
    await remove('Foreground');
    await until(() => deployment() === undefined && sets().length === 0);
    expect(order.sort()).toEqual(['deployment', 'set']);
    expect((await server.call('GET', `/api/v1/namespaces/${space}/pods`)).body.items).toEqual([]);
  });

  test('as an orphan leaves its sets and their pods to themselves', async () => {
    await create();
    await until(() => isComplete('v1'));
    await remove('Orphan');
    await until(() => deployment() === undefined);
    await until(() => sets().every((set) => (set.metadata?.ownerReferences ?? []).length === 0));
    expect([sets().length, pods().length]).toEqual([1, 3]);
  });
});

test('a disruption budget lets one pod go at a time', async () => {
  const budgets = `/apis/policy/v1/namespaces/${space}/poddisruptionbudgets`;
  await create();
  await until(() => isComplete('v1'));
  await server.call('POST', budgets, {
    metadata: { name: 'web' },
    spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'web' } } },
  });
  const evict = async (name: string | undefined) => {
    const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } };
    return server.call('POST', `/api/v1/namespaces/${space}/pods/${name}/eviction`, body);
  };
  const [one, two] = pods().map(({ metadata }) => metadata?.name);
  const waitingPods: Pod[] = [];
  held = waitingPods;
  // As kubectl drain does: it tries again until the budget, which is looked at in a moment, allows it.
  while ((await evict(one)).status === 429);
  await until(() => waitingPods.length === 1);
  const refused = await evict(two);
  expect([refused.status, refused.body.details.causes[0]?.reason]).toEqual([429, 'DisruptionBudget']);
  held = undefined;
  for (const pod of waitingPods) becomeReady(pod);
  while ((await evict(two)).status === 429);
  await until(() => isComplete('v1') && pods().every(({ metadata }) => metadata?.name !== two));
});

test('a namespace that is deleted is emptied, and then goes', async () => {
  await create();
  await until(() => isComplete('v1'));
  await server.call('POST', `/api/v1/namespaces/${space}/configmaps`, { metadata: { name: 'c' } });
  await server.call('DELETE', `/api/v1/namespaces/${space}`);
  const namespace = (): Namespace | undefined => seen.namespaces.get(space);
  await until(() => namespace() === undefined);
  expect([pods(), sets(), deployment()]).toEqual([[], [], undefined]);
  expect((await server.call('GET', `/api/v1/namespaces/${space}/configmaps`)).body.items).toEqual([]);
});
