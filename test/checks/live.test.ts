import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpsServer, type Server } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode, encode } from 'dns-packet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createJumpbox } from '../../src/checks/live/jumpbox.ts';
import { createMachines } from '../../src/checks/live/machines.ts';
import { nodeNetwork } from '../../src/checks/live/network.ts';
import { FakeClock } from '../../src/lib/clock.ts';
import type { LabClient } from '../../src/machines/client.ts';
import { loadTopology } from '../../src/machines/topology.ts';
import type { Workspace } from '../../src/machines/workspace.ts';
import { issueCertificate } from '../../src/pki/issue.ts';
import { rsaKeyToPem } from '../../src/pki/keys.ts';
import { testKey } from './certificates.ts';

/** Valid today by the real clock, since TLS goes by that. */
function certificate(cn: string, ip: string, ca?: string, day = 0) {
  const at = (days: number) => new Date(Date.now() + (days + day) * 86_400_000);
  return issueCertificate(
    {
      subject: [{ shortName: 'CN', value: cn }],
      publicKey: testKey(ca === undefined ? 9 : 0),
      notBefore: at(-2),
      notAfter: at(2),
      keyUsage: ca === undefined ? ['keyCertSign'] : ['digitalSignature', 'keyEncipherment'],
      extKeyUsage: ca === undefined ? [] : ['serverAuth', 'clientAuth'],
      ...(ca === undefined ? { ca: {} } : {}),
      names: { dns: [], ip: [ip], email: [], uri: [] },
    },
    { certificatePem: ca, key: testKey(9) },
  );
}

const ca = certificate('CA', '127.0.0.1');
const key = rsaKeyToPem(testKey(0));
const client = { cert: certificate('admin', '127.0.0.9', ca), key };
const servers: Server[] = [];

async function serve(cert: string): Promise<string> {
  const server = createHttpsServer(
    { key, cert, ca, requestCert: true, rejectUnauthorized: true },
    (request, response) => response.end(`hello ${request.headers.host}`),
  );
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

describe('HTTP over mutual TLS', () => {
  let url: string;
  beforeAll(async () => {
    url = await serve(certificate('kubernetes', '127.0.0.1', ca));
  });
  it('gives the answer, with the headers that were asked for', async () => {
    const outcome = await nodeNetwork.http({ url, tls: { ca, ...client }, headers: { host: 'kubernetes' } });
    expect(outcome).toMatchObject({ layer: 'http', status: 200, body: 'hello kubernetes' });
  });
  it('tells the layers of failure apart', async () => {
    const failing = async (at: string, tls: object) => {
      const outcome = await nodeNetwork.http({ url: at, tls });
      return outcome.layer === 'http' ? outcome.status : `${outcome.layer} ${outcome.code}`;
    };
    expect(await failing(url, client)).toBe('tls SELF_SIGNED_CERT_IN_CHAIN');
    expect(await failing(url, { ca })).toBe('tls ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED');
    const other = await serve(certificate('kubernetes', '10.32.0.1', ca));
    expect(await failing(other, { ca, ...client })).toBe('tls ERR_TLS_CERT_ALTNAME_INVALID');
    const old = await serve(certificate('kubernetes', '127.0.0.1', ca, -30));
    expect(await failing(old, { ca, ...client })).toBe('tls CERT_HAS_EXPIRED');
    expect(await failing(url, { ca, ...client, key: 'x' })).toMatch(/^tls ERR_OSSL/);
  });
  it('tells silence from refusal', async () => {
    const silent = createServer((socket) => socket.on('error', () => {}).resume());
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const outcome = await nodeNetwork.http({ url: `http://127.0.0.1:${port}/`, timeoutMs: 50 });
    expect(outcome).toMatchObject({ layer: 'connect', code: 'ETIMEDOUT' });
    expect(await nodeNetwork.port('127.0.0.1', port, 1000)).toEqual({ open: true });
    silent.close();
    await once(silent, 'close');
    expect(await nodeNetwork.port('127.0.0.1', port, 1000)).toEqual({ open: false, code: 'ECONNREFUSED' });
    expect(await nodeNetwork.http({ url: `http://127.0.0.1:${port}/` })).toMatchObject({
      layer: 'connect',
      code: 'ECONNREFUSED',
    });
  });
});

describe('DNS over UDP', () => {
  it('gives status and addresses', async () => {
    const server = createSocket('udp4');
    server.on('message', (message, from) => {
      const query = decode(message);
      const name = query.questions?.[0]?.name ?? '';
      const known = name === 'kubernetes.default.svc.cluster.local';
      const answer = encode({
        type: 'response',
        ...(query.id === undefined ? {} : { id: query.id }),
        flags: known ? 0 : 3,
        ...(query.questions === undefined ? {} : { questions: query.questions }),
        answers: known ? [{ type: 'A', name, ttl: 5, data: '10.32.0.1' }] : [],
      });
      server.send(answer, from.port, from.address);
    });
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    const at = `127.0.0.1:${server.address().port}`;
    expect(await nodeNetwork.dns(at, 'kubernetes.default.svc.cluster.local', 'A', 1000)).toEqual({
      status: 'NOERROR',
      addresses: ['10.32.0.1'],
    });
    expect(await nodeNetwork.dns(at, 'nobody', 'A', 1000)).toEqual({ status: 'NXDOMAIN', addresses: [] });
    server.close();
  });
});

describe('machines', () => {
  it('finds a unit by the name that one gives to systemctl', async () => {
    const unit = { name: 'etcd.service', loadState: 'loaded', enabled: true, activeState: 'active' };
    const lab = { machines: async () => [{ name: 'controller-0', power: 'on', units: [unit] }] };
    const workspace = { topology: loadTopology('hard-way'), machineRoot: () => tmpdir() };
    const machines = createMachines(
      workspace as unknown as Workspace,
      lab as unknown as LabClient,
      new FakeClock(),
    );
    for (const name of ['etcd', 'etcd.service'])
      expect(await machines.unit('controller-0', name)).toMatchObject({
        enabled: true,
        activeState: 'active',
      });
    expect(await machines.unit('controller-0', 'kubelet')).toMatchObject({ loadState: 'not-found' });
  });
});

describe('the jumpbox', () => {
  const folder = mkdtempSync(join(tmpdir(), 'k8s-lab-jumpbox-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  it('reads files of the workspace and runs commands in it', async () => {
    writeFileSync(join(folder, 'key.pem'), 'x');
    chmodSync(join(folder, 'key.pem'), 0o600);
    mkdirSync(join(folder, 'sub'));
    const jumpbox = createJumpbox(folder, process.env);
    expect(await jumpbox.stat('key.pem')).toEqual({ type: 'file', mode: 0o600, size: 1 });
    expect(await jumpbox.stat('none')).toBeUndefined();
    expect(await jumpbox.readFile('sub')).toBeUndefined();
    expect(await jumpbox.list('.')).toEqual(['key.pem', 'sub']);
    expect(await jumpbox.exec('cat key.pem; echo bad >&2; exit 3')).toEqual({
      exitCode: 3,
      stdout: 'x',
      stderr: 'bad\n',
    });
  });
});
