import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluateCheck } from '../../src/checks/index.ts';
import type { CheckResult, CheckSpec } from '../../src/checks/types.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { packageRoot } from '../../src/lib/package-root.ts';
import { cfssl } from '../../src/pki/cfssl/cfssl.ts';
import { cfssljson } from '../../src/pki/cfssl/cfssljson.ts';
import type { CfsslIo } from '../../src/pki/cfssl/io.ts';
import { parseCertificate } from '../../src/pki/index.ts';
import { type FakeFile, fakeContext } from '../checks/fake-context.ts';

/*
 * One body of checks, two makers of certificates: ours (cfssl and cfssljson on the course's own requests) and openssl with the
 * settings of the edition that uses it (RSA 4096, 3653 days, X.crt and X.key). And openssl reads what ours wrote.
 */
const folder = mkdtempSync(join(tmpdir(), 'k8s-lab-pki-'));
afterAll(() => rmSync(folder, { recursive: true }));

const openssl = (args: readonly string[]) =>
  execFileSync('openssl', [...args], { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

const hosts = [
  '10.32.0.1',
  '10.240.0.10',
  '10.240.0.11',
  '10.240.0.12',
  '10.240.0.40',
  '127.0.0.1',
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster',
  'kubernetes.default.svc.cluster.local',
];

interface Identity {
  readonly name: string;
  readonly cn: string;
  readonly o: string;
  readonly hosts?: readonly string[];
}
const identities: readonly Identity[] = [
  { name: 'admin', cn: 'admin', o: 'system:masters' },
  { name: 'kube-scheduler', cn: 'system:kube-scheduler', o: 'system:kube-scheduler' },
  {
    name: 'kube-controller-manager',
    cn: 'system:kube-controller-manager',
    o: 'system:kube-controller-manager',
  },
  { name: 'kube-proxy', cn: 'system:kube-proxy', o: 'system:node-proxier' },
  { name: 'service-account', cn: 'service-accounts', o: 'Kubernetes' },
  { name: 'kubernetes', cn: 'kubernetes', o: 'Kubernetes', hosts },
];

async function makeWithCfssl(): Promise<void> {
  const certs = join(packageRoot(), 'certs');
  const run = async (args: readonly string[], base: string) => {
    let stdout = '';
    const io: CfsslIo = {
      clock: systemClock,
      stdout: (text) => {
        stdout += text;
      },
      stderr: () => {},
      readFile: (path) => readFileSync(path, 'utf8'),
      readStdin: async () => stdout,
    };
    expect(await cfssl(args, io)).toBe(0);
    expect(await cfssljson(['-bare', join(folder, base)], io)).toBe(0);
  };
  await run(['gencert', '-initca', join(certs, 'ca-csr.json')], 'ca');
  for (const { name, hosts: names } of identities) {
    const flags = [
      `-ca=${join(folder, 'ca.pem')}`,
      `-ca-key=${join(folder, 'ca-key.pem')}`,
      `-config=${join(certs, 'ca-config.json')}`,
      '-profile=kubernetes',
      ...(names === undefined ? [] : [`-hostname=${names.join(',')}`]),
    ];
    await run(['gencert', ...flags, join(certs, `${name}-csr.json`)], name);
  }
}

function makeWithOpenssl(): void {
  // The CA has the edition's 4096 bits; the rest has 2048 here, since making them is slow.
  openssl(['genrsa', '-out', 'ca.key', '4096']);
  openssl([
    'req',
    '-x509',
    '-new',
    '-sha512',
    '-noenc',
    '-key',
    'ca.key',
    '-days',
    '3653',
    '-subj',
    '/CN=Kubernetes',
    '-addext',
    'keyUsage=cRLSign,keyCertSign',
    '-out',
    'ca.crt',
  ]);
  for (const { name, cn, o, hosts: names } of identities) {
    openssl(['genrsa', '-out', `${name}.key`, '2048']);
    openssl(['req', '-new', '-key', `${name}.key`, '-subj', `/CN=${cn}/O=${o}`, '-out', `${name}.req`]);
    const sans = (names ?? []).map((host) => `${/^[\d.]+$/.test(host) ? 'IP' : 'DNS'}:${host}`).join(',');
    writeFileSync(
      join(folder, 'extensions'),
      `basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment\nextendedKeyUsage=clientAuth,serverAuth\n${sans === '' ? '' : `subjectAltName=${sans}\n`}`,
    );
    openssl([
      'x509',
      '-req',
      '-days',
      '3653',
      '-in',
      `${name}.req`,
      '-sha256',
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-extfile',
      'extensions',
      '-out',
      `${name}.crt`,
    ]);
    chmodSync(join(folder, `${name}.key`), 0o600);
  }
}

function check(spec: CheckSpec, paths: readonly string[]): Promise<CheckResult> {
  const files: Record<string, FakeFile> = {};
  for (const path of paths)
    files[path] = {
      content: readFileSync(join(folder, path), 'utf8'),
      mode: statSync(join(folder, path)).mode & 0o777,
    };
  return evaluateCheck(spec, { ...fakeContext({ files }), clock: systemClock });
}

describe.skipIf(!hasOpenssl).each([
  { maker: 'cfssl', certificate: '.pem', key: '-key.pem', make: makeWithCfssl },
  { maker: 'openssl', certificate: '.crt', key: '.key', make: async () => makeWithOpenssl() },
])('certificates made with $maker', ({ certificate, key, make }) => {
  beforeAll(make);

  it.each(identities)('the check of $name passes', async ({ name, cn, o, hosts: sans }) => {
    const spec = {
      kind: 'x509',
      title: name,
      cert: `${name}${certificate}`,
      key: `${name}${key}`,
      ca: `ca${certificate}`,
      cn,
      o: [o],
      usages: ['digitalSignature', 'clientAuth'],
      ...(sans === undefined ? {} : { sans }),
    };
    expect(await check(spec, [spec.cert, spec.key, spec.ca])).toEqual({ state: 'pass' });
  });
  it('the check of the CA passes', async () => {
    const spec = {
      kind: 'x509',
      title: 'CA',
      cert: `ca${certificate}`,
      ca: `ca${certificate}`,
      cn: 'Kubernetes',
      isCA: true,
      usages: ['keyCertSign'],
    };
    expect(await check(spec, [spec.cert])).toEqual({ state: 'pass' });
  });
  it('a CA in place of another turns it red', async () => {
    const spec = { kind: 'x509', title: 'x', cert: `admin${certificate}`, ca: `kube-proxy${certificate}` };
    expect(await check(spec, [spec.cert, spec.ca])).toMatchObject({ state: 'fail', reason: 'wrong-issuer' });
  });
  it('openssl verifies the chain, for clients and for the server', () => {
    const verify = (name: string, purpose: string) =>
      openssl([
        'verify',
        '-x509_strict',
        '-purpose',
        purpose,
        '-CAfile',
        `ca${certificate}`,
        `${name}${certificate}`,
      ]);
    // -x509_strict wants key identifiers, which the edition's own openssl settings may leave out of the CA's certificate.
    if (certificate === '.pem') expect(verify('admin', 'sslclient')).toBe('admin.pem: OK\n');
    expect(
      openssl(['verify', '-purpose', 'sslserver', '-CAfile', `ca${certificate}`, `kubernetes${certificate}`]),
    ).toBe(`kubernetes${certificate}: OK\n`);
  });
  it('openssl x509 and our inspection read the same', () => {
    const path = join(folder, `kubernetes${certificate}`);
    const ours = parseCertificate(readFileSync(path, 'utf8'));
    const value = (flag: string) =>
      openssl(['x509', '-in', path, '-noout', flag]).trim().split('=').slice(1).join('=');
    expect(value('-serial')).toBe(ours.serial);
    expect(value('-modulus').toLowerCase()).toBe(ours.modulus);
    expect(new Date(value('-enddate'))).toEqual(ours.notAfter);
    const text = openssl(['x509', '-in', path, '-noout', '-text']);
    for (const san of ours.sans.dns) expect(text).toContain(`DNS:${san}`);
    for (const san of ours.sans.ip) expect(text).toContain(`IP Address:${san}`);
    expect(ours.sans.dns.length + ours.sans.ip.length).toBe(hosts.length);
  });
});

describe.skipIf(!hasOpenssl)('an elliptic curve certificate of openssl', () => {
  it('is inspected all the same', () => {
    openssl([
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-noenc',
      '-keyout',
      'ec.key',
      '-subj',
      '/O=a/O=b/CN=ec',
      '-addext',
      'subjectAltName=IP:10.0.0.1,DNS:x',
      '-out',
      'ec.crt',
    ]);
    const certificate = parseCertificate(readFileSync(join(folder, 'ec.crt'), 'utf8'));
    expect(certificate).toMatchObject({
      keyAlgorithm: 'ec',
      modulusBits: undefined,
      sans: { dns: ['x'], ip: ['10.0.0.1'] },
    });
    expect(certificate.subject).toMatchObject({ CN: 'ec', O: ['a', 'b'] });
  });
});

describe.skipIf(!hasOpenssl)('what people do with openssl', () => {
  const write = (name: string, args: readonly string[]) => openssl([...args, '-out', name]);
  const x509 = (more: object) => ({
    kind: 'x509',
    title: 'x',
    cert: 'e.crt',
    key: 'e.key',
    ca: 'e-ca.crt',
    ...more,
  });
  const files = ['e.crt', 'e.key', 'e-ca.crt'];
  beforeAll(() => {
    const curve = ['-pkeyopt', 'ec_paramgen_curve:P-256'];
    write('e-ca.key', ['genpkey', '-algorithm', 'EC', ...curve]);
    write('e-ca.crt', ['req', '-x509', '-new', '-key', 'e-ca.key', '-subj', '/CN=Kubernetes', '-days', '10']);
    write('e.key', ['ecparam', '-name', 'prime256v1', '-genkey', '-noout']);
    chmodSync(join(folder, 'e.key'), 0o600);
    write('e.req', ['req', '-new', '-key', 'e.key', '-subj', '/O=system:nodes/CN=system:node:worker-0']);
    writeFileSync(
      join(folder, 'e.ext'),
      'keyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth,serverAuth\nsubjectAltName=DNS:worker-0,IP:10.240.0.20\n',
    );
    write('e.crt', [
      'x509',
      '-req',
      '-in',
      'e.req',
      '-CA',
      'e-ca.crt',
      '-CAkey',
      'e-ca.key',
      '-CAcreateserial',
      '-extfile',
      'e.ext',
      '-days',
      '10',
    ]);
  });

  it('a chain of elliptic curves passes', async () =>
    expect(
      await check(
        x509({
          cn: 'system:node:worker-0',
          o: ['system:nodes'],
          usages: ['clientAuth', 'serverAuth'],
          sans: ['worker-0', '10.240.0.20'],
        }),
        files,
      ),
    ).toEqual({ state: 'pass' }));
  it('a certificate in DER, and a key with a passphrase, are told', async () => {
    write('e.der', ['x509', '-in', 'e.crt', '-outform', 'der']);
    expect(await check(x509({ cert: 'e.der' }), [...files, 'e.der'])).toMatchObject({
      reason: 'not-a-certificate',
      message: 'e.der is not a certificate: the file is DER, the binary form, not PEM.',
    });
    for (const [name, args] of [
      ['locked8.key', ['pkcs8', '-topk8', '-in', 'e.key', '-passout', 'pass:secret']],
      ['locked1.key', ['ec', '-in', 'e.key', '-aes256', '-passout', 'pass:secret']],
    ] as const) {
      write(name, args);
      chmodSync(join(folder, name), 0o600);
      expect(await check(x509({ key: name }), [...files, name])).toMatchObject({
        reason: 'not-a-key',
        message: `${name} is not a private key: the private key is encrypted.`,
      });
    }
  });
  it('a certificate that signs itself, as a first try often does, is told', async () => {
    write('self.crt', [
      'req',
      '-x509',
      '-new',
      '-key',
      'e.key',
      '-subj',
      '/CN=system:node:worker-0',
      '-days',
      '10',
    ]);
    expect(await check(x509({ cert: 'self.crt' }), [...files, 'self.crt'])).toMatchObject({
      reason: 'wrong-issuer',
      message:
        'self.crt was issued by system:node:worker-0, not by e-ca.crt: nobody in the cluster trusts that CA.',
      // openssl req -x509 makes a CA unless it is told otherwise.
      also: [{ reason: 'unexpected-ca' }],
    });
  });
});
