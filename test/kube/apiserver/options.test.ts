import { createPublicKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSigningKey } from '../../../src/kube/apiserver/authentication/service-account-keys.ts';
import { completeOptions, parseArguments, parsePortRange } from '../../../src/kube/apiserver/options.ts';
import { createCertificates } from './support/test-server.ts';

let folder: string;
let good: Record<string, string>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'apiserver-options-'));
  const { ca, key, issue } = await createCertificates();
  const own = issue('kubernetes');
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  good = {
    'advertise-address': '10.240.0.10',
    'allow-privileged': 'true',
    'apiserver-count': '3',
    'audit-log-maxage': '30',
    'audit-log-maxbackup': '3',
    'audit-log-maxsize': '100',
    'audit-log-path': '/var/log/audit.log',
    'authorization-mode': 'Node,RBAC',
    'bind-address': '0.0.0.0',
    'client-ca-file': file('ca.pem', ca),
    'enable-admission-plugins': 'NamespaceLifecycle,NodeRestriction',
    'etcd-servers': 'https://10.240.0.10:2379,https://10.240.0.11:2379',
    'event-ttl': '1h',
    'encryption-provider-config': file(
      'encryption-config.yaml',
      `kind: EncryptionConfiguration\napiVersion: apiserver.config.k8s.io/v1\nresources: [{resources: [secrets], providers: [{aescbc: {keys: [{name: key1, secret: ${Buffer.alloc(32).toString('base64')}}]}}, {identity: {}}]}]\n`,
    ),
    'runtime-config': 'api/all=true',
    'service-account-key-file': file(
      'sa.pem',
      createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString(),
    ),
    'service-account-signing-key-file': file('sa-key.pem', own.key),
    'service-account-issuer': 'https://10.240.0.40:6443',
    'service-cluster-ip-range': '10.32.0.0/24',
    'service-node-port-range': '30000-32767',
    'tls-cert-file': file('kubernetes.pem', own.cert),
    'tls-private-key-file': file('kubernetes-key.pem', own.key),
    v: '2',
  };
  file('other-key.pem', (await createCertificates()).issue('x').key);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a program would print. */
function told(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return String(error);
  }
  return 'nothing';
}

const complete = (changes: Record<string, string | undefined> = {}) => {
  const flags = Object.entries({ ...good, ...changes }).filter(([, value]) => value !== undefined);
  return completeOptions(parseArguments(flags.map(([name, value]) => `--${name}=${value}`)));
};

describe('the flags of the unit file', () => {
  test('are all understood', () => {
    const options = complete();
    expect(options.advertiseAddress).toBe('10.240.0.10');
    expect(options.etcd.endpoints).toHaveLength(2);
    expect(options.serviceCidr.text).toBe('10.32.0.0/24');
    expect(options.nodePorts).toEqual({ first: 30_000, last: 32_767 });
    expect(options.audit).toEqual({
      path: '/var/log/audit.log',
      maxSizeMb: 100,
      maxBackups: 3,
      maxAgeDays: 30,
    });
  });

  test.each([
    [{ 'no-such-flag': 'x' }, 'unknown flag: --no-such-flag'],
    [
      { 'service-cluster-ip-range': '10.32.0/24' },
      'specified --service-cluster-ip-range is invalid: 10.32.0/24',
    ],
    [{ 'service-cluster-ip-range': '10.32.0.0/30' }, 'is too small'],
    [{ 'authorization-mode': 'Node,ABAC' }, 'authorization-mode "ABAC"'],
    [{ 'client-ca-file': '/nowhere/ca.pem' }, 'open /nowhere/ca.pem: no such file or directory'],
    [{ 'etcd-servers': undefined }, '--etcd-servers must be specified'],
    [{ 'etcd-servers': '10.240.0.10:2379' }, 'is no URL'],
    [{ 'tls-cert-file': undefined }, '--tls-cert-file is needed'],
    [{ 'service-account-issuer': undefined }, '--service-account-issuer is a required flag'],
    [{ 'advertise-address': undefined }, '--advertise-address is needed'],
    [{ 'feature-gates': 'Magic=true' }, 'unrecognized feature gate: Magic'],
    [{ 'service-node-port-range': '5-1' }, 'is no range of ports'],
  ])('%o is refused: %s', (changes, message) => {
    expect(() => complete(changes)).toThrow(message);
  });

  test('a key that is not the certificate’s is noticed at the start', () => {
    expect(() => complete({ 'tls-private-key-file': join(folder, 'other-key.pem') })).toThrow(
      'tls: private key does not match public key',
    );
  });

  test('a cut or missing key of the service accounts is told in words, not in numbers of OpenSSL', () => {
    const key = good['service-account-signing-key-file']!;
    const cut = join(folder, 'cut-key.pem');
    writeFileSync(cut, readFileSync(key).subarray(0, 400));
    expect(told(() => readSigningKey(cut))).toBe(
      `failed to parse service-account-issuer-key-file (${cut}): give the private key in PEM format, whole`,
    );
    expect(told(() => readSigningKey('/nowhere/sa-key.pem'))).toBe(
      'open /nowhere/sa-key.pem: no such file or directory (--service-account-signing-key-file): copy the file there',
    );
    expect(told(() => complete({ 'tls-private-key-file': cut }))).toBe(
      `tls: failed to parse private key (${cut}): give the private key in PEM format, whole`,
    );
  });

  test('a range of ports may say its size', () => {
    expect(parsePortRange('30000+9')).toEqual({ first: 30_000, last: 30_009 });
  });
});
