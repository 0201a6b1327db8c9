import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { join } from 'node:path';
import tls from 'node:tls';

/** A keep-alive HTTPS client through the lab's proxy, with the admin's certificate. */
export function apiClient(lab, sockets) {
  const { proxyPort } = JSON.parse(readFileSync(join(lab.folder, '.lab/runtime.json'), 'utf8'));
  const read = (name) => readFileSync(join(lab.folder, name));
  const credentials = { ca: read('ca.pem'), cert: read('admin.pem'), key: read('admin-key.pem') };
  const agent = new https.Agent({ keepAlive: true, maxSockets: sockets });
  agent.createConnection = (_options, callback) => {
    const connect = http.request({
      host: '127.0.0.1',
      port: proxyPort,
      method: 'CONNECT',
      path: '10.240.0.40:6443',
    });
    connect.on('connect', (_response, socket) => {
      const secure = tls.connect({ socket, host: '10.240.0.40', ...credentials }, () =>
        callback(null, secure),
      );
      secure.on('error', callback);
    });
    connect.on('error', callback);
    connect.end();
  };
  const request = (method, path, body) =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const outgoing = https.request({
        agent,
        method,
        host: '10.240.0.40',
        port: 6443,
        path,
        // Node sends the body of a DELETE without its length, unless it is told.
        headers: {
          'content-type': 'application/json',
          ...(text === undefined ? {} : { 'content-length': Buffer.byteLength(text) }),
        },
      });
      outgoing.on('response', (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode, body: Buffer.concat(chunks) }));
      });
      outgoing.on('error', reject);
      outgoing.end(text);
    });
  return { request, close: () => agent.destroy() };
}

/** So many workers call `work(index)` until all are done; resolves to calls a second. */
export async function rate(workers, calls, work) {
  let next = 0;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: workers }, async () => {
      while (next < calls) await work(next++);
    }),
  );
  return calls / ((performance.now() - started) / 1000);
}
