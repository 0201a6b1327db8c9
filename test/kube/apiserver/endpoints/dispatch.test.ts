import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const configMaps = '/api/v1/namespaces/default/configmaps';
const merge = { headers: { 'content-type': 'application/merge-patch+json' } };

test('all namespaces at once can be read, but not emptied or written to', async () => {
  await server.call('POST', configMaps, { metadata: { name: 'stays' } });
  expect((await server.call('DELETE', '/api/v1/configmaps')).status).toBe(405);
  expect((await server.call('POST', '/api/v1/configmaps', { metadata: { name: 'x' } })).status).toBe(405);
  expect((await server.call('GET', `${configMaps}/stays`)).status).toBe(200);
});

test('a collection of one namespace is deleted by its selectors', async () => {
  for (const [name, color] of [
    ['one', 'red'],
    ['two', 'red'],
    ['three', 'blue'],
  ])
    await server.call('POST', configMaps, { metadata: { name, labels: { color } } });
  const gone = await server.call('DELETE', `${configMaps}?labelSelector=color%3Dred`);
  expect(gone.body.items.map(({ metadata }) => metadata.name)).toEqual(['one', 'two']);
  const left = await server.call('GET', `${configMaps}?labelSelector=color`);
  expect(left.body.items.map(({ metadata }) => metadata.name)).toEqual(['three']);
});

test.each([
  ['POST', '?dryRun=Some', 'CreateOptions', 'dryRun: Unsupported value: "Some": supported values: "All"'],
  [
    'POST',
    '?fieldValidation=Loud',
    'CreateOptions',
    'fieldValidation: Unsupported value: "Loud": supported values: "Ignore", "Strict", "Warn"',
  ],
  [
    'POST',
    `?fieldManager=${'m'.repeat(129)}`,
    'CreateOptions',
    'fieldManager: Too long: may not be more than 128 bytes',
  ],
  ['PATCH', '/x?force=true', 'PatchOptions', 'force: Forbidden: may not be specified for non-apply patch'],
  ['DELETE', '/x?dryRun=Some', 'DeleteOptions', 'dryRun: Unsupported value: "Some": supported values: "All"'],
  [
    'DELETE',
    '/x?propagationPolicy=Later',
    'DeleteOptions',
    'propagationPolicy: Unsupported value: "Later": supported values: "Foreground", "Background", "Orphan", "nil"',
  ],
  [
    'GET',
    '?resourceVersionMatch=Exact',
    'ListOptions',
    'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
  ],
  [
    'GET',
    '?resourceVersion=0&resourceVersionMatch=Exact',
    'ListOptions',
    'resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
  ],
  [
    'GET',
    '?resourceVersion=1&resourceVersionMatch=Newer',
    'ListOptions',
    'resourceVersionMatch: Unsupported value: "Newer": supported values: "Exact", "NotOlderThan"',
  ],
  [
    'GET',
    '?sendInitialEvents=true',
    'ListOptions',
    'sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list',
  ],
  [
    'GET',
    '?watch=1&sendInitialEvents=true',
    'ListOptions',
    'resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
  ],
  [
    'GET',
    '?watch=1&resourceVersion=1&resourceVersionMatch=NotOlderThan',
    'ListOptions',
    'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
  ],
])('%s with %s is 422', async (method, query, kind, problem) => {
  const body = { POST: { metadata: { name: 'x' } }, PATCH: {} }[method];
  const answer = await server.call(method, configMaps + query, body, method === 'PATCH' ? merge : {});
  expect([answer.status, answer.body.message]).toEqual([
    422,
    `${kind}.meta.k8s.io "" is invalid: ${problem}`,
  ]);
});

test('deletion options in a body are looked at as those in the query', async () => {
  const answer = await server.call('DELETE', `${configMaps}/x`, {
    propagationPolicy: 'Orphan',
    orphanDependents: true,
    dryRun: ['Some'],
  });
  expect(answer.body.details.causes.map(({ field }) => field)).toEqual(['dryRun', 'propagationPolicy']);
});

test('reads of the future are refused, whatever the match', async () => {
  for (const query of ['', '&resourceVersionMatch=NotOlderThan', '&resourceVersionMatch=Exact', '&limit=1']) {
    const answer = await server.call('GET', `${configMaps}?resourceVersion=100000${query}`);
    expect([query, answer.status, answer.body.reason]).toEqual([query, 504, 'Timeout']);
    expect(answer.body.message).toMatch(/^Too large resource version: 100000, current: \d+$/);
  }
}, 20_000);

test('a version with a limit, or with Exact, shows the state of then', async () => {
  const path = '/api/v1/namespaces/kube-public/configmaps';
  const first = await server.call('POST', path, { metadata: { name: 'a' } });
  await server.call('POST', path, { metadata: { name: 'b' } });
  const { resourceVersion } = first.body.metadata;
  const names = async (query: string) => {
    const { body } = await server.call('GET', `${path}?resourceVersion=${resourceVersion}${query}`);
    return body.items.map(({ metadata }) => metadata.name);
  };
  expect(await names('&resourceVersionMatch=Exact')).toEqual(['a']);
  expect(await names('&limit=10')).toEqual(['a']);
  expect(await names('&resourceVersionMatch=NotOlderThan&limit=10')).toEqual(['a', 'b']);
  expect(await names('')).toEqual(['a', 'b']);
});

test('who makes an object on which nothing acts is warned', async () => {
  const batch = '/apis/batch/v1/namespaces/default/jobs';
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'x' }] } };
  const job = await server.call('POST', batch, { metadata: { name: 'waits' }, spec: { template } });
  expect(job.status).toBe(201);
  expect(job.headers.warning).toBe(
    '299 - "jobs.batch are stored, but nothing in this cluster acts on them yet"',
  );
  const configMap = await server.call('POST', configMaps, { metadata: { name: 'silent' } });
  expect(configMap.headers.warning).toBeUndefined();
});
