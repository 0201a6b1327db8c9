import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildDefaultNetwork, buildPreload, createLab, type TestLab } from './lab.ts';

let folder: string;
let lab: TestLab;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'usernet-preload-'));
  lab = createLab(await buildPreload(folder));
  buildDefaultNetwork(lab.network);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  openssl(
    ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=lab'.split(
      ' ',
    ),
    '-addext',
    'subjectAltName=IP:10.240.0.20,DNS:worker-0',
  );
  await lab.start('worker-0', servers()).line();
});
afterAll(async () => {
  await lab?.close();
  rmSync(folder, { recursive: true, force: true });
});

const moduleUrl = (name: string) => JSON.stringify(resolve('node_modules', name));
const prelude = () => `
import fs from 'node:fs'; import net from 'node:net'; import tls from 'node:tls'; import http from 'node:http'; import https from 'node:https'; import http2 from 'node:http2';
import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
const key = fs.readFileSync('${folder}/key.pem'), cert = fs.readFileSync('${folder}/cert.pem');
const mutual = { key, cert, ca: cert };
`;

const servers = () => `${prelude()}
const ready = [];
const up = (server, port) => ready.push(new Promise((done) => server.listen(port, done)));
up(tls.createServer({ ...mutual, requestCert: true, rejectUnauthorized: true }, (socket) => {
  socket.write(JSON.stringify([socket.getPeerCertificate().subject.CN, socket.remoteAddress, socket.remotePort, socket.localAddress, socket.localPort]) + '\\n');
  socket.pipe(socket);
}), 1);
up(https.createServer(mutual, (request, response) => response.end(request.httpVersion + ' ' + request.socket.remoteAddress)), 2);
up(http2.createSecureServer({ ...mutual, allowHTTP1: true, requestCert: true, rejectUnauthorized: false }, (request, response) => {
  const socket = request.stream?.session?.socket ?? request.socket;
  let size = 0;
  request.on('data', (chunk) => (size += chunk.length));
  request.on('end', () => response.end(request.httpVersion + ' ' + socket.remoteAddress + ' ' + size));
}), 3);
let connections = 0;
const plain = http.createServer((request, response) => response.end(String(connections)));
plain.on('connection', () => connections++);
up(plain, 4);
up(net.createServer({ allowHalfOpen: true }, (socket) => {
  let size = 0;
  socket.on('data', (chunk) => (size += chunk.length));
  socket.on('end', () => socket.end('got ' + size));
}), 5);
const big = Buffer.alloc(20_000_000, 'x');
up(net.createServer((socket) => socket.end(big)), 6);
up(net.createServer((socket) => socket.destroy()), 7);
up(http2.createServer((request, response) => response.end('h2c ' + request.stream.session.socket.remoteAddress)), 8);
const { WebSocketServer } = require(${moduleUrl('ws')});
const web = http.createServer(); up(web, 9);
new WebSocketServer({ server: web }).on('connection', (socket, request) => socket.on('message', (data) => socket.send(data + ' ' + request.socket.remoteAddress)));
const grpc = require(${moduleUrl('@grpc/grpc-js')});
const raw = { requestSerialize: (b) => b, requestDeserialize: (b) => b, responseSerialize: (b) => b, responseDeserialize: (b) => b };
const service = { echo: { path: '/lab.Echo/Echo', requestStream: false, responseStream: false, ...raw } };
const grpcServer = new grpc.Server();
grpcServer.addService(service, { echo: (call, done) => done(null, Buffer.from(call.request + ' ' + call.getPeer())) });
ready.push(new Promise((done, fail) => grpcServer.bindAsync('0.0.0.0:10', grpc.ServerCredentials.createSsl(cert, [{ private_key: key, cert_chain: cert }], true), (e) => (e ? fail(e) : done()))));
await Promise.all(ready);
console.log('up');
`;

const run = (source: string, namespace = 'controller-0') => lab.run(namespace, prelude() + source);
const collect = `const collect = (stream) => new Promise((done, fail) => { let text = ''; stream.setEncoding('utf8'); stream.on('data', (c) => (text += c)).on('end', () => done(text)).on('error', fail); });`;

