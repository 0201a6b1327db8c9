import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer as createHttpsServer, type Server } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { decode, encode } from 'dns-packet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeNetwork } from '../../../src/checks/live/network.ts';
import { issueCertificate } from '../../../src/pki/issue.ts';
import { privateKeyToPem } from '../../../src/pki/keys.ts';
import { testKey } from '../certificates.ts';

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
const key = privateKeyToPem(testKey(0));
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

describe('an answer that never ends', () => {
  it('is a timeout, as silence is', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbut');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const outcome = await nodeNetwork.http({ url: `http://127.0.0.1:${port}/`, timeoutMs: 100 });
    expect(outcome).toEqual({ layer: 'connect', code: 'ETIMEDOUT', message: 'no answer within 100 ms' });
    server.close();
  });
});

describe('DNS over UDP', () => {
  it('tells silence, and a server that speaks something else', async () => {
    const server = createSocket('udp4');
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    const at = `127.0.0.1:${server.address().port}`;
    expect(await nodeNetwork.dns(at, 'kubernetes', 'A', 50)).toEqual({ status: 'ETIMEDOUT', addresses: [] });
    server.on('message', (_message, from) => server.send(Buffer.from('x'), from.port, from.address));
    expect(await nodeNetwork.dns(at, 'kubernetes', 'A', 1000)).toEqual({ status: 'FORMERR', addresses: [] });
    server.close();
  });
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
