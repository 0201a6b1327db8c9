import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluateCheck } from '../../src/checks/index.ts';
import { etcdAccess } from '../../src/checks/live/etcd.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { generateRsaKey, privateKeyToPem } from '../../src/pki/index.ts';
import { issueCertificate, type KeyUsage } from '../../src/pki/issue.ts';
import { fakeContext } from '../checks/fake-context.ts';

/* A real etcd takes our certificates, and the checks of etcd tell the truth about it. */
const hasEtcd = spawnSync('etcd', ['--version']).status === 0;
const folder = mkdtempSync(join(tmpdir(), 'k8s-lab-etcd-'));
let etcd: ChildProcess | undefined;
let endpoint = '';
const files: Record<string, string> = {};

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function makeCertificates(): Promise<void> {
  const at = (days: number) => new Date(Date.now() + days * 86_400_000);
  const make = async (name: string, cn: string, by?: string) => {
    const key = await generateRsaKey(2048);
    const signer = by === undefined ? undefined : authorities.get(by);
    const usage: KeyUsage[] =
      signer === undefined ? ['keyCertSign'] : ['digitalSignature', 'keyEncipherment'];
    const pem = issueCertificate(
      {
        subject: [{ shortName: 'CN', value: cn }],
        publicKey: key,
        notBefore: at(-1),
        notAfter: at(1),
        keyUsage: usage,
        extKeyUsage: signer === undefined ? [] : ['serverAuth', 'clientAuth'],
        ...(signer === undefined ? { ca: {} } : {}),
        names: { dns: [], ip: ['127.0.0.1'], email: [], uri: [] },
      },
      { certificatePem: signer?.pem, key: signer?.key ?? key },
    );
    authorities.set(name, { pem, key });
    files[`${name}.pem`] = pem;
    files[`${name}-key.pem`] = privateKeyToPem(key);
  };
  const authorities = new Map<string, { pem: string; key: Awaited<ReturnType<typeof generateRsaKey>> }>();
  await make('ca', 'Kubernetes');
  await make('other', 'Other');
  await make('kubernetes', 'kubernetes', 'ca');
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(folder, name), content, { mode: 0o600 });
}

beforeAll(async () => {
  if (!hasEtcd) return;
  await makeCertificates();
  const peer = `http://127.0.0.1:${await freePort()}`;
  endpoint = `https://127.0.0.1:${await freePort()}`;
  const at = (name: string) => join(folder, name);
  const args = [
    '--name=controller-0',
    `--data-dir=${at('data')}`,
    `--listen-client-urls=${endpoint}`,
    `--advertise-client-urls=${endpoint}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=controller-0=${peer}`,
    '--client-cert-auth',
    `--trusted-ca-file=${at('ca.pem')}`,
    `--cert-file=${at('kubernetes.pem')}`,
    `--key-file=${at('kubernetes-key.pem')}`,
  ];
  etcd = spawn('etcd', args, { stdio: 'ignore' });
});
afterAll(async () => {
  if (etcd !== undefined && etcd.exitCode === null) {
    etcd.kill('SIGKILL');
    await once(etcd, 'exit');
  }
  rmSync(folder, { recursive: true });
});

describe.skipIf(!hasEtcd)('the etcd checks on a real etcd with our certificates', () => {
  const context = () => ({ ...fakeContext({ files }), clock: systemClock, etcd: etcdAccess });
  const spec = (more: object = {}) => ({
    kind: 'etcd',
    title: 'etcd',
    endpoints: [endpoint],
    members: ['controller-0'],
    ca: 'ca.pem',
    cert: 'kubernetes.pem',
    key: 'kubernetes-key.pem',
    ...more,
  });

  it('pass once it has elected itself', async () => {
    expect(await evaluateCheck(spec({ wait: '20s' }), context())).toEqual({ state: 'pass' });
  });
  it('say that the CA is another one', async () => {
    const result = await evaluateCheck(spec({ ca: 'other.pem' }), context());
    expect(result).toMatchObject({ state: 'fail', reason: 'none-answers' });
    expect(result.state === 'fail' && result.message).toContain('Its certificate is of another CA.');
  });
  it('say that a member is missing', async () => {
    const result = await evaluateCheck(spec({ members: ['controller-9'] }), context());
    expect(result).toMatchObject({ state: 'fail', reason: 'member-missing' });
  });
  it('say that a key is not there', async () => {
    const { members: _members, ...rest } = spec();
    const value = { ...rest, kind: 'etcd-value', name: '/registry/x', prefix: 'k8s:enc:' };
    expect(await evaluateCheck(value, context())).toMatchObject({ state: 'fail', reason: 'missing-key' });
  });
});
