import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const configMaps = '/api/v1/namespaces/default/configmaps';
const type = (media: string) => ({ headers: { 'content-type': media } });
const protobuf = 'application/vnd.kubernetes.protobuf';

describe('a body that is none', () => {
  test.each([
    ['cut off', '{"metadata":{', 'application/json', /json parse error: .* \(\{"metadata":\{\)$/],
    ['empty', '', 'application/json', /json parse error: .* \(<empty>\)$/],
    ['a list', '[]', 'application/json', /an object is required \(5b5d\)$/],
    ['no YAML', 'a: [', 'application/yaml', /yaml parse error: .* \(613a205b\)$/],
    ['no protobuf', 'nonsense', protobuf, /does not appear to be a protobuf message/],
    ['half a protobuf', 'k8s\0\x0a\xff', protobuf, /./],
  ])('%s is 400 and tells no place in our code', async (_what, body, media, message) => {
    const answer = await server.call('POST', configMaps, body, type(media));
    expect([answer.status, answer.body.reason]).toEqual([400, 'BadRequest']);
    expect(answer.body.message).toMatch(message);
    expect(answer.text).not.toMatch(/\.ts\b|\.js\b|node:|:\d+:\d+/);
  });

  test('a long one is told by its first thirty characters', async () => {
    const answer = await server.call('POST', configMaps, `{"metadata":{"name":"${'x'.repeat(50)}`);
    expect(answer.body.message).toContain(`({"metadata":{"name":"xxxxxxxxx ...)`);
  });

  test('too large is 413, whether the length was told or not', async () => {
    const large = JSON.stringify({ metadata: { name: 'x' }, data: { a: 'x'.repeat(3.2 * 1024 * 1024) } });
    const answer = await server.call('POST', configMaps, large);
    expect([answer.status, answer.body.reason]).toEqual([413, 'RequestEntityTooLarge']);
    expect(answer.body.message).toBe('Request entity too large: limit is 3145728');
  });
});

test.each([
  [{ kind: 'Secret' }, 'Secret in version "v1" cannot be handled as a ConfigMap'],
  [{ apiVersion: 'v2' }, 'the API version in the data (v2) does not match the expected API version (v1)'],
  [
    { metadata: 5 },
    'json: cannot unmarshal number into Go struct field ConfigMap.metadata of type v1.ObjectMeta',
  ],
  [{ data: { a: 1 } }, 'json: cannot unmarshal number into Go struct field ConfigMap.data of type string'],
  [
    { metadata: { name: 'x', namespace: 'other' } },
    'the namespace of the provided object does not match the namespace sent on the request',
  ],
])('an object of another kind or shape %j is 400', async (part, message) => {
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, ...part };
  const answer = await server.call('POST', configMaps, body);
  expect(answer.status).toBe(400);
  expect(answer.body.message).toContain(message);
});

test('reviews and bindings of a wrong shape are 400 too', async () => {
  const reviews = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  expect((await server.call('POST', reviews, { spec: 'all' })).status).toBe(400);
  const binding = await server.call('POST', '/api/v1/namespaces/default/pods/p/binding', { target: 'n' });
  expect(binding.status).toBe(400);
});

test('secrets hold base64', async () => {
  const answer = await server.call('POST', '/api/v1/namespaces/default/secrets', {
    metadata: { name: 's' },
    data: { a: 'YQ==', b: 'a@b=' },
  });
  expect([answer.status, answer.body.message]).toEqual([
    400,
    'Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte 1',
  ]);
});

test('names and labels are refused in upstream’s words, all at once', async () => {
  const answer = await server.call('POST', configMaps, {
    metadata: { name: 'Foo_Bar', labels: { 'a b': 'ok', ok: '-' } },
  });
  expect(answer.status).toBe(422);
  const { causes } = answer.body.details;
  expect(causes.map(({ field }) => field)).toEqual(['metadata.name', 'metadata.labels', 'metadata.labels']);
  expect(causes[0]!.message).toContain('a lowercase RFC 1123 subdomain must consist of');
  expect(causes[1]!.message).toContain('name part must consist of alphanumeric characters');
  expect(causes[2]!.message).toContain('a valid label must be an empty string or consist of');
});

test('a name that was made up is tried again when it is taken, and a free one is found', async () => {
  const names = new Set<string>();
  for (let index = 0; index < 5; index++) {
    const { body } = await server.call('POST', configMaps, { metadata: { generateName: 'made-' } });
    expect(body.metadata.name).toMatch(/^made-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    names.add(body.metadata.name);
  }
  expect(names.size).toBe(5);
});
