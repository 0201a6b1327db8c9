import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await server.call('POST', accounts, { metadata: { name: 'robot' } });
});
afterAll(() => server.stop());

const accounts = '/api/v1/namespaces/default/serviceaccounts';
const issuer = 'https://kubernetes.default';
const request = (spec: object, account = 'robot') =>
  server.call('POST', `${accounts}/${account}/token`, { spec });
const review = (token: string, audiences?: readonly string[]) =>
  server.call('POST', '/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token, audiences } });

describe('a token', () => {
  test('asked for without audiences is for this server, and lives an hour', async () => {
    const { status, body } = await request({});
    expect(status).toBe(201);
    expect(body.spec).toMatchObject({ audiences: [issuer], expirationSeconds: 3600 });
    const seen = await review(body.status.token);
    expect(seen.body.status).toMatchObject({
      authenticated: true,
      audiences: [issuer],
      user: {
        username: 'system:serviceaccount:default:robot',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
      },
    });
  });

  test('for somebody else is refused here, and holds there', async () => {
    const { token } = (await request({ audiences: ['vault', 'other'] })).body.status;
    const wrong = await review(token);
    expect(wrong.body.status).toMatchObject({
      error: `invalid bearer token, token audiences ["vault" "other"] is invalid for the target audiences ["${issuer}"]`,
    });
    expect(wrong.body.status).not.toHaveProperty('authenticated');
    const right = await review(token, ['nobody', 'vault']);
    expect(right.body.status).toMatchObject({ authenticated: true, audiences: ['vault'] });
    const answer = await server.call('GET', '/api', undefined, {
      as: null,
      headers: { authorization: `Bearer ${token}` },
    });
    expect(answer.status).toBe(401);
  });

  test('of a stranger is nobody’s', async () => {
    expect((await review('junk')).body.status).toEqual({ user: {} });
    expect((await review('')).status).toBe(400);
  });

  test.each([
    [{ expirationSeconds: 10 }, 422, 'may not specify a duration less than 10 minutes'],
    [{ expirationSeconds: 2 ** 33 }, 422, 'may not specify a duration larger than 2^32 seconds'],
    [{ boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'gone' } }, 404, 'pods "gone" not found'],
    [
      { boundObjectRef: { kind: 'Lease', apiVersion: 'coordination.k8s.io/v1', name: 'x' } },
      400,
      'cannot bind token to object of type coordination.k8s.io/v1, Kind=Lease',
    ],
  ])('%j is refused', async (spec, status, message) => {
    const answer = await request(spec);
    expect(answer.status).toBe(status);
    expect(answer.body.message).toContain(message);
  });

  test('dies with the pod it is bound to', async () => {
    const pods = '/api/v1/namespaces/default/pods';
    const pod = await server.call('POST', pods, {
      metadata: { name: 'p' },
      spec: { serviceAccountName: 'robot', containers: [{ name: 'c', image: 'k8s-lab/toolbox' }] },
    });
    const { uid } = pod.body.metadata;
    const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name: 'p', uid };
    const stale = await request({ boundObjectRef: { ...boundObjectRef, uid: 'older' } });
    expect([stale.status, stale.body.reason]).toEqual([409, 'Conflict']);
    const { token } = (await request({ boundObjectRef })).body.status;
    expect((await review(token)).body.status).toMatchObject({
      user: { extra: { 'authentication.kubernetes.io/pod-name': ['p'] } },
    });
    await server.call('DELETE', `${pods}/p`);
    expect((await review(token)).body.status).toMatchObject({ error: 'pod has been deleted' });
  });

  test('can be verified by others with what the server publishes', async () => {
    const configuration = await server.call('GET', '/.well-known/openid-configuration');
    expect(JSON.parse(configuration.text)).toMatchObject({
      issuer,
      jwks_uri: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+\/openid\/v1\/jwks$/),
    });
    const keys = await server.call('GET', '/openid/v1/jwks');
    expect(keys.headers['content-type']).toBe('application/jwk-set+json');
    const { token } = (await request({})).body.status;
    const header = JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString());
    expect(JSON.parse(keys.text).keys).toMatchObject([
      { kid: header.kid, kty: 'RSA', use: 'sig', alg: 'RS256' },
    ]);
  });
});