describe('protocols over usernet', () => {
  it('does mutual TLS with both ends and checks the address against the certificate', async () => {
    const out = JSON.parse(
      await run(`
const socket = tls.connect({ host: '10.240.0.20', port: 1, ...mutual }, () => socket.write('echo'));
let text = ''; socket.on('data', (d) => { text += d; if (text.endsWith('echo')) { console.log(JSON.stringify([...JSON.parse(text.split('\\n')[0]), socket.localPort, socket.remoteAddress, socket.authorized])); socket.end(); } });`),
    );
    expect(out).toEqual(['lab', '10.240.0.10', out[5], '10.240.0.20', 1, out[5], '10.240.0.20', true]);
    expect(
      await run(
        `tls.connect({ host: 'localhost', port: 1, ...mutual }).on('error', (e) => console.log(e.message));`,
      ),
    ).toBe('connect ECONNREFUSED 127.0.0.1:1');
    expect(
      await run(
        `tls.connect({ host: 'localhost', port: 1, ...mutual }).on('error', (e) => console.log(e.code));`,
        'worker-0',
      ),
    ).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  it('fails TLS when no certificate is shown or nobody listens', async () => {
    expect(
      await run(
        `tls.connect({ host: '10.240.0.20', port: 1, ca: cert }).on('error', (e) => console.log(e.code)).resume();`,
      ),
    ).toContain('ERR_SSL');
    expect(
      await run(`tls.connect(11, '10.240.0.20').on('error', (e) => console.log(e.message, e.code));`),
    ).toBe('connect ECONNREFUSED 10.240.0.20:11 ECONNREFUSED');
    expect(await run(`https.get('https://10.200.1.5/').on('error', (e) => console.log(e.message));`)).toBe(
      'connect EHOSTUNREACH 10.200.1.5:443',
    );
  });

  it('serves https, http2 and HTTP/1.1 on one port', async () => {
    expect(
      await run(`${collect}
const get = (port) => new Promise((done, fail) => https.get({ host: '10.240.0.20', port, ca: cert }, (r) => done(collect(r))).on('error', fail));
const h2 = (url) => new Promise((done, fail) => { const session = http2.connect(url, { ca: cert }).on('error', fail); const stream = session.request({ ':method': 'POST' }); done(collect(stream).finally(() => session.close())); stream.end('x'.repeat(300000)); });
console.log(await get(2), '|', await get(3), '|', await h2('https://10.240.0.20:3'), '|', await h2('http://10.240.0.20:8'));`),
    ).toBe('1.1 10.240.0.10 | 1.1 10.240.0.10 0 | 2.0 10.240.0.10 300000 | h2c 10.240.0.10');
  });

  it('keeps connections alive in an agent', async () => {
    const out = await run(`${collect}
const agent = new http.Agent({ keepAlive: true });
const get = () => new Promise((done) => http.get({ host: '10.240.0.20', port: 4, agent }, (r) => done(collect(r))));
const first = await get(); await new Promise(setImmediate); const second = await get(); console.log(first === second); agent.destroy();`);
    expect(out).toBe('true');
  });

  it('half-closes, and carries much in both directions with backpressure', async () => {
    expect(
      await run(`${collect}
const up = net.connect({ host: '10.240.0.20', port: 5, allowHalfOpen: true }); const answer = collect(up);
const chunk = Buffer.alloc(1_000_000, 'y'); let waited = 0;
for (let i = 0; i < 20; i++) if (!up.write(chunk)) { waited++; await new Promise((d) => up.once('drain', d)); }
up.end(); const down = net.connect(6, '10.240.0.20'); down.setNoDelay(true).setKeepAlive(true, 1000); down.unref().ref();
let size = 0; for await (const c of down) { size += c.length; if (size < 500000) await new Promise(setImmediate); }
console.log(await answer, waited > 0, size);`),
    ).toBe('got 20000000 true 20000000');
  });

  it('reports a peer that goes away at once', async () => {
    expect(
      await run(
        `net.connect(7, '10.240.0.20').on('error', (e) => console.log(e.code)).on('close', (bad) => console.log('closed')).resume();`,
      ),
    ).toContain('closed');
  });

  it('upgrades to WebSocket', async () => {
    expect(
      await run(`const { WebSocket } = require(${moduleUrl('ws')});
const socket = new WebSocket('ws://10.240.0.20:9/'); socket.on('open', () => socket.send('hello')); socket.on('message', (d) => { console.log(String(d)); socket.close(); });`),
    ).toBe('hello 10.240.0.10');
  });

  it('carries gRPC with TLS', async () => {
    expect(
      await run(`const grpc = require(${moduleUrl('@grpc/grpc-js')});
const client = new grpc.Client('10.240.0.20:10', grpc.credentials.createSsl(cert, key, cert));
client.makeUnaryRequest('/lab.Echo/Echo', (b) => b, (b) => b, Buffer.from('hi'), (e, r) => { console.log(e ? e.message : String(r).replace(/:\\d+$/, '')); client.close(); });`),
    ).toBe('hi 10.240.0.10');
  });

  it('gives up after the connect time-out of an http request to a cut machine', async () => {
    lab.network.setLink('worker-1', { up: false });
    expect(
      await run(
        `const r = http.get({ host: '10.240.0.21', port: 80, timeout: 30 }); r.on('timeout', () => r.destroy(new Error('timed out'))); r.on('error', (e) => console.log(e.message));`,
      ),
    ).toBe('timed out');
    expect(
      await run(
        `const s = tls.connect({ host: '10.240.0.21', port: 443, timeout: 30 }); s.on('timeout', () => s.destroy(new Error('timed out'))); s.on('error', (e) => console.log(e.message));`,
      ),
    ).toBe('timed out');
  });
});
