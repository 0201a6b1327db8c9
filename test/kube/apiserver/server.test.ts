import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCertificates, startTestServer, type TestServer } from './support/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const configMaps = '/api/v1/namespaces/default/configmaps';
const configMap = (name: string, data: Record<string, string> = {}) => ({ metadata: { name }, data });

describe('who comes in', () => {
  test('nobody is anonymous and may see the version, but no pods', async () => {
    expect((await server.call('GET', '/version', undefined, { as: null })).body.gitVersion).toBe(
      'v1.34.2+k8s-lab',
    );
    const refused = await server.call('GET', '/api/v1/pods', undefined, { as: null });
    expect(refused.status).toBe(403);
    expect(refused.body).toMatchObject({
      reason: 'Forbidden',
      message:
        'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" at the cluster scope',
    });
    const path = await server.call('GET', '/metrics', undefined, { as: null });
    expect(path.body.message).toBe('forbidden: User "system:anonymous" cannot get path "/metrics"');
  });

  test('an unknown token is unauthorized, not anonymous', async () => {
    const answer = await server.call('GET', '/version', undefined, {
      as: null,
      headers: { authorization: 'Bearer nonsense' },
    });
    expect([answer.status, answer.body.message]).toEqual([401, 'Unauthorized']);
  });

  test('a certificate of another CA is unauthorized, not anonymous', async () => {
    const foreign = (await createCertificates()).issue('admin', ['system:masters']);
    const answer = await server.call('GET', '/version', undefined, { as: foreign });
    expect([answer.status, answer.body.message]).toEqual([401, 'Unauthorized']);
  });

  test('a certificate names its user and groups; a stranger without a role is refused by name', async () => {
    const bob = server.certificates.issue('bob', ['devs']);
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const answer = await server.call('POST', path, review, { as: bob });
    expect(answer.body.status.userInfo).toMatchObject({
      username: 'bob',
      groups: ['devs', 'system:authenticated'],
    });
    const refused = await server.call('DELETE', `${configMaps}/x`, undefined, { as: bob });
    expect(refused.body.message).toBe(
      'configmaps "x" is forbidden: User "bob" cannot delete resource "configmaps" in API group "" in the namespace "default"',
    );
  });

  test('a service account token comes in, until its account is gone', async () => {
    const accounts = '/api/v1/namespaces/default/serviceaccounts';
    await server.call('POST', accounts, { metadata: { name: 'robot' } });
    const { body, status } = await server.call('POST', `${accounts}/robot/token`, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {},
    });
    expect(status).toBe(201);
    const headers = { authorization: `Bearer ${body.status.token}` };
    const refused = await server.call('GET', '/api/v1/pods', undefined, { as: null, headers });
    expect(refused.body.message).toContain('User "system:serviceaccount:default:robot" cannot list');
    await server.call('DELETE', `${accounts}/robot`);
    await server.instance.registry.cacher.waitFor(server.etcd.revision, 1000);
    expect((await server.call('GET', '/api/v1/pods', undefined, { as: null, headers })).status).toBe(401);
  });

  test('an admin may impersonate', async () => {
    const answer = await server.call('GET', '/api/v1/pods', undefined, {
      headers: { 'impersonate-user': 'eve' },
    });
    expect(answer.body.message).toContain('User "eve" cannot list');
  });
});

