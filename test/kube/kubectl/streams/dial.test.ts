import { once } from 'node:events';
import { type AddressInfo, connect, createServer as createTcpServer, type Server } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { dialServer } from '../../../../src/kube/kubectl/streams/dial.ts';
import { selfSignedCertificate } from '../../../../src/lib/self-signed.ts';

const server = selfSignedCertificate('apiserver');
const client = selfSignedCertificate('admin');
const servers: Server[] = [];

async function listen(listener: Server): Promise<number> {
  servers.push(listener);
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return (listener.address() as AddressInfo).port;
}

const startTls = () =>
  createServer({
    cert: server.cert,
    key: server.key,
    requestCert: true,
    rejectUnauthorized: false,
    ALPNProtocols: ['h2', 'http/1.1'],
  });

afterEach(async () => {
  await Promise.all(servers.splice(0).map((one) => new Promise((resolve) => one.close(resolve))));
});

test('TLS with our certificate, for HTTP/1.1, through whatever connection is dialled', async () => {
  const tls = startTls();
  const accepted = once(tls, 'secureConnection') as Promise<[TLSSocket]>;
  const port = await listen(tls);
  const socket = await dialServer({
    // An address that only the dialled connection leads to.
    server: 'https://10.240.0.40:6443',
    tlsServerName: 'apiserver',
    ca: server.cert,
    cert: client.cert,
    key: client.key,
    dial: async () => connect({ port, host: '127.0.0.1' }),
  });
  const [far] = await accepted;
  expect([far.alpnProtocol, far.getPeerCertificate().subject.CN]).toEqual(['http/1.1', 'admin']);
  socket.destroy();
});

test('a certificate that nobody vouches for, a name that it lacks, a port where nobody listens', async () => {
  const port = await listen(startTls());
  const code = (fields: object) =>
    dialServer({ server: `https://127.0.0.1:${port}`, ...fields }).then(
      () => 'connected',
      (error: NodeJS.ErrnoException) => error.code,
    );
  expect(await code({})).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
  expect(await code({ ca: server.cert, tlsServerName: 'other' })).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  const closed = await listen(createTcpServer());
  await new Promise((resolve) => servers.pop()!.close(resolve));
  expect(await code({ server: `https://127.0.0.1:${closed}` })).toBe('ECONNREFUSED');
  expect(await code({ server: `http://127.0.0.1:${closed}` })).toBe('ECONNREFUSED');
});
