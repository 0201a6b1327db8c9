import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import { type ListenTls, listen } from '../../../src/etcd/server/listener.ts';
import { LabError } from '../../../src/lib/errors.ts';
import { selfSignedCertificate } from '../../../src/lib/self-signed.ts';

const own = selfSignedCertificate('etcd');
const friend = selfSignedCertificate('friend');
const stranger = selfSignedCertificate('stranger');

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** What the member's journal says of a client that shows this certificate, and what the client got for an answer. */
async function knock(client: { readonly cert?: string; readonly key?: string }) {
  const tls: ListenTls = {
    cert: Buffer.from(own.cert),
    key: Buffer.from(own.key),
    ca: Buffer.from(friend.cert),
    requireClientCert: true,
  };
  const port = await freePort();
  const rejections: { from: string; why: string }[] = [];
  const { close } = await listen(new URL(`https://127.0.0.1:${port}`), tls, {
    stream: () => false,
    http: () => ({ status: 200, body: 'hello' }),
    onRejected: (from, why) => rejections.push({ from, why }),
  });
  const socket: TLSSocket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...client });
  socket.on('error', () => undefined);
  socket.write('GET / HTTP/1.1\r\nHost: etcd\r\nConnection: close\r\n\r\n');
  let answer = '';
  socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString();
  });
  const localPort = once(socket, 'secureConnect').then(() => socket.localPort);
  await once(socket, 'close');
  await close();
  return { rejections, answer, from: `127.0.0.1:${await localPort}` };
}

test('a client with a certificate of the trusted CA is let in', async () => {
  const { rejections, answer } = await knock(friend);
  expect(answer).toMatch(/^HTTP\/1\.1 200 [\s\S]*hello/);
  expect(rejections).toEqual([]);
});

test('the journal tells who was not let in, and why', async () => {
  const unknown = await knock(stranger);
  expect(unknown.answer).toBe('');
  expect(unknown.rejections).toEqual([
    {
      from: unknown.from,
      why: 'tls: failed to verify certificate: x509: certificate signed by unknown authority',
    },
  ]);
  const bare = await knock({});
  expect(bare.answer).toBe('');
  expect(bare.rejections).toEqual([{ from: bare.from, why: "tls: client didn't provide a certificate" }]);
});

test('an address that is taken is told in the words of the system', async () => {
  const port = await freePort();
  const url = new URL(`http://127.0.0.1:${port}`);
  const handlers = { stream: () => false, http: () => ({ status: 200 }) };
  const first = await listen(url, undefined, handlers);
  const error: unknown = await listen(url, undefined, handlers).catch((thrown: unknown) => thrown);
  await first.close();
  expect((error as LabError).message).toBe(`listen tcp 127.0.0.1:${port}: bind: address already in use`);
  expect(error).toBeInstanceOf(LabError);
});