describe('objects', () => {
  test('live from create to delete with upstream’s answers', async () => {
    const created = await server.call('POST', configMaps, configMap('a', { x: '1' }));
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: { namespace: 'default' },
    });
    const { uid, resourceVersion } = created.body.metadata;
    const again = await server.call('POST', configMaps, configMap('a'));
    expect([again.status, again.body.message]).toEqual([409, 'configmaps "a" already exists']);
    const stale = await server.call('PUT', `${configMaps}/a`, {
      ...created.body,
      metadata: { ...created.body.metadata, resourceVersion: '1' },
    });
    expect([stale.status, stale.body.message]).toEqual([
      409,
      'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    ]);
    const updated = await server.call('PUT', `${configMaps}/a`, { ...created.body, data: { x: '2' } });
    expect(Number(updated.body.metadata.resourceVersion)).toBeGreaterThan(Number(resourceVersion));
    const wrongUid = await server.call('DELETE', `${configMaps}/a`, { preconditions: { uid: 'other' } });
    expect(wrongUid.body.message).toContain('Precondition failed: UID in precondition: other');
    const deleted = await server.call('DELETE', `${configMaps}/a`);
    expect(deleted.body).toMatchObject({
      status: 'Success',
      details: { name: 'a', kind: 'configmaps', uid },
    });
    const gone = await server.call('GET', `${configMaps}/a`);
    expect([gone.status, gone.body.message]).toEqual([404, 'configmaps "a" not found']);
  });

  test('a dry run answers as the write would and writes nothing', async () => {
    const { revision } = server.etcd;
    const answer = await server.call('POST', `${configMaps}?dryRun=All`, configMap('dry'));
    expect(answer.status).toBe(201);
    expect(answer.body.metadata.resourceVersion).toBeUndefined();
    expect(server.etcd.revision).toBe(revision);
  });

  test('unknown fields are warned about, refused, or dropped, as asked', async () => {
    const body = { ...configMap('unknown'), datta: {} };
    const warned = await server.call('POST', `${configMaps}?dryRun=All`, body);
    expect(warned.headers.warning).toBe('299 - "unknown field \\"datta\\""');
    expect(warned.body.datta).toBeUndefined();
    const strict = await server.call('POST', `${configMaps}?fieldValidation=Strict`, body);
    expect([strict.status, strict.body.message]).toEqual([
      400,
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "datta"',
    ]);
    const ignored = await server.call('POST', `${configMaps}?dryRun=All&fieldValidation=Ignore`, body);
    expect(ignored.headers.warning).toBeUndefined();
  });

  test('patches of three types apply; others are refused', async () => {
    await server.call('POST', configMaps, configMap('p', { a: '1', b: '2' }));
    const patch = (type: string, body: unknown) =>
      server.call('PATCH', `${configMaps}/p`, body, { headers: { 'content-type': type } });
    expect((await patch('application/merge-patch+json', { data: { a: null } })).body.data).toEqual({
      b: '2',
    });
    expect(
      (await patch('application/json-patch+json', [{ op: 'add', path: '/data/c', value: '3' }])).body.data,
    ).toEqual({ b: '2', c: '3' });
    expect((await patch('application/strategic-merge-patch+json', { data: { d: '4' } })).body.data).toEqual({
      b: '2',
      c: '3',
      d: '4',
    });
    expect((await patch('text/plain', {})).status).toBe(415);
  });

  test('many patches at once all arrive', async () => {
    await server.call('POST', configMaps, configMap('busy'));
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        server.call(
          'PATCH',
          `${configMaps}/busy`,
          { data: { [`k${index}`]: 'v' } },
          { headers: { 'content-type': 'application/merge-patch+json' } },
        ),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    const { body } = await server.call('GET', `${configMaps}/busy`);
    expect(Object.keys(body.data)).toHaveLength(20);
  });

  test('a finalizer holds an object until it is taken away', async () => {
    await server.call('POST', configMaps, {
      ...configMap('held'),
      metadata: { name: 'held', finalizers: ['lab/x'] },
    });
    const deleted = await server.call('DELETE', `${configMaps}/held`);
    expect(deleted.body.metadata.deletionTimestamp).toBeDefined();
    const added = await server.call(
      'PATCH',
      `${configMaps}/held`,
      { metadata: { finalizers: ['lab/x', 'lab/y'] } },
      { headers: { 'content-type': 'application/merge-patch+json' } },
    );
    expect(added.body.message).toContain('no new finalizers can be added if the object is being deleted');
    await server.call(
      'PATCH',
      `${configMaps}/held`,
      { metadata: { finalizers: null } },
      { headers: { 'content-type': 'application/merge-patch+json' } },
    );
    expect((await server.call('GET', `${configMaps}/held`)).status).toBe(404);
  });

  test('propagation policies become the garbage collector’s finalizers', async () => {
    for (const [policy, finalizer] of [
      ['Foreground', 'foregroundDeletion'],
      ['Orphan', 'orphan'],
    ]) {
      await server.call('POST', configMaps, configMap(`own-${finalizer!.toLowerCase()}`));
      const { body } = await server.call('DELETE', `${configMaps}/own-${finalizer!.toLowerCase()}`, {
        propagationPolicy: policy,
      });
      expect(body.metadata.finalizers).toEqual([finalizer]);
    }
  });

  test('a namespace goes when its finalizer is finished', async () => {
    await server.call('POST', '/api/v1/namespaces', { metadata: { name: 'short' } });
    const { body } = await server.call('DELETE', '/api/v1/namespaces/short');
    expect(body.status.phase).toBe('Terminating');
    const finished = await server.call('PUT', '/api/v1/namespaces/short/finalize', {
      ...body,
      spec: { finalizers: [] },
    });
    expect(finished.status).toBe(200);
    expect((await server.call('GET', '/api/v1/namespaces/short')).status).toBe(404);
  });

  test('status and spec are written apart, and generation counts the spec', async () => {
    const deployments = '/apis/apps/v1/namespaces/default/deployments';
    const labels = { app: 'web' };
    const created = await server.call('POST', deployments, {
      metadata: { name: 'web' },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'k8s-lab/web' }] } },
      },
      status: { replicas: 9 },
    });
    expect(created.body.status?.replicas).toBeUndefined();
    const status = await server.call('PUT', `${deployments}/web/status`, {
      ...created.body,
      spec: { ...created.body.spec, replicas: 7 },
      status: { replicas: 2 },
    });
    expect(status.body).toMatchObject({
      metadata: { generation: 1 },
      spec: { replicas: 2 },
      status: { replicas: 2 },
    });
    const scaled = await server.call(
      'PATCH',
      `${deployments}/web/scale`,
      { spec: { replicas: 5 } },
      { headers: { 'content-type': 'application/merge-patch+json' } },
    );
    expect(scaled.body).toMatchObject({
      kind: 'Scale',
      spec: { replicas: 5 },
      status: { replicas: 2, selector: 'app=web' },
    });
    const { body } = await server.call('GET', `${deployments}/web`);
    expect(body).toMatchObject({ metadata: { generation: 2 }, spec: { replicas: 5 } });
  });
});

