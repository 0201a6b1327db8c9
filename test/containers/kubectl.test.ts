import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dialPod } from '../../src/containers/streaming/dial-pod.ts';
import {
  buildPrograms,
  containerConfig,
  createNode,
  sandboxConfig,
  type TestNode,
  until,
} from './support.ts';

/*
 * The real kubectl against the streaming server: a stand-in for the API server and the kubelet finds the pod, asks
 * containerd for a URL, and hands the connection through. K8S_LAB_TEST_KUBECTLS names other versions, separated by colons.
 */
const candidates = ['kubectl', ...(process.env.K8S_LAB_TEST_KUBECTLS ?? '').split(':').filter(Boolean)];

function versionOf(path: string): string | undefined {
  try {
    const text = execFileSync(path, ['version', '--client', '-o', 'json'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return (JSON.parse(text.toString()) as { clientVersion: { gitVersion: string } }).clientVersion
      .gitVersion;
  } catch {
    return undefined;
  }
}

const versions = candidates.flatMap((path) => {
  const version = versionOf(path);
  return version === undefined ? [] : [{ path, version }];
});

let node: TestNode;
let server: Server;
let containerId: string;
let podSandboxId: string;

const pod = {
  kind: 'Pod',
  apiVersion: 'v1',
  metadata: { name: 'p', namespace: 'default', uid: '1' },
  spec: { nodeName: 'worker-0', containers: [{ name: 'main', image: 'k8s-lab/web' }] },
  status: { phase: 'Running' },
};
const resource = (name: string, verbs: string[]) => ({
  name,
  singularName: '',
  namespaced: true,
  kind: 'Pod',
  verbs,
});
const answers: Readonly<Record<string, unknown>> = {
  '/api': { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] },
  '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: [] },
  '/api/v1': {
    kind: 'APIResourceList',
    groupVersion: 'v1',
    resources: [resource('pods', ['get', 'list']), resource('pods/exec', ['create', 'get'])],
  },
  '/api/v1/namespaces/default/pods/p': pod,
};

async function upgrade(request: IncomingMessage, socket: Duplex): Promise<void> {
  const { pathname, searchParams: query } = new URL(request.url!, 'http://lab');
  const flag = (name: string) => query.get(name) === 'true';
  const streams = { stdin: flag('stdin'), stdout: flag('stdout'), stderr: flag('stderr'), tty: flag('tty') };
  const action = pathname.split('/').at(-1);
  const { url } =
    action === 'portforward'
      ? await node.client.portForward({ podSandboxId })
      : action === 'attach'
        ? await node.client.attach({ containerId, ...streams })
        : await node.client.exec({ containerId, cmd: query.getAll('command'), ...streams });
  const target = new URL(url);
  const upstream = await dialPod(node.network, 'worker-0', Number(target.port));
  const headers: string[] = [];
  for (let at = 0; at < request.rawHeaders.length; at += 2)
    headers.push(`${request.rawHeaders[at]}: ${request.rawHeaders[at + 1]}\r\n`);
  upstream.write(`${request.method} ${target.pathname} HTTP/1.1\r\n${headers.join('')}\r\n`);
  upstream.pipe(socket);
  socket.pipe(upstream);
  upstream.on('error', () => socket.destroy());
  socket.on('error', () => upstream.destroy());
}

beforeAll(async () => {
  buildPrograms();
  node = createNode();
  await node.start();
  const config = sandboxConfig();
  ({ podSandboxId } = await node.client.runPodSandbox({ config }));
  await node.client.pullImage({ image: { image: 'k8s-lab/web' } });
  ({ containerId } = await node.client.createContainer({
    podSandboxId,
    config: containerConfig({ image: { image: 'k8s-lab/web' } }),
    sandboxConfig: config,
  }));
  await node.client.startContainer({ containerId });
  await until(
    () => node.read(`${config.logDirectory}/main/0.log`),
    (text) => text.includes('listens'),
  );
  server = createServer((request, response) => {
    const answer = answers[request.url!.split('?')[0]!];
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(answer ?? { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 404 }),
    );
  });
  server.on('upgrade', (request, socket) => void upgrade(request, socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  server?.closeAllConnections();
  server?.close();
  await node.destroy();
});

describe.skipIf(versions.length === 0)('kubectl', () => {
  const start = (path: string, args: readonly string[]) =>
    spawn(
      path,
      [
        '--server',
        `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        '--kubeconfig=/dev/null',
        ...args,
      ],
      { env: { PATH: process.env.PATH, HOME: node.root }, stdio: ['pipe', 'pipe', 'pipe'] },
    );

  async function finish(child: ChildProcess, input = '') {
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.stdin?.end(input);
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, stdout, stderr };
  }

  test.each(versions)('exec, $version', async ({ path }) => {
    const piped = await finish(start(path, ['exec', '-i', 'p', '--', 'cat']), 'x'.repeat(100_000));
    expect(piped.stderr).toBe('');
    expect(piped).toMatchObject({ code: 0 });
    expect(piped.stdout).toHaveLength(100_000);
    const failed = await finish(
      start(path, ['exec', 'p', '--', 'sh', '-c', 'echo out; echo err >&2; exit 7']),
    );
    expect(failed).toMatchObject({ code: 7, stdout: 'out\n' });
    expect(failed.stderr).toBe('err\ncommand terminated with exit code 7\n');
    const missing = await finish(start(path, ['exec', 'p', '--', 'nginx', '-v']));
    expect(missing.stderr).toContain('exec: "nginx": executable file not found in $PATH');
  });

  test.each(versions)('port-forward, $version', async ({ path }) => {
    const child = start(path, ['port-forward', 'pod/p', ':80']);
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    const port = Number(
      /127\.0\.0\.1:(\d+)/.exec(
        await until(
          () => text,
          (seen) => /127\.0\.0\.1:\d+ ->/.test(seen),
        ),
      )![1],
    );
    const { get } = await import('node:http');
    for (let round = 0; round < 3; round++) {
      const body = await new Promise<string>((resolve, reject) => {
        get({ host: '127.0.0.1', port, path: '/', agent: false }, (response) => {
          let page = '';
          response.on('data', (chunk: Buffer) => {
            page += chunk.toString();
          });
          response.on('end', () => resolve(page));
        }).on('error', reject);
      });
      expect(body).toContain('Welcome to k8s-lab web, version 2');
    }
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('close', resolve));
  });
});
