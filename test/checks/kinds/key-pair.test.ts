import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeCertificate, testKey } from '../certificates.ts';
import { testKind } from '../fake-context.ts';

describe('the key-pair check', () => {
  const { passes, fails } = testKind('key-pair');
  const pair = makeCertificate({ cn: 'service-accounts' });
  const spec = { public: 'sa.pem', private: 'sa-key.pem' };
  it('passes a pair', () => passes(spec, { files: { 'sa.pem': pair.pem, 'sa-key.pem': pair.keyPem } }));
  it('tells what is wrong', async () => {
    await fails(
      spec,
      { files: { 'sa-key.pem': pair.keyPem } },
      'missing',
      'sa.pem does not exist: service account tokens need both halves, one to sign and one to verify.',
    );
    await fails(
      spec,
      { files: { 'sa.pem': 'x', 'sa-key.pem': pair.keyPem } },
      'not-a-public-key',
      'sa.pem is not a certificate or public key: the file holds neither a certificate nor a public key.',
    );
    await fails(
      spec,
      { files: { 'sa.pem': pair.pem, 'sa-key.pem': pair.pem } },
      'not-a-private-key',
      'sa-key.pem is not a private key: the file holds a CERTIFICATE, not a PRIVATE KEY.',
    );
    const other = makeCertificate({ cn: 'x', key: testKey(1) });
    await fails(
      spec,
      { files: { 'sa.pem': pair.pem, 'sa-key.pem': other.keyPem } },
      'mismatch',
      /^sa-key\.pem does not belong to sa\.pem: tokens signed with the one would be refused by the other/,
    );
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString();
    await fails(
      spec,
      { files: { 'sa.pem': pair.pem, 'sa-key.pem': ec } },
      'not-rsa',
      'sa-key.pem is a key of type ec: tokens are signed with RS256 here.',
    );
    await fails({ ...spec, on: 'controller-0' }, { states: { 'controller-0': 'off' } }, 'machine-off', /off/);
    await fails(
      { ...spec, on: 'controller-0' },
      { states: { 'controller-0': 'missing' } },
      'machine-missing',
      /yet/,
    );
  });

  it('takes the public half in any form', async () => {
    const files = (half: string) => ({ files: { 'sa.pem': half, 'sa-key.pem': pair.keyPem } });
    const publicKey = createPublicKey(pair.key);
    await passes(spec, files(publicKey.export({ type: 'spki', format: 'pem' }).toString()));
    await passes(spec, files(publicKey.export({ type: 'pkcs1', format: 'pem' }).toString()));
    // The private half in place of the public one would lie on every API server.
    await fails(spec, files(pair.keyPem), 'not-a-public-key', /^sa\.pem is not a certificate or public key/);
  });
  it('names both halves when both are bad', async () => {
    const result = await fails(
      spec,
      { folders: ['sa.pem'], files: { 'sa-key.pem': '' } },
      'missing',
      'sa.pem is a folder, and a file is wanted: service account tokens need both halves, one to sign and one to verify.',
    );
    expect(result.also.map(({ message }) => message)).toEqual([
      'sa-key.pem is not a private key: the file is empty.',
    ]);
  });
});
