import * as k8s from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resources } from '../../src/kube/api/resources.ts';
import { createRequest } from '../../src/pki/issue.ts';
import { generateRsaKey } from '../../src/pki/keys.ts';
import { startTestServer, type TestServer } from '../kube/apiserver/support/test-server.ts';
import { oneOfEach } from './one-of-each.ts';

/**
 * The JavaScript client of the Kubernetes project against our API server: whatever it was generated to send and to
 * read from upstream's server it must be able to send to and to read from ours.
 */
let server: TestServer;
let config: k8s.KubeConfig;
const base64 = (text: string) => Buffer.from(text).toString('base64');

beforeAll(async () => {
  server = await startTestServer();
  config = new k8s.KubeConfig();
  config.loadFromOptions({
    clusters: [
      { name: 'c', server: `https://127.0.0.1:${server.port}`, caData: base64(server.certificates.ca) },
    ],
    users: [{ name: 'u', certData: base64(server.admin.cert), keyData: base64(server.admin.key) }],
    contexts: [{ name: 'x', cluster: 'c', user: 'u', namespace: 'default' }],
    currentContext: 'x',
  });
});
afterAll(() => server.stop());

const code = (error: unknown) => (error instanceof k8s.ApiException ? error.code : error);

test('one object of each kind is stored, read back, patched, listed and deleted', async () => {
  const request = createRequest(
    { CN: 'jane', names: [{ O: 'developers' }], hosts: [], key: { algo: 'rsa', size: 2048 } },
    await generateRsaKey(2048),
  );
  const signing = {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: 'each' },
    spec: {
      request: base64(request),
      signerName: 'kubernetes.io/kube-apiserver-client',
      usages: ['client auth'],
    },
  };
  const all: readonly k8s.KubernetesObject[] = [...oneOfEach, signing];
  const stored = resources.filter(({ keyPrefix, verbs }) => keyPrefix !== '' && verbs.includes('create'));
  const kindsOf = (list: readonly { group: string; version: string; kind: string }[]) =>
    list
      .map(({ group, version, kind }) => `${group === '' ? version : `${group}/${version}`} ${kind}`)
      .sort();
  expect(all.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`).sort()).toEqual(kindsOf(stored));

  const client = k8s.KubernetesObjectApi.makeApiClient(config);
  for (const object of all) {
    const what = `${object.apiVersion} ${object.kind}`;
    const created = await client.create(object);
    expect(created.metadata?.uid, what).toMatch(/^[0-9a-f-]{36}$/);
    const place = { apiVersion: object.apiVersion!, kind: object.kind!, metadata: created.metadata! };
    const name = created.metadata!.name!;
    const patch = { ...place, metadata: { name, annotations: { seen: 'yes' } } };
    await client.patch(patch, undefined, undefined, undefined, undefined, k8s.PatchStrategy.MergePatch);
    const read = await client.read({ ...place, metadata: { ...created.metadata, name } });
    expect(read.metadata?.annotations, what).toMatchObject({ seen: 'yes' });
    expect(read.metadata?.creationTimestamp, what).toBeInstanceOf(Date);
    const list = await client.list(object.apiVersion!, object.kind!);
    expect(
      list.items.map((item) => item.metadata?.name),
      what,
    ).toContain(name);
    await client.delete(place);
  }
}, 60_000);

test('what goes wrong comes as the client expects it', async () => {
  const core = config.makeApiClient(k8s.CoreV1Api);
  const missing = await core.readNamespacedPod({ name: 'nobody', namespace: 'default' }).catch((e) => e);
  expect(code(missing)).toBe(404);
  expect(JSON.parse(missing.body)).toMatchObject({ kind: 'Status', reason: 'NotFound', code: 404 });
  const configMap = { metadata: { name: 'taken' }, data: { a: '1' } };
  const stored = await core.createNamespacedConfigMap({ namespace: 'default', body: configMap });
  const again = core.createNamespacedConfigMap({ namespace: 'default', body: configMap });
  expect(code(await again.catch((e) => e))).toBe(409);
  await core.replaceNamespacedConfigMap({ namespace: 'default', name: 'taken', body: stored });
  const old = { ...stored, data: { a: '2' }, metadata: { ...stored.metadata, resourceVersion: '1' } };
  const conflict = core.replaceNamespacedConfigMap({ namespace: 'default', name: 'taken', body: old });
  expect(JSON.parse((await conflict.catch((e) => e)).body)).toMatchObject({ reason: 'Conflict' });
  const pod = { metadata: { name: 'empty' }, spec: { containers: [] } };
  const refused = await core.createNamespacedPod({ namespace: 'default', body: pod }).catch((e) => e);
  expect(JSON.parse(refused.body)).toMatchObject({
    code: 422,
    details: { causes: [{ field: 'spec.containers', reason: 'FieldValueRequired' }] },
  });
});

test('typed clients read what they wrote: scale, status, eviction, tokens, questions', async () => {
  const apps = config.makeApiClient(k8s.AppsV1Api);
  const core = config.makeApiClient(k8s.CoreV1Api);
  const namespace = 'default';
  const labels = { app: 'typed' };
  const containers = [{ name: 'web', image: 'web', resources: { limits: { cpu: '0.5', memory: '1024Mi' } } }];
  const body: k8s.V1Deployment = {
    metadata: { name: 'typed' },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
  };
  const created = await apps.createNamespacedDeployment({ namespace, body });
  expect(created.spec).toMatchObject({ replicas: 1, strategy: { type: 'RollingUpdate' } });
  // Quantities come back in their canonical form.
  expect(created.spec?.template.spec?.containers[0]?.resources?.limits).toEqual({
    cpu: '500m',
    memory: '1Gi',
  });

  const scale = await apps.readNamespacedDeploymentScale({ name: 'typed', namespace });
  scale.spec!.replicas = 4;
  await apps.replaceNamespacedDeploymentScale({ name: 'typed', namespace, body: scale });
  expect((await apps.readNamespacedDeployment({ name: 'typed', namespace })).spec?.replicas).toBe(4);

  const pod = { metadata: { name: 'typed' }, spec: { containers } };
  await core.createNamespacedPod({ namespace, body: pod });
  const status = { status: { phase: 'Running', podIP: '10.200.0.7' } };
  const running = await core.patchNamespacedPodStatus(
    { name: 'typed', namespace, body: status },
    k8s.setHeaderOptions('Content-Type', k8s.PatchStrategy.StrategicMergePatch),
  );
  expect(running.status).toMatchObject({ ...status.status, qosClass: 'Guaranteed' });
  const eviction = { metadata: { name: 'typed', namespace } };
  expect(await core.createNamespacedPodEviction({ name: 'typed', namespace, body: eviction })).toBeDefined();

  await core.createNamespacedServiceAccount({ namespace, body: { metadata: { name: 'robot' } } });
  const { status: issued } = await core.createNamespacedServiceAccountToken({
    name: 'robot',
    namespace,
    body: { spec: { audiences: [], expirationSeconds: 3600 } },
  });
  expect(issued?.expirationTimestamp.getTime()).toBeGreaterThan(Date.now());
  const reviews = config.makeApiClient(k8s.AuthenticationV1Api);
  const { status: who } = await reviews.createTokenReview({ body: { spec: { token: issued!.token } } });
  expect(who).toMatchObject({
    authenticated: true,
    user: { username: 'system:serviceaccount:default:robot' },
  });

  const robot = new k8s.KubeConfig();
  robot.loadFromOptions({
    clusters: config.clusters,
    users: [{ name: 'robot', token: issued!.token }],
    contexts: [{ name: 'x', cluster: 'c', user: 'robot' }],
    currentContext: 'x',
  });
  const denied = robot.makeApiClient(k8s.CoreV1Api).listNamespacedSecret({ namespace });
  expect(code(await denied.catch((e) => e))).toBe(403);
  const { status: may } = await robot.makeApiClient(k8s.AuthorizationV1Api).createSelfSubjectAccessReview({
    body: { spec: { resourceAttributes: { verb: 'list', resource: 'secrets', namespace } } },
  });
  expect(may?.allowed).toBe(false);
});

test('lists come in pages, and a token that is none is refused', async () => {
  const core = config.makeApiClient(k8s.CoreV1Api);
  const namespace = 'default';
  for (let i = 0; i < 5; i++)
    await core.createNamespacedSecret({
      namespace,
      body: { metadata: { name: `page-${i}`, labels: { p: '1' } } },
    });
  const names: (string | undefined)[] = [];
  let token: string | undefined;
  do {
    const page = await core.listNamespacedSecret({
      namespace,
      labelSelector: 'p=1',
      limit: 2,
      _continue: token,
    });
    names.push(...page.items.map((item) => item.metadata?.name));
    token = page.metadata?._continue;
  } while (token !== undefined && token !== '');
  expect(names).toEqual([0, 1, 2, 3, 4].map((i) => `page-${i}`));
  const nonsense = core.listNamespacedSecret({ namespace, limit: 2, _continue: 'nonsense' });
  expect(code(await nonsense.catch((e) => e))).toBe(400);
});

test('an informer sees what is there, what comes, changes and goes', async () => {
  const core = config.makeApiClient(k8s.CoreV1Api);
  const namespace = 'informed';
  await core.createNamespace({ body: { metadata: { name: namespace } } });
  const create = (name: string) =>
    core.createNamespacedConfigMap({ namespace, body: { metadata: { name }, data: { n: '1' } } });
  await create('before');
  const informer = k8s.makeInformer<k8s.V1ConfigMap>(
    config,
    `/api/v1/namespaces/${namespace}/configmaps`,
    () => core.listNamespacedConfigMap({ namespace }),
  );
  const seen: string[] = [];
  let waiting: { readonly what: string; readonly done: () => void } | undefined;
  for (const verb of ['add', 'update', 'delete'] as const) {
    informer.on(verb, (object) => {
      seen.push(`${verb} ${object.metadata?.name}`);
      if (waiting !== undefined && seen.includes(waiting.what)) waiting.done();
    });
  }
  const until = (what: string) =>
    new Promise<void>((done) => {
      waiting = { what, done };
      if (seen.includes(what)) done();
    });
  await informer.start();
  await until('add before');
  await create('after');
  await until('add after');
  const body = [{ op: 'replace', path: '/data/n', value: '2' }];
  await core.patchNamespacedConfigMap({ name: 'after', namespace, body });
  await until('update after');
  expect(informer.get('after', namespace)?.data).toEqual({ n: '2' });
  await core.deleteNamespacedConfigMap({ name: 'before', namespace });
  await until('delete before');
  await informer.stop();
  expect(informer.list().map((object) => object.metadata?.name)).toEqual(['after']);
});

test('a watch from a revision tells all that came later, then ends when it is told to', async () => {
  const core = config.makeApiClient(k8s.CoreV1Api);
  const namespace = 'default';
  const { metadata } = await core.listNamespacedConfigMap({ namespace });
  for (const name of ['w-0', 'w-1', 'w-2'])
    await core.createNamespacedConfigMap({ namespace, body: { metadata: { name, labels: { w: '1' } } } });
  const events: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const query = { resourceVersion: metadata!.resourceVersion!, labelSelector: 'w=1', timeoutSeconds: 30 };
    const watching = new k8s.Watch(config).watch(
      `/api/v1/namespaces/${namespace}/configmaps`,
      query,
      (phase, object: k8s.V1ConfigMap) => {
        events.push(`${phase} ${object.metadata?.name}`);
        if (events.length === 3) void watching.then((request) => request.abort());
      },
      (error: unknown) => (events.length === 3 ? resolve() : reject(error)),
    );
  });
  expect(events).toEqual(['ADDED w-0', 'ADDED w-1', 'ADDED w-2']);
});

test('versions, groups and health', async () => {
  expect(await config.makeApiClient(k8s.VersionApi).getCode()).toMatchObject({ major: '1' });
  const { groups } = await config.makeApiClient(k8s.ApisApi).getAPIVersions();
  expect(groups.map(({ name }) => name)).toEqual(expect.arrayContaining(['apps', 'batch', 'policy']));
  expect(await new k8s.Health(config).readyz({})).toBe(true);
});
