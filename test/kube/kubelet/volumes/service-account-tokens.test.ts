import { beforeEach, describe, expect, it } from 'vitest';
import { needsRefresh, TokenManager } from '../../../../src/kube/kubelet/volumes/service-account-tokens.ts';
import { FakeClock } from '../../../../src/lib/clock.ts';
import { FakeRest } from '../support/fake-rest.ts';
import { makePod } from '../support/objects.ts';

const path = '/api/v1/namespaces/default/serviceaccounts/robot/token';
const pod = makePod({ serviceAccountName: 'robot' });

let clock: FakeClock;
let rest: FakeRest;
let tokens: TokenManager;
beforeEach(() => {
  clock = new FakeClock();
  rest = new FakeRest(({ body }) => {
    const { expirationSeconds } = (body as { spec: { expirationSeconds: number } }).spec;
    const expirationTimestamp = new Date(clock.now() + expirationSeconds * 1000).toISOString();
    return { status: { token: `token ${rest.requests.length}`, expirationTimestamp } };
  });
  tokens = new TokenManager(rest.client, clock);
});
const hour = 3600;

describe('the token of a pod', () => {
  it('is bound to the pod and asked for once', async () => {
    expect(await tokens.token(pod, 'vault', hour)).toBe('token 1');
    expect(await tokens.token(pod, 'vault', hour)).toBe('token 1');
    expect(rest.requests).toMatchObject([
      {
        method: 'POST',
        path,
        body: {
          spec: {
            audiences: ['vault'],
            expirationSeconds: hour,
            boundObjectRef: { kind: 'Pod', name: 'web', uid: 'uid-1' },
          },
        },
      },
    ]);
  });

  it('is another for another audience, and for another pod of that name', async () => {
    await tokens.token(pod, undefined, hour);
    await tokens.token(pod, 'vault', hour);
    await tokens.token(makePod({ serviceAccountName: 'robot' }, { uid: 'uid-2' }), undefined, hour);
    expect(rest.requests.length).toBe(3);
  });

  it('is renewed when four fifths of its life are over', async () => {
    await tokens.token(pod, undefined, hour);
    await clock.advance(0.8 * hour * 1000);
    expect(await tokens.token(pod, undefined, hour)).toBe('token 1');
    await clock.advance(1000);
    expect(await tokens.token(pod, undefined, hour)).toBe('token 2');
  });

  it('that still holds is better than none', async () => {
    await tokens.token(pod, undefined, hour);
    await clock.advance(0.9 * hour * 1000);
    rest.answer = () => {
      throw new Error('connection refused');
    };
    expect(await tokens.token(pod, undefined, hour)).toBe('token 1');
    await clock.advance(0.2 * hour * 1000);
    await expect(tokens.token(pod, undefined, hour)).rejects.toThrow(
      'failed to fetch token: connection refused',
    );
  });

  it('is forgotten with the pod', async () => {
    await tokens.token(pod, undefined, hour);
    tokens.forget('uid-1');
    expect(await tokens.token(pod, undefined, hour)).toBe('token 2');
  });
});

it('a long token is renewed after a day all the same', () => {
  const day = 86_400_000;
  const entry = { issuedAt: 0, expiresAt: 365 * day };
  expect([needsRefresh(entry, day), needsRefresh(entry, day + 1)]).toEqual([false, true]);
});