describe('access reviews', () => {
  const ask = (spec: object) =>
    server.call('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', { spec });
  const pods = { verb: 'list', resource: 'pods' };

  test('tell who may do what, and through which binding', async () => {
    const allowed = await ask({ user: 'system:kube-scheduler', resourceAttributes: pods });
    expect(allowed.body.status).toEqual({
      allowed: true,
      reason:
        'RBAC: allowed by ClusterRoleBinding "system:kube-scheduler" of ClusterRole "system:kube-scheduler" to User "system:kube-scheduler"',
    });
    expect((await ask({ user: 'eve', resourceAttributes: pods })).body.status).toEqual({ allowed: false });
    const path = { nonResourceAttributes: { verb: 'get', path: '/healthz' } };
    expect((await ask({ user: 'eve', groups: ['system:authenticated'], ...path })).body.status).toMatchObject(
      {
        allowed: true,
      },
    );
  });

  test.each([
    [{ user: 'u' }, 'exactly one of nonResourceAttributes or resourceAttributes must be specified'],
    [
      { user: 'u', resourceAttributes: pods, nonResourceAttributes: { verb: 'get', path: '/' } },
      'cannot be specified in combination with resourceAttributes',
    ],
    [{ resourceAttributes: pods }, 'at least one of user or group must be specified'],
  ])('that ask nothing clear are refused: %j', async (spec, message) => {
    const answer = await ask(spec);
    expect(answer.status).toBe(422);
    expect(answer.body.message).toContain(message);
  });

  test('of oneself tell the rules and the name', async () => {
    const rules = await server.call('POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {
      spec: { namespace: 'default' },
    });
    expect(rules.body.status).toMatchObject({
      resourceRules: expect.arrayContaining([{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }]),
      incomplete: true,
    });
    const me = await server.call('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {});
    expect(me.body.status.userInfo).toMatchObject({ username: 'admin' });
  });

  test('a kubelet reads its own node and the pods bound to it, and no others', async () => {
    const kubelet = { user: 'system:node:worker-0', groups: ['system:nodes'] };
    const may = async (resourceAttributes: object) => {
      const { body } = await ask({ ...kubelet, resourceAttributes });
      return body.status as unknown as { allowed: boolean; reason?: string };
    };
    const selector = (value: string) => ({
      fieldSelector: { requirements: [{ key: 'spec.nodeName', operator: 'In', values: [value] }] },
    });
    expect(await may({ verb: 'watch', resource: 'pods', ...selector('worker-0') })).toEqual({
      allowed: true,
    });
    expect(await may({ verb: 'watch', resource: 'pods', ...selector('worker-1') })).toMatchObject({
      allowed: false,
      reason: 'can only list/watch pods with spec.nodeName field selector',
    });
    expect(await may({ verb: 'get', resource: 'nodes', name: 'worker-0' })).toEqual({ allowed: true });
    expect(await may({ verb: 'get', resource: 'nodes', name: 'worker-1' })).toMatchObject({
      reason: "node 'worker-0' cannot read 'worker-1', only its own Node object",
    });
  });

  test('a kubelet lists and watches by the selector in its URL', async () => {
    const kubelet = server.certificates.issue('system:node:worker-0', ['system:nodes']);
    const list = (query: string) => server.call('GET', `/api/v1/pods${query}`, undefined, { as: kubelet });
    expect((await list('?fieldSelector=spec.nodeName%3Dworker-0')).status).toBe(200);
    expect((await list('?fieldSelector=spec.nodeName%3Dworker-1')).status).toBe(403);
    expect((await list('')).status).toBe(403);
  });
});
