import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLogger } from '../../src/lib/log.ts';
import { selfSignedCertificate } from '../../src/lib/self-signed.ts';
import { serveHttp } from '../../src/loadbalancer/http-frontend.ts';
import { listen } from '../../src/loadbalancer/tcp-frontend.ts';

const quiet = createLogger({ format: 'klog', caller: 'test', write: () => {} });
let folder: string;
let ca: string;
let closers: (() => void)[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lb-'));
  ca = join(folder, 'ca.pem');
  closers = [() => rmSync(folder, { recursive: true })];
});
afterEach(() => {
  for (const close of closers.reverse()) close();
});

/** An API server in miniature: says `ok`, and how many connections it was asked on. */
async function apiServer(certificate: { cert: string; key: string }, port = 0) {
  const server = https.createServer(certificate, (request, response) => {
    response.writeHead(request.url === '/healthz' ? 200 : 500).end('ok');
  });
  let connections = 0;
  server.on('secureConnection', () => connections++);
  await listen(server, { host: '127.0.0.1', port });
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  closers.push(close);
  return { port: (server.address() as AddressInfo).port, connections: () => connections, close };
}

async function healthProxy(to: string) {
  const free = net.createServer();
  await listen(free, { host: '127.0.0.1', port: 0 });
  const { port } = free.address() as AddressInfo;
  await new Promise((resolve) => free.close(resolve));
  closers.push(
    await serveHttp(
      {
        mode: 'http',
        name: 'healthz',
        listen: { host: '127.0.0.1', port },
        routes: [{ path: '/healthz', to, ca }],
      },
      quiet,
    ),
  );
  return async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: answer.status, body: await answer.text() };
  };
}

test('a known path is asked of the server behind, many times on one connection; others are not found', async () => {
  const certificate = selfSignedCertificate('kubernetes');
  writeFileSync(ca, certificate.cert);
  const server = await apiServer(certificate);
  const ask = await healthProxy(`https://127.0.0.1:${server.port}/healthz`);
  for (let n = 0; n < 3; n++) expect(await ask('/healthz')).toEqual({ status: 200, body: 'ok' });
  expect(server.connections()).toBe(1);
  expect(await ask('/metrics')).toEqual({ status: 404, body: '404 page not found\n' });
});

test('a server that is gone is a bad gateway, and one that is back is asked again', async () => {
  const certificate = selfSignedCertificate('kubernetes');
  writeFileSync(ca, certificate.cert);
  const server = await apiServer(certificate);
  const ask = await healthProxy(`https://127.0.0.1:${server.port}/healthz`);
  expect((await ask('/healthz')).status).toBe(200);
  server.close();
  await expect
    .poll(async () => (await ask('/healthz')).body)
    .toContain('502 Bad Gateway: connect ECONNREFUSED');
  await apiServer(certificate, server.port);
  expect(await ask('/healthz')).toEqual({ status: 200, body: 'ok' });
});

test('the CA is read anew for each request: one that is missing or wrong is told, a right one needs no restart', async () => {
  const certificate = selfSignedCertificate('kubernetes');
  const server = await apiServer(certificate);
  const ask = await healthProxy(`https://127.0.0.1:${server.port}/healthz`);
  expect((await ask('/healthz')).body).toContain('no such file');
  writeFileSync(ca, selfSignedCertificate('another').cert);
  expect((await ask('/healthz')).status).toBe(502);
  writeFileSync(ca, certificate.cert);
  expect(await ask('/healthz')).toEqual({ status: 200, body: 'ok' });
});
