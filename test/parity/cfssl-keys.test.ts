import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { authority, ec, issue, nowMs, rsa } from '../pki/fake-io.ts';

/* openssl reads and believes what our cfssl makes, whatever the kind of key. */
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
describe.skipIf(!hasOpenssl)('openssl', () => {
  const folder = mkdtempSync(join(tmpdir(), 'k8s-lab-sign-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, encoding: 'utf8' });

  it.each([
    ['RSA', rsa],
    ['P-256', ec(256)],
    ['P-384', ec(384)],
    ['P-521', ec(521)],
  ])('believes the chain and reads the request of a key of %s', async (_name, key) => {
    const ca = await authority(key);
    const { issued } = await issue(ca, key);
    const files = { 'ca.pem': ca.cert, 'x.pem': issued!.cert, 'x.key': issued!.key, 'x.csr': issued!.csr };
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    const seconds = String(nowMs / 1000);
    const verify = [
      'verify',
      '-x509_strict',
      '-attime',
      seconds,
      '-purpose',
      'sslserver',
      '-CAfile',
      'ca.pem',
      'x.pem',
    ];
    expect(openssl(...verify)).toBe('x.pem: OK\n');
    const publicKey = openssl('x509', '-in', 'x.pem', '-noout', '-pubkey');
    expect(openssl('pkey', '-in', 'x.key', '-pubout')).toBe(publicKey);
    expect(openssl('req', '-in', 'x.csr', '-noout', '-pubkey')).toBe(publicKey);
    expect(spawnSync('openssl', ['req', '-in', 'x.csr', '-noout', '-verify'], { cwd: folder }).status).toBe(
      0,
    );
  });
});