describe('services', () => {
  const services = '/api/v1/namespaces/default/services';
  const service = (name: string, spec: object = {}) => ({
    metadata: { name },
    spec: { ports: [{ port: 80 }], selector: { app: name }, ...spec },
  });

  test('kubernetes has the first address and this server as its endpoint', async () => {
    const { body } = await server.call('GET', `${services}/kubernetes`);
    expect(body.spec.clusterIP).toBe('10.32.0.1');
    const endpoints = await server.call('GET', '/api/v1/namespaces/default/endpoints/kubernetes');
    expect(endpoints.body.subsets[0]!.addresses).toEqual([{ ip: '127.0.0.1' }]);
  });

  test('get an address and a node port, lose them on deletion, and cannot take those of others', async () => {
    const { body } = await server.call('POST', services, service('web', { type: 'NodePort' }));
    const { clusterIP } = body.spec;
    const { nodePort } = body.spec.ports[0]!;
    expect(clusterIP).toMatch(/^10\.32\.0\.\d+$/);
    expect(nodePort).toBeGreaterThanOrEqual(30_000);
    const sameAddress = await server.call('POST', services, service('b', { clusterIP }));
    expect(sameAddress.status).toBe(422);
    expect(sameAddress.body.message).toContain('provided IP is already allocated');
    const samePort = await server.call(
      'POST',
      services,
      service('b', { type: 'NodePort', ports: [{ port: 80, nodePort }] }),
    );
    expect(samePort.body.message).toContain('provided port is already allocated');
    await server.call('DELETE', `${services}/web`);
    const free = service('b', { type: 'NodePort', clusterIP, ports: [{ port: 80, nodePort }] });
    expect((await server.call('POST', services, free)).status).toBe(201);
  });

  test('an update keeps what was given out, and may not change the address', async () => {
    const { body } = await server.call('POST', services, service('keep', { type: 'NodePort' }));
    const { clusterIP, clusterIPs, ...spec } = body.spec;
    const kept = await server.call('PUT', `${services}/keep`, {
      ...body,
      spec: { ...spec, ports: [{ port: 80 }], sessionAffinity: 'ClientIP' },
    });
    expect(kept.body.spec.clusterIP).toBe(clusterIP);
    expect(kept.body.spec.ports[0]!.nodePort).toBe(body.spec.ports[0]!.nodePort);
    const moved = await server.call('PUT', `${services}/keep`, {
      ...kept.body,
      spec: { ...kept.body.spec, clusterIP: '10.32.0.99', clusterIPs: ['10.32.0.99'] },
    });
    expect(moved.status).toBe(422);
    expect(clusterIPs).toEqual([clusterIP]);
  });
});

