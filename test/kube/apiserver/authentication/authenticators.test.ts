import { expect, test } from 'vitest';
import {
  anonymousUser,
  authenticateRequest,
  certificateAuthenticator,
} from '../../../../src/kube/apiserver/authentication/authenticators.ts';
import type { Authenticator } from '../../../../src/kube/apiserver/request.ts';
import { unauthorized } from '../../../../src/kube/apiserver/status-errors.ts';

const tokens: Authenticator = {
  async authenticate({ bearerToken }) {
    if (bearerToken === undefined) return undefined;
    if (bearerToken !== 'good') throw unauthorized();
    return { username: 'system:serviceaccount:default:web', groups: ['system:serviceaccounts'] };
  },
};
const all = [certificateAuthenticator, tokens];

test('a certificate gives the name by CN and the groups by O; who is known is authenticated', async () => {
  const certificate = { commonName: 'system:node:worker-0', organizations: ['system:nodes'] };
  expect(await authenticateRequest(all, { certificate }, { anonymous: true })).toEqual({
    username: 'system:node:worker-0',
    groups: ['system:nodes', 'system:authenticated'],
  });
  expect((await authenticateRequest(all, { bearerToken: 'good' }, { anonymous: true })).groups).toEqual([
    'system:serviceaccounts',
    'system:authenticated',
  ]);
});

test('no credentials make the anonymous user, where it is allowed', async () => {
  expect(await authenticateRequest(all, {}, { anonymous: true })).toEqual(anonymousUser);
  await expect(authenticateRequest(all, {}, { anonymous: false })).rejects.toMatchObject({ code: 401 });
});

test('a token that is refused, or that nobody knows, does not become anonymous', async () => {
  const stranger = { bearerToken: 'nobody knows me' };
  await expect(authenticateRequest(all, stranger, { anonymous: true })).rejects.toMatchObject({ code: 401 });
  await expect(
    authenticateRequest([certificateAuthenticator], stranger, { anonymous: true }),
  ).rejects.toMatchObject({ code: 401, message: 'Unauthorized' });
});

test('a certificate of another CA does not become anonymous; a token beside it counts', async () => {
  await expect(
    authenticateRequest(all, { refusedCertificate: true }, { anonymous: true }),
  ).rejects.toMatchObject({ code: 401, message: 'Unauthorized' });
  const both = { refusedCertificate: true, bearerToken: 'good' } as const;
  expect((await authenticateRequest(all, both, { anonymous: true })).username).toBe(
    'system:serviceaccount:default:web',
  );
});

test('a certificate in the name of the anonymous user gains nothing', async () => {
  const certificate = { commonName: 'system:anonymous', organizations: [] };
  expect((await authenticateRequest(all, { certificate }, { anonymous: true })).groups).toEqual([]);
});
