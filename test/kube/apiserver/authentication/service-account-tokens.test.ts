import { generateKeyPairSync } from 'node:crypto';
import { decodeJwt } from 'jose';
import { expect, test } from 'vitest';
import {
  tokenIssuer,
  tokenVerifier,
} from '../../../../src/kube/apiserver/authentication/service-account-tokens.ts';
import { FakeClock } from '../../../../src/lib/clock.ts';
import { memoryObjects } from '../memory-objects.ts';

const issuer = 'https://10.240.0.40:6443';
const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
const otherKeys = generateKeyPairSync('rsa', { modulusLength: 2048 });

function setUp() {
  const clock = new FakeClock();
  const objects = memoryObjects();
  objects.put('', 'serviceaccounts', { metadata: { namespace: 'default', name: 'web', uid: 'sa-1' } });
  objects.put('', 'pods', { metadata: { namespace: 'default', name: 'web-0', uid: 'pod-1' } });
  const common = { issuer, audiences: [issuer], clock };
  return {
    clock,
    objects,
    issue: tokenIssuer({ ...common, signingKey: keys.privateKey, publicKey: keys.publicKey }),
    forge: tokenIssuer({ ...common, signingKey: otherKeys.privateKey, publicKey: otherKeys.publicKey }),
    verifier: tokenVerifier({
      issuers: [issuer],
      audiences: [issuer],
      keys: [keys.publicKey],
      objects,
      clock,
    }),
  };
}

const request = {
  serviceAccount: { namespace: 'default', name: 'web', uid: 'sa-1' },
  audiences: [],
  expirationSeconds: 3600,
  pod: { name: 'web-0', uid: 'pod-1' },
};

test('a token says who bears it, for whom, and until when', async () => {
  const { issue, clock } = setUp();
  const { token, expirationTimestamp } = await issue.issue(request);
  const now = clock.now() / 1000;
  expect(decodeJwt(token)).toMatchObject({
    iss: issuer,
    aud: [issuer],
    sub: 'system:serviceaccount:default:web',
    exp: now + 3600,
    'kubernetes.io': {
      namespace: 'default',
      serviceaccount: { name: 'web', uid: 'sa-1' },
      pod: { name: 'web-0', uid: 'pod-1' },
    },
  });
  expect(Date.parse(expirationTimestamp) / 1000).toBe(now + 3600);
});

test('its bearer is the service account, in its groups, with the pod as extra', async () => {
  const { issue, verifier } = setUp();
  const { token } = await issue.issue(request);
  expect(await verifier.authenticate({ bearerToken: token })).toMatchObject({
    username: 'system:serviceaccount:default:web',
    uid: 'sa-1',
    groups: ['system:serviceaccounts', 'system:serviceaccounts:default'],
    extra: { 'authentication.kubernetes.io/pod-name': ['web-0'] },
  });
});

test('a token dies with its time, with its pod and with its service account', async () => {
  const { issue, verifier, clock, objects } = setUp();
  const { token } = await issue.issue(request);
  await clock.advance(3_599_000);
  expect(await verifier.authenticate({ bearerToken: token })).toBeDefined();
  await clock.advance(1_000);
  await expect(verifier.verify(token, [issuer])).rejects.toThrow('expired');

  const second = (await issue.issue(request)).token;
  objects.put('', 'pods', {
    metadata: { namespace: 'default', name: 'web-0', uid: 'another pod of that name' },
  });
  await expect(verifier.verify(second, [issuer])).rejects.toThrow('pod has been deleted');

  const third = (await issue.issue({ ...request, pod: undefined as never })).token;
  objects.remove('', 'serviceaccounts', 'web');
  await expect(verifier.verify(third, [issuer])).rejects.toThrow('service account has been deleted');
});

test('a token for another audience, of another key or bent on the way is refused, without saying why', async () => {
  const { issue, forge, verifier } = setUp();
  const vault = (await issue.issue({ ...request, audiences: ['vault'] })).token;
  await expect(verifier.verify(vault, [issuer])).rejects.toThrow(
    'token audiences ["vault"] is invalid for the target audiences',
  );
  expect((await verifier.verify(vault, ['vault'])).audiences).toEqual(['vault']);
  for (const token of [
    (await forge.issue(request)).token,
    vault,
    `${(await issue.issue(request)).token.slice(0, -8)}AAAAAAAA`,
  ]) {
    await expect(verifier.authenticate({ bearerToken: token })).rejects.toMatchObject({
      code: 401,
      message: 'Unauthorized',
    });
  }
});
