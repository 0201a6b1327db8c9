import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Probe } from '../../../../src/kube/api/types/core-v1.ts';
import { resolvePort, runProbe } from '../../../../src/kube/kubelet/probes/probe.ts';
import { FakeClock } from '../../../../src/lib/clock.ts';
import { GrpcCode, GrpcError } from '../../../../src/lib/grpc/status.ts';
import { FakeRuntime } from '../support/fake-runtime.ts';
import { container } from '../support/objects.ts';

const servers: { close(): void }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function serve(answer: RequestListener): Promise<number> {
  const server: Server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push({
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  });
  return (server.address() as AddressInfo).port;
}

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const runtime = () => new FakeRuntime(new FakeClock());
const run = (probe: Probe, cri = runtime()) =>
  runProbe(cri.client, probe, container(), 'container-0', '127.0.0.1');

describe('an HTTP probe', () => {
  it('succeeds with 200 to 399, and names any other status', async () => {
    const port = await serve((request, response) =>
      response.writeHead(Number(request.url!.slice(1))).end('body'),
    );
    for (const status of [200, 204, 304, 399]) {
      expect(await run({ httpGet: { path: `/${status}`, port } })).toMatchObject({ ok: true });
    }
    for (const status of [400, 404, 500]) {
      expect(await run({ httpGet: { path: `/${status}`, port } })).toEqual({
        ok: false,
        output: `HTTP probe failed with statuscode: ${status}`,
      });
    }
  });

  it('asks as kube-probe, with the headers of the probe', async () => {
    let seen: Record<string, unknown> = {};
    const port = await serve((request, response) => {
      seen = { path: request.url, ...request.headers };
      response.end();
    });
    await run({ httpGet: { path: 'healthz', port, httpHeaders: [{ name: 'Host', value: 'shop.example' }] } });
    expect(seen).toMatchObject({ path: '/healthz', host: 'shop.example' });
    expect(seen['user-agent']).toMatch(/^kube-probe\//);
  });

  it('follows redirects on the same host; another host’s is answer enough', async () => {
    const port = await serve((request, response) => {
      const target = request.url === '/away' ? 'http://elsewhere.invalid/' : '/gone';
      response.writeHead(request.url === '/gone' ? 404 : 302, { location: target }).end();
    });
    expect(await run({ httpGet: { path: '/', port } })).toMatchObject({ ok: false });
    expect(await run({ httpGet: { path: '/away', port } })).toMatchObject({ ok: true });
  });

  it('gives up on a circle', async () => {
    const port = await serve((_request, response) => response.writeHead(302, { location: '/' }).end());
    expect(await run({ httpGet: { path: '/', port } })).toMatchObject({
      ok: false,
      output: expect.stringContaining('stopped after 10 redirects'),
    });
  });

  it('says that nobody listens, in Go’s words', async () => {
    const port = await closedPort();
    expect(await run({ httpGet: { path: '/x', port } })).toEqual({
      ok: false,
      output: `Get "http://127.0.0.1:${port}/x": dial tcp 127.0.0.1:${port}: connect: connection refused`,
    });
  });

  it('reads no more than it needs of an endless answer', async () => {
    const port = await serve((_request, response) => {
      const more = () => {
        while (response.write('x'.repeat(4096)));
      };
      response.on('drain', more);
      more();
    });
    const { ok, output } = await run({ httpGet: { path: '/', port } });
    expect(ok).toBe(true);
    expect(output.length).toBe(10 * 1024);
  });
});

describe('a TCP probe', () => {
  it('succeeds when the connection opens', async () => {
    const port = await serve(() => {});
    expect(await run({ tcpSocket: { port } })).toEqual({ ok: true, output: '' });
    const closed = await closedPort();
    expect(await run({ tcpSocket: { port: closed } })).toEqual({
      ok: false,
      output: `dial tcp 127.0.0.1:${closed}: connect: connection refused`,
    });
  });
});

describe('an exec probe', () => {
  it('succeeds with exit code 0 and hands on what was printed', async () => {
    const cri = runtime();
    cri.exec = (command) => ({ exitCode: command === 'cat /tmp/healthy' ? 0 : 1, stdout: 'said' });
    expect(await run({ exec: { command: ['cat', '/tmp/healthy'] } }, cri)).toEqual({
      ok: true,
      output: 'said',
    });
    expect(await run({ exec: { command: ['false'] } }, cri)).toEqual({ ok: false, output: 'said' });
  });

  it('fails when the runtime gives up on it', async () => {
    const cri = runtime();
    cri.failures.set('execSync', new GrpcError(GrpcCode.DeadlineExceeded, 'timed out'));
    expect(await run({ exec: { command: ['sleep', '9'] }, timeoutSeconds: 2 }, cri)).toEqual({
      ok: false,
      output: 'command timed out: "sleep 9" timed out after 2s',
    });
  });
});

it('a port may be named as in the container', () => {
  const one = container('main', { ports: [{ name: 'http', containerPort: 8080 }] });
  expect(resolvePort('http', one)).toBe(8080);
  expect(resolvePort('81', one)).toBe(81);
  expect(() => resolvePort('https', one)).toThrow("couldn't find port: https");
  expect(() => resolvePort(70_000, one)).toThrow("couldn't find port: 70000");
});

it('a probe that this kubelet does not know is refused by name', async () => {
  await expect(run({ grpc: { port: 1 } })).rejects.toThrow('gRPC probes are not supported');
});
