import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const configMaps = '/api/v1/namespaces/default/configmaps';
const deployments = '/apis/apps/v1/namespaces/default/deployments';
const applyPatch = { headers: { 'content-type': 'application/apply-patch+yaml' } };
const merge = { headers: { 'content-type': 'application/merge-patch+json' } };
const apply = (path: string, body: unknown, query = 'fieldManager=me') =>
  server.call('PATCH', `${path}?${query}`, body, applyPatch);
const configMap = (name: string, data: object, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data,
});
const labels = { app: 'web' };
const deployment = (spec: object, image = 'k8s-lab/web:1') => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: 'web', image }] } },
    ...spec,
  },
});

describe('server-side apply', () => {
  test('creates what is not there, from YAML, and writes down who owns what', async () => {
    const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: new\ndata:\n  a: "1"\n  b: null\n';
    const created = await apply(`${configMaps}/new`, yaml);
    expect([created.status, created.body.data]).toEqual([201, { a: '1' }]);
    expect(created.body.metadata.managedFields).toEqual([
      {
        manager: 'me',
        operation: 'Apply',
        apiVersion: 'v1',
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { 'f:a': {} } },
      },
    ]);
  });

  test('writes nothing when nothing changes', async () => {
    const first = await apply(`${configMaps}/same`, configMap('same', { a: '1' }));
    const second = await apply(`${configMaps}/same`, configMap('same', { a: '1' }));
    expect(second.status).toBe(200);
    expect(second.body.metadata.resourceVersion).toBe(first.body.metadata.resourceVersion);
  });

  test('asks before it takes a field from others, names them, and takes it by force', async () => {
    await apply(`${deployments}/web`, deployment({ replicas: 2 }));
    await server.call(
      'PATCH',
      `${deployments}/web/scale?fieldManager=scaler`,
      { spec: { replicas: 5 } },
      merge,
    );
    const refused = await apply(`${deployments}/web`, deployment({ replicas: 2 }));
    expect([refused.status, refused.body.reason, refused.body.message]).toEqual([
      409,
      'Conflict',
      'Apply failed with 1 conflict: conflict with "scaler" with subresource "scale" using apps/v1: .spec.replicas',
    ]);
    expect(refused.body.details.causes).toEqual([
      {
        reason: 'FieldManagerConflict',
        message: 'conflict with "scaler" with subresource "scale" using apps/v1',
        field: '.spec.replicas',
      },
    ]);
    // Who no longer says how many leaves it to the other.
    const left = await apply(`${deployments}/web`, deployment({}, 'k8s-lab/web:2'));
    expect(left.body.spec.replicas).toBe(5);
    const forced = await apply(
      `${deployments}/web`,
      deployment({ replicas: 2 }),
      'fieldManager=me&force=true',
    );
    expect(forced.body.spec.replicas).toBe(2);
    expect(forced.body.metadata.managedFields?.map(({ manager }) => manager)).toEqual(['me']);
  });

  test('of the status owns the status only', async () => {
    await apply(
      `${deployments}/web/status`,
      { ...deployment({ replicas: 9 }), status: { replicas: 3 } },
      'fieldManager=c',
    );
    const { body } = await server.call('GET', `${deployments}/web`);
    expect(body.spec.replicas).toBe(2);
    expect(body.status.replicas).toBe(3);
    const entry = body.metadata.managedFields?.find(({ manager }) => manager === 'c');
    expect(entry).toMatchObject({ subresource: 'status', fieldsV1: { 'f:status': { 'f:replicas': {} } } });
  });

  test('of an object that was made otherwise meets what was there before', async () => {
    await server.call('POST', configMaps, configMap('plain', { a: '1' }));
    expect((await server.call('GET', `${configMaps}/plain`)).body.metadata.managedFields).toBeUndefined();
    const refused = await apply(`${configMaps}/plain`, configMap('plain', { a: '2' }));
    expect(refused.body.message).toBe(
      'Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.a',
    );
    expect((await apply(`${configMaps}/plain`, configMap('plain', { b: '2' }))).status).toBe(200);
  });

  test('by kubectl goes over from the annotation of its older way without a conflict', async () => {
    const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
    const old = configMap('moved', { a: '1', b: '1' });
    const annotations = { [annotation]: JSON.stringify(old) };
    await server.call('POST', configMaps, { ...old, metadata: { name: 'moved', annotations } });
    const wanted = configMap('moved', { a: '2', b: '1' });
    expect((await apply(`${configMaps}/moved`, wanted, 'fieldManager=stranger')).status).toBe(409);
    const moved = await apply(`${configMaps}/moved`, wanted, 'fieldManager=kubectl');
    expect([moved.status, moved.body.data]).toEqual([200, { a: '2', b: '1' }]);
    expect(JSON.parse(moved.body.metadata.annotations![annotation]!)).toEqual(wanted);
  });

  test.each([
    ['no manager', configMap('x', {}), '', 422, 'fieldManager: Required value: is required for apply patch'],
    [
      'another kind',
      { ...configMap('x', {}), kind: 'Secret' },
      'fieldManager=me',
      400,
      'Incorrect kind specified',
    ],
    [
      'another version',
      { ...configMap('x', {}), apiVersion: 'v2' },
      'fieldManager=me',
      400,
      'Incorrect version',
    ],
    [
      'an unknown field',
      { ...configMap('x', {}), datta: {} },
      'fieldManager=me',
      400,
      '.datta: field not declared in schema',
    ],
    [
      'managedFields',
      configMap('x', {}, { managedFields: [{ manager: 'me' }] }),
      'fieldManager=me',
      400,
      'metadata.managedFields must be nil',
    ],
    ['no YAML', 'a: [', 'fieldManager=me', 400, 'error decoding YAML'],
  ])('with %s is refused', async (_what, body, query, status, message) => {
    const answer = await apply(`${configMaps}/x`, body, query);
    expect(answer.status).toBe(status);
    expect(answer.body.message).toContain(message);
  });

  test('of many at once loses nothing', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        apply(`${configMaps}/busy`, configMap('busy', { [`k${index}`]: 'v' }), `fieldManager=m${index}`),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    const { body } = await server.call('GET', `${configMaps}/busy`);
    expect(Object.keys(body.data)).toHaveLength(8);
    expect(body.metadata.managedFields).toHaveLength(8);
  });

  test('creates only for those who may create', async () => {
    const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
    await server.call('POST', `${rbac}/roles`, {
      metadata: { name: 'patcher' },
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['patch', 'update'] }],
    });
    await server.call('POST', `${rbac}/rolebindings`, {
      metadata: { name: 'patcher' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'patcher' },
      subjects: [{ kind: 'User', name: 'pat' }],
    });
    const answer = await server.call(
      'PATCH',
      `${configMaps}/forbidden?fieldManager=pat`,
      configMap('forbidden', {}),
      {
        headers: { ...applyPatch.headers, 'impersonate-user': 'pat' },
      },
    );
    expect([answer.status, answer.body.message]).toEqual([
      403,
      'configmaps "forbidden" is forbidden: User "pat" cannot create resource "configmaps" in API group "" in the namespace "default"',
    ]);
  });
});

test('a later update takes fields over, and may set managedFields right or forget them', async () => {
  const { body } = await apply(`${configMaps}/edited`, configMap('edited', { a: '1', b: '1' }));
  const updated = await server.call('PUT', `${configMaps}/edited?fieldManager=editor`, {
    ...body,
    data: { a: '2', b: '1' },
  });
  expect(updated.body.metadata.managedFields?.map(({ manager, fieldsV1 }) => [manager, fieldsV1])).toEqual([
    ['me', { 'f:data': { 'f:b': {} } }],
    ['editor', { 'f:data': { 'f:a': {} } }],
  ]);
  const without = { ...updated.body, metadata: { ...updated.body.metadata, managedFields: undefined } };
  const kept = await server.call('PUT', `${configMaps}/edited`, without);
  expect(kept.body.metadata.managedFields).toHaveLength(2);
  const forget = { metadata: { managedFields: [{}] } };
  const reset = await server.call('PATCH', `${configMaps}/edited`, forget, merge);
  expect(reset.body.metadata.managedFields).toBeUndefined();
});
