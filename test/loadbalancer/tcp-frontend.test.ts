import net, { type AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { createLogger } from '../../src/lib/log.ts';
import { listen, serveTcp } from '../../src/loadbalancer/tcp-frontend.ts';

const quiet = createLogger({ format: 'klog', caller: 'test', write: () => {} });
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function freePort(): Promise<number> {
  const server = net.createServer();
  await listen(server, { host: '127.0.0.1', port: 0 });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A backend that answers with its name and closes. */
async function backend(name: string) {
  const server = net.createServer((socket) => socket.end(name));
  await listen(server, { host: '127.0.0.1', port: 0 });
  const close = () => server.close();
  closers.push(close);
  return { address: { host: '127.0.0.1', port: (server.address() as AddressInfo).port }, close };
}

const ask = (port: number) =>
  new Promise<string>((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
  });

test('clients are spread over the backends, and a dead backend costs them nothing', async () => {
  const first = await backend('first');
  const second = await backend('second');
  const port = await freePort();
  closers.push(
    await serveTcp(
      {
        mode: 'tcp',
        name: 'test',
        listen: { host: '127.0.0.1', port },
        backends: [first.address, second.address],
        healthCheck: undefined,
      },
      systemClock,
      quiet,
    ),
  );
  expect(new Set([await ask(port), await ask(port)])).toEqual(new Set(['first', 'second']));
  first.close();
  expect([await ask(port), await ask(port), await ask(port)]).toEqual(['second', 'second', 'second']);
});
