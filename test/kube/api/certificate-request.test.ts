import { generateKeyPairSync } from 'node:crypto';
import { expect, it } from 'vitest';
import { parseCertificateRequest } from '../../../src/kube/api/certificate-request.ts';
import { createRequest } from '../../../src/pki/issue.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const keys = {
  RSA: () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  ECDSA: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
};
const wanted = {
  CN: 'bob',
  names: [{ O: 'dev' }, { O: 'ops' }],
  hosts: ['web.example', '10.0.0.1'],
  key: { algo: 'rsa', size: 2048 },
};

it.each(['RSA', 'ECDSA'] as const)('reads who asks for what, with a key of %s', (type) => {
  const parsed = parseCertificateRequest(base64(createRequest(wanted, keys[type]())));
  expect(parsed).toMatchObject({ commonName: 'bob', organizations: ['dev', 'ops'] });
  expect([...parsed.nameKinds].sort()).toEqual([2, 7]);
});

it('without other names there are none', () => {
  const parsed = parseCertificateRequest(base64(createRequest({ ...wanted, hosts: [] }, keys.ECDSA())));
  expect(parsed.alternativeNames).toBeUndefined();
});

it.each([
  ['no PEM', 'hello'],
  ['another block', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
])('refuses %s', (_name, text) => {
  expect(() => parseCertificateRequest(base64(text))).toThrow('PEM block type must be CERTIFICATE REQUEST');
});

it('refuses what is cut off, and what somebody changed', () => {
  const pem = createRequest(wanted, keys.ECDSA());
  const body = Buffer.from(pem.split('-----')[2]!, 'base64');
  const wrap = (der: Buffer) =>
    base64(
      `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----`,
    );
  expect(() => parseCertificateRequest(wrap(body.subarray(0, 40)))).toThrow('data truncated');
  const forged = Buffer.from(body.toString('latin1').replace('bob', 'eve'), 'latin1');
  expect(() => parseCertificateRequest(wrap(forged))).toThrow('does not belong to its key');
});
