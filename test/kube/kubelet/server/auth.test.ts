import type { IncomingMessage } from 'node:http';
import { inspect } from 'node:util';
import { beforeEach, describe, expect, it, test } from 'vitest';
import type { KubeletConfig } from '../../../../src/kube/kubelet/config/kubelet-config.ts';
import { attributesOf, KubeletAuth } from '../../../../src/kube/kubelet/server/auth.ts';
import { FakeClock } from '../../../../src/lib/clock.ts';
import { FakeRest } from '../support/fake-rest.ts';

test.each([
  ['GET', '/stats/summary', 'get', 'stats'],
  ['GET', '/metrics', 'get', 'metrics'],
  ['GET', '/metrics/cadvisor', 'get', 'metrics'],
  ['GET', '/metricsfoo', 'get', 'proxy'],
  ['GET', '/logs/kubelet.log', 'get', 'log'],
  ['GET', '/pods', 'get', 'proxy'],
  ['POST', '/exec/default/web/web', 'create', 'proxy'],
  ['GET', '/containerLogs/default/web/web', 'get', 'proxy'],
])('%s %s is the verb %s on nodes/%s', (method, path, verb, subresource) => {
  expect(attributesOf(method, path)).toEqual({ verb, subresource });
});

const config = {
  webhookAuthentication: true,
  anonymous: false,
  authorizationMode: 'Webhook',
  webhookCacheMs: 120_000,
  authorizedCacheMs: 300_000,
  unauthorizedCacheMs: 30_000,
} as KubeletConfig;

let clock: FakeClock;
let rest: FakeRest;
/** Users by their token. */
let users: Record<string, string>;
/** Who may do what: `USER VERB SUBRESOURCE`. */
let rights: Set<string>;
beforeEach(() => {
  clock = new FakeClock();
  users = { 'token-of-amy': 'amy' };
  rights = new Set(['amy get metrics']);
  rest = new FakeRest(({ path, body }) => {
    const { spec } = body as {
      spec: { token: string; user: string; resourceAttributes: Record<string, string> };
    };
    if (path.endsWith('/tokenreviews')) {
      const username = users[spec.token];
      return { status: { authenticated: username !== undefined, user: { username, groups: ['staff'] } } };
    }
    const { verb, subresource, resource, name } = spec.resourceAttributes;
    expect([resource, name]).toEqual(['nodes', 'worker-0']);
    return { status: { allowed: rights.has(`${spec.user} ${verb} ${subresource}`) } };
  });
});

const authWith = (changes: Partial<KubeletConfig> = {}) =>
  new KubeletAuth({ config: { ...config, ...changes }, rest: rest.client, nodeName: 'worker-0', clock });
const request = (authorization?: string, subject?: object) =>
  ({
    headers: { authorization },
    socket: { authorized: subject !== undefined, getPeerCertificate: () => ({ subject }) },
  }) as unknown as IncomingMessage;
const reviews = () => rest.count('POST', '/apis/authentication.k8s.io/v1/tokenreviews');
const accessReviews = () => rest.count('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews');

describe('who is at the door', () => {
  it('is told by a certificate of the client CA', async () => {
    expect(await authWith().authenticate(request(undefined, { CN: 'kubernetes', O: ['a', 'b'] }))).toEqual({
      username: 'kubernetes',
      groups: ['a', 'b', 'system:authenticated'],
    });
    expect(await authWith().authenticate(request(undefined, { CN: 'kubernetes', O: 'a' }))).toMatchObject({
      groups: ['a', 'system:authenticated'],
    });
    expect(reviews()).toBe(0);
  });

  it('or by the API server, which is asked about a token once in two minutes', async () => {
    const auth = authWith();
    const ask = () => auth.authenticate(request('Bearer token-of-amy'));
    expect(await ask()).toEqual({ username: 'amy', groups: ['staff'] });
    users = {};
    await clock.advance(119_000);
    expect(await ask()).toMatchObject({ username: 'amy' });
    expect(reviews()).toBe(1);
    await clock.advance(2000);
    expect(await ask()).toBeUndefined();
    expect(reviews()).toBe(2);
  });

  it('is nobody with a wrong token, none, or another scheme', async () => {
    const auth = authWith();
    expect(await auth.authenticate(request('Bearer guessed'))).toBeUndefined();
    expect(await auth.authenticate(request())).toBeUndefined();
    expect(await auth.authenticate(request('Basic YTpi'))).toBeUndefined();
    expect(
      await authWith({ webhookAuthentication: false }).authenticate(request('Bearer token-of-amy')),
    ).toBeUndefined();
  });

  it('is anonymous only where that is allowed, and only without a token', async () => {
    const auth = authWith({ anonymous: true });
    expect(await auth.authenticate(request())).toEqual({
      username: 'system:anonymous',
      groups: ['system:unauthenticated'],
    });
    expect(await auth.authenticate(request('Bearer guessed'))).toBeUndefined();
  });

  it('leaves no token behind in the memory of the kubelet', async () => {
    const auth = authWith();
    await auth.authenticate(request('Bearer token-of-amy'));
    const kept: unknown[] = [];
    const original = Map.prototype.get;
    // The caches are private; every look into one shows its key.
    Map.prototype.get = function get(this: Map<unknown, unknown>, key: unknown) {
      kept.push(key);
      return original.call(this, key);
    };
    try {
      await auth.authenticate(request('Bearer token-of-amy'));
    } finally {
      Map.prototype.get = original;
    }
    expect(kept.length).toBeGreaterThan(0);
    expect(inspect(kept)).not.toContain('token-of-amy');
  });
});

describe('whether they may come in', () => {
  const amy = { username: 'amy', groups: ['staff'] };
  const metrics = { verb: 'get', subresource: 'metrics' };
  const exec = { verb: 'create', subresource: 'proxy' };

  it('the API server says, each answer for its own time', async () => {
    const auth = authWith();
    expect(await auth.authorize(amy, metrics)).toBe(true);
    expect(await auth.authorize(amy, exec)).toBe(false);
    rights = new Set(['amy create proxy']);
    await clock.advance(29_000);
    expect([await auth.authorize(amy, metrics), await auth.authorize(amy, exec)]).toEqual([true, false]);
    expect(accessReviews()).toBe(2);
    await clock.advance(2000);
    // A no is asked again after half a minute, a yes after five.
    expect([await auth.authorize(amy, metrics), await auth.authorize(amy, exec)]).toEqual([true, true]);
    await clock.advance(300_000);
    expect(await auth.authorize(amy, metrics)).toBe(false);
  });

  it('nobody asks where everything is allowed', async () => {
    expect(await authWith({ authorizationMode: 'AlwaysAllow' }).authorize(amy, exec)).toBe(true);
    expect(rest.requests).toEqual([]);
  });

  it('says what was forbidden', () => {
    expect(authWith().forbiddenText(amy, exec)).toBe(
      'Forbidden (user=amy, verb=create, resource=nodes, subresource(s)=[proxy])\n',
    );
  });
});
