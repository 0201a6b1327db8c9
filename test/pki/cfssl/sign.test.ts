import { describe, expect, it } from 'vitest';
import { keyMatches, parseCertificate, parsePrivateKey, verifyChain } from '../../../src/pki/index.ts';
import { authority, ec, type Issued, issue, nowMs, request, rsa, runCfssl } from '../fake-io.ts';

const certinfo = async (flag: string, pem: string) =>
  JSON.parse((await runCfssl(['certinfo', flag, 'x'], { x: pem })).stdout) as Record<string, unknown>;

describe('keys', () => {
  it.each([
    [rsa, 'RSA PRIVATE KEY', 'SHA256WithRSA', 'RSA', 2048],
    [{ algo: 'rsa', size: 3072 }, 'RSA PRIVATE KEY', 'SHA384WithRSA', 'RSA', 3072],
    [ec(256), 'EC PRIVATE KEY', 'ECDSAWithSHA256', 'ECDSA', 256],
    [ec(384), 'EC PRIVATE KEY', 'ECDSAWithSHA384', 'ECDSA', 384],
    [ec(521), 'EC PRIVATE KEY', 'ECDSAWithSHA512', 'ECDSA', 521],
    // Without a key section, as upstream.
    [undefined, 'EC PRIVATE KEY', 'ECDSAWithSHA256', 'ECDSA', 256],
  ])('%j', async (key, label, algorithm, kind, bits) => {
    const ca = await authority(key);
    expect(ca.key.split('\n')[0]).toBe(`-----BEGIN ${label}-----`);
    const certificate = parseCertificate(ca.cert);
    expect(keyMatches(certificate, parsePrivateKey(ca.key))).toBe(true);
    expect(verifyChain(certificate, certificate, nowMs)).toBeUndefined();
    expect(await certinfo('-cert', ca.cert)).toMatchObject({
      sigalg: algorithm,
      subject: { common_name: 'CA' },
    });
    expect(await certinfo('-csr', ca.csr)).toMatchObject({
      Subject: { common_name: 'CA', organization: 'o' },
      PublicKeyAlgorithm: kind,
      PublicKeyBits: bits,
      SignatureAlgorithm: algorithm,
    });
  });
  it.each([
    [{ algo: 'rsa', size: 1024 }, 'RSA key is too weak'],
    [{ algo: 'rsa', size: 16_384 }, 'RSA key size too large'],
    [ec(224), 'invalid curve'],
    [ec(0), 'invalid curve'],
    [{ algo: 'dsa', size: 2048 }, 'invalid algorithm'],
    [{ algo: '', size: 0 }, 'invalid algorithm'],
    [{ algo: 'ed25519', size: 0 }, 'ed25519 keys are not supported'],
  ])('refuses %j', async (key, message) => {
    const run = await runCfssl(['gencert', '-initca', 'x'], { x: request('CA', key) });
    expect([run.exitCode, run.stdout]).toEqual([1, '']);
    expect(run.stderr.split('\n').at(-2)).toContain(`{"code":2400,"message":"${message}`);
  });
});

describe('signing', () => {
  it.each([
    ['an RSA CA, an ECDSA key', rsa, ec(256), 'SHA256WithRSA'],
    ['an ECDSA CA, an RSA key', ec(384), rsa, 'ECDSAWithSHA384'],
  ])('%s', async (_what, caKey, key, algorithm) => {
    const ca = await authority(caKey);
    const { issued } = await issue(ca, key);
    const certificate = parseCertificate(issued!.cert);
    expect(verifyChain(certificate, parseCertificate(ca.cert), nowMs)).toBeUndefined();
    expect(keyMatches(certificate, parsePrivateKey(issued!.key))).toBe(true);
    const [leaf, root] = [await certinfo('-cert', issued!.cert), await certinfo('-cert', ca.cert)];
    expect(leaf).toMatchObject({ sigalg: algorithm, issuer: root.subject, sans: ['10.32.0.1'] });
    // A chain is found by these: the issuer's is that of the CA, and one's own is another.
    expect(leaf.authority_key_id).toBe(root.subject_key_id);
    expect(leaf.subject_key_id).not.toBe(root.subject_key_id);
  });
  it('begins and ends as the profile says', async () => {
    const ca = await authority(ec(256));
    const dates = async (profile: object) => {
      const usages = ['signing'];
      const config = JSON.stringify({ signing: { profiles: { kubernetes: { usages, ...profile } } } });
      const { notBefore, notAfter } = parseCertificate((await issue(ca, ec(256), config)).issued!.cert);
      return [notBefore.getTime() - nowMs, notAfter.getTime() - notBefore.getTime()].map((ms) => ms / 60_000);
    };
    expect(await dates({ expiry: '8760h' })).toEqual([-5, 8760 * 60]);
    expect(await dates({ expiry: '1h30m', backdate: '1h' })).toEqual([-60, 90]);
    expect(await dates({ expiry: '1m', backdate: '-24h' })).toEqual([24 * 60, 1]);
  });
  it('a CA begins and ends as its request says', async () => {
    const run = await runCfssl(['gencert', '-initca', 'x'], {
      x: request('CA', ec(256), { ca: { expiry: '24h', backdate: '2h', pathlen: 1 } }),
    });
    const { notBefore, notAfter, isCA } = parseCertificate((JSON.parse(run.stdout) as Issued).cert);
    expect(isCA).toBe(true);
    expect(notBefore.getTime()).toBe(nowMs - 2 * 3_600_000);
    expect(notAfter.getTime() - notBefore.getTime()).toBe(24 * 3_600_000);
  });
  it('keeps the name of the CA byte for byte, whatever tool made it', async () => {
    const ca = await authority(rsa);
    const { issued } = await issue(ca, ec(256));
    expect(parseCertificate(issued!.cert).x509.issuer).toBe(parseCertificate(ca.cert).x509.subject);
  });
  it('refuses a CA whose key it cannot use', async () => {
    const ca = await authority(ec(256));
    const refused = async (key: string) => (await issue({ ...ca, key }, rsa)).stderr.split('\n').at(-2);
    expect(await refused((await authority(ec(256))).key)).toContain('"code":1000');
    expect(await refused('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----')).toBe(
      '{"code":2003,"message":"Failed to parse private key"}',
    );
    expect(await refused('-----BEGIN ENCRYPTED PRIVATE KEY-----')).toBe(
      '{"code":2100,"message":"Private key is encrypted."}',
    );
    const ed25519 =
      '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n';
    expect(await refused(ed25519)).toContain('{"code":2200,"message":"ed25519 keys are not supported');
  });
});