describe('paths and formats', () => {
  test.each([
    ['GET', '/nope', 404],
    ['GET', '/api/v2', 404],
    ['GET', '/api/v1/nopes', 404],
    ['GET', '/api/v1/namespaces/default/pods/x/nope', 404],
    ['PUT', '/api/v1/namespaces/default/pods', 405],
    ['POST', '/api/v1/componentstatuses', 405],
  ])('%s %s is %i', async (method, path, status) => {
    const answer = await server.call(method, path);
    expect([answer.status, answer.body.kind]).toEqual([status, 'Status']);
  });

  test('a format that nobody speaks is refused with those that are spoken', async () => {
    const answer = await server.call('GET', configMaps, undefined, { headers: { accept: 'text/html' } });
    expect([answer.status, answer.body.message]).toEqual([
      406,
      'only the following media types are accepted: application/json, application/yaml',
    ]);
    const body = await server.call('POST', configMaps, 'a=b', { headers: { 'content-type': 'text/plain' } });
    expect(body.status).toBe(415);
  });

  test('discovery comes plain and aggregated', async () => {
    expect((await server.call('GET', '/api')).body.versions).toEqual(['v1']);
    expect((await server.call('GET', '/apis')).body.kind).toBe('APIGroupList');
    expect((await server.call('GET', '/apis/apps/v1')).body.groupVersion).toBe('apps/v1');
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
    const { body, headers } = await server.call('GET', '/apis', undefined, { headers: { accept } });
    expect(headers['content-type']).toContain('as=APIGroupDiscoveryList');
    expect(body.kind).toBe('APIGroupDiscoveryList');
  });

  test('health says ok, or each check when asked', async () => {
    expect((await server.call('GET', '/livez')).text).toBe('ok');
    const verbose = await server.call('GET', '/readyz?verbose');
    expect(verbose.text).toContain('[+]etcd ok\n');
    expect(verbose.text).toContain('readyz check passed');
    const metrics = (await server.call('GET', '/metrics')).text;
    expect(metrics).toContain('apiserver_storage_objects{resource="configmaps"}');
    expect(metrics).toMatch(/^apiserver_request_duration_seconds_bucket\{.*verb="GET".*,le="\+Inf"\} [1-9]/m);
  });

  test('there are no custom resources: clients find the empty list they look for, and none can be made', async () => {
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const list = await server.call('GET', path);
    expect(list.body).toMatchObject({ kind: 'CustomResourceDefinitionList', items: [] });
    const made = await server.call('POST', path, { metadata: { name: 'crontabs.example.com' } });
    expect(made.status).toBe(405);
  });

  test('tables have the columns of the kind', async () => {
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const { body } = await server.call('GET', '/api/v1/namespaces', undefined, { headers: { accept } });
    expect(body.kind).toBe('Table');
    expect(body.columnDefinitions.map(({ name }: { name: string }) => name)).toEqual([
      'Name',
      'Status',
      'Age',
    ]);
    expect(body.rows[0]!.object.kind).toBe('PartialObjectMetadata');
  });
});
