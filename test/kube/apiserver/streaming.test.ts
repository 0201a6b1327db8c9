import { createServer, request as httpsRequest, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCertificates, startTestServer, type TestServer } from './support/test-server.ts';

let server: TestServer;
let kubelet: Server;
const seen: string[] = [];
const sockets = new Set<Duplex>();

/** A kubelet that answers logs, and on Upgrade echoes the bytes it gets. It demands our client certificate. */
beforeAll(async () => {
  const certificates = await createCertificates();
  const own = certificates.issue('system:node:worker-0', ['system:nodes']);
  kubelet = createServer(
    { cert: own.cert, key: own.key, ca: certificates.ca, requestCert: true, rejectUnauthorized: true },
    (request, response) => {
      seen.push(`${request.method} ${request.url}`);
      if (request.url?.includes('previous=true')) {
        response.statusCode = 400;
        response.end('previous terminated container "main" in pod "p" not found\n');
      } else if (request.url?.startsWith('/containerLogs/')) {
        response.setHeader('content-type', 'text/plain');
        response.write('first line\n');
        response.end('second line\n');
      } else {
        response.statusCode = 404;
        response.end('nothing here');
      }
    },
  );
  kubelet.on('upgrade', (request, socket, head) => {
    seen.push(`${request.method} ${request.url} ${request.headers.upgrade}`);
    if (request.url?.includes('refuse')) {
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\nConnection: close\r\n\r\nno way');
      return;
    }
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream: yes\r\n\r\n',
    );
    if (head.length > 0) socket.write(head);
    socket.pipe(socket);
  });
  kubelet.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => kubelet.listen(0, '127.0.0.1', resolve));
  server = await startTestServer({ certificates, flags: ['--kubelet-preferred-address-types=InternalIP'] });

  const { port } = kubelet.address() as AddressInfo;
  await server.call('POST', '/api/v1/nodes', {
    metadata: { name: 'worker-0' },
    status: {
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
    },
  });
  for (const name of ['p', 'refuse']) {
    await server.call('POST', '/api/v1/namespaces/default/pods', {
      metadata: { name },
      spec: { nodeName: 'worker-0', containers: [{ name: 'main', image: 'x' }] },
    });
  }
  await server.call('POST', '/api/v1/namespaces/default/pods', {
    metadata: { name: 'two' },
    spec: {
      nodeName: 'worker-0',
      containers: [
        { name: 'a', image: 'x' },
        { name: 'b', image: 'x' },
      ],
    },
  });
});
afterAll(async () => {
  await server.stop();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => kubelet.close(resolve));
});

const pods = '/api/v1/namespaces/default/pods';

function upgrade(path: string, upgradeTo: string, method = 'POST') {
  return new Promise<{
    status: number;
    socket?: Socket;
    headers: NodeJS.Dict<string | string[]>;
    text?: string;
  }>((resolve, reject) => {
    const request = httpsRequest({
      host: '127.0.0.1',
      port: server.port,
      path,
      method,
      ca: server.certificates.ca,
      cert: server.admin.cert,
      key: server.admin.key,
      agent: false,
      headers: { connection: 'Upgrade', upgrade: upgradeTo },
    });
    request.on('upgrade', (response, socket) =>
      resolve({ status: 101, socket: socket as Socket, headers: response.headers }),
    );
    request.on('response', (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    request.on('error', reject);
    request.end();
  });
}

describe('what the kubelet answers', () => {
  test('a refusal becomes a Status, which clients can print', async () => {
    const answer = await server.call('GET', `${pods}/p/log?previous=true`);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({
      kind: 'Status',
      reason: 'BadRequest',
      message: 'previous terminated container "main" in pod "p" not found',
    });
  });

  test('logs flow from the only container, with the options of the client', async () => {
    const answer = await server.call('GET', `${pods}/p/log?follow=true&tailLines=2`);
    expect(answer.text).toBe('first line\nsecond line\n');
    expect(seen).toContain('GET /containerLogs/default/p/main?follow=true&tailLines=2');
  });

  test('with several containers one has to be named', async () => {
    const answer = await server.call('GET', `${pods}/two/log`);
    expect([answer.status, answer.body.message]).toEqual([
      400,
      'a container name must be specified for pod two, choose one of: [a b]',
    ]);
    const wrong = await server.call('GET', `${pods}/two/log?container=c`);
    expect(wrong.body.message).toBe('container c is not valid for pod two');
  });

  test('exec joins the two sockets byte for byte', async () => {
    const { socket, headers } = await upgrade(
      `${pods}/p/exec?command=sh&command=-c&stdin=true&tty=true`,
      'SPDY/3.1',
    );
    expect(headers['x-stream']).toBe('yes');
    const echoed = new Promise<Buffer>((resolve) => {
      const chunks: Buffer[] = [];
      socket!.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        if (Buffer.concat(chunks).length === 256) resolve(Buffer.concat(chunks));
      });
    });
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    socket!.write(bytes);
    expect((await echoed).equals(bytes)).toBe(true);
    const closed = new Promise((resolve) => socket!.on('close', resolve));
    socket!.end();
    await closed;
    expect(seen.at(-1)).toMatch(
      /^POST \/exec\/default\/p\/[-0-9a-f]{36}\/main\?command=sh&command=-c&input=1&tty=1 SPDY\/3.1$/,
    );
  });

  test('port-forward goes to the pod, and a WebSocket stays one', async () => {
    const { socket } = await upgrade(`${pods}/p/portforward?ports=80`, 'websocket', 'GET');
    expect(seen.at(-1)).toMatch(/^GET \/portForward\/default\/p\/[-0-9a-f]{36}\?port=80 websocket$/);
    socket!.destroy();
  });

  test('a refusal of the kubelet comes back as it is', async () => {
    const answer = await upgrade(`${pods}/refuse/exec?command=ls`, 'SPDY/3.1');
    expect([answer.status, answer.text]).toEqual([403, 'no way']);
  });

  test('without an Upgrade, exec is a bad request; a pod that is not there is not found', async () => {
    const plain = await server.call('POST', `${pods}/p/exec?command=ls`);
    expect([plain.status, plain.body.message]).toEqual([400, 'Upgrade request required']);
    const missing = await upgrade(`${pods}/missing/exec?command=ls`, 'SPDY/3.1');
    expect(missing.status).toBe(404);
    expect(JSON.parse(missing.text!).message).toBe('pods "missing" not found');
  });

  test('strangers may not exec', async () => {
    const bob = server.certificates.issue('bob');
    const answer = await server.call('POST', `${pods}/p/exec`, undefined, { as: bob });
    expect(answer.body.message).toContain('cannot create resource "pods/exec"');
  });

  test('a node’s kubelet can be asked through its proxy', async () => {
    const answer = await server.call('GET', '/api/v1/nodes/worker-0/proxy/healthz?x=1');
    expect([answer.status, answer.text]).toEqual([404, 'nothing here']);
    expect(seen.at(-1)).toBe('GET /healthz?x=1');
  });
});
