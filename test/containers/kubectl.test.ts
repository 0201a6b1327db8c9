import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import type { IncomingMessage } from 'node:http';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dialPod } from '../../src/containers/streaming/dial-pod.ts';
import { aggregatedDiscovery } from '../../src/kube/api/discovery.ts';
import { resources } from '../../src/kube/api/resources.ts';
import { launchCommand } from '../../src/lib/launch.ts';
import { selfSignedCertificate } from '../../src/lib/self-signed.ts';
import {
  buildPrograms,
  containerConfig,
  createNode,
  sandboxConfig,
  type TestNode,
  until,
} from './support.ts';

/*
 * kubectl, the real one and ours, against the streaming server: a stand-in for the API server and the kubelet finds the
 * pod, asks containerd for a URL, and hands the connection through. K8S_LAB_TEST_KUBECTLS names other versions, separated
 * by colons.
 */
interface Subject {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

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

const subjects: readonly Subject[] = [
  { name: 'ours', ...launchCommand('kubectl', []) },
  ...candidates.flatMap((path) => {
    const version = versionOf(path);
    return version === undefined ? [] : [{ name: version, command: path, args: [] }];
  }),
];

let node: TestNode;
let server: Http2SecureServer;
const sockets = new Set<Duplex>();
let containerId: string;
let podSandboxId: string;

const pod = {
  kind: 'Pod',
  apiVersion: 'v1',
  metadata: { name: 'p', namespace: 'default', uid: '1' },
  spec: { nodeName: 'worker-0', containers: [{ name: 'main', image: 'k8s-lab/web' }] },
  status: { phase: 'Running' },
};

/** The documents of discovery in the older or the newer name, whichever the client knows. */
function answer(path: string, accept: string): { readonly type: string; readonly body: unknown } | undefined {
  if (path === '/api' || path === '/apis') {
    const version = accept.includes('v=v2;') ? 'v2' : 'v2beta1';
    const type = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
    return { type, body: aggregatedDiscovery(resources, path, version) };
  }
  return path === '/api/v1/namespaces/default/pods/p' ? { type: 'application/json', body: pod } : undefined;
}

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
  server = createSecureServer({ ...selfSignedCertificate('127.0.0.1'), allowHTTP1: true });
  server.on('request', (request, response) => {
    const found = answer(request.url.split('?')[0]!, request.headers.accept ?? '');
    response.writeHead(found === undefined ? 404 : 200, {
      'content-type': found?.type ?? 'application/json',
    });
    const missing = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 404 };
    response.end(JSON.stringify(found?.body ?? missing));
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex) => void upgrade(request, socket));
  server.on('connection', (socket: Duplex) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  server?.close();
  await node.destroy();
});

describe('kubectl', () => {
  const start = (subject: Subject, args: readonly string[]) =>
    spawn(
      subject.command,
      [
        ...subject.args,
        '--server',
        `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
        '--insecure-skip-tls-verify',
        // Without credentials the real one asks for a password.
        '--token=lab',
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

  test.each(subjects)('exec, $name', async (subject) => {
    const piped = await finish(start(subject, ['exec', '-i', 'p', '--', 'cat']), 'x'.repeat(100_000));
    expect(piped.stderr).toBe('');
    expect(piped).toMatchObject({ code: 0 });
    expect(piped.stdout).toHaveLength(100_000);
    const failed = await finish(
      start(subject, ['exec', 'p', '--', 'sh', '-c', 'echo out; echo err >&2; exit 7']),
    );
    expect(failed).toMatchObject({ code: 7, stdout: 'out\n' });
    expect(failed.stderr).toBe('err\ncommand terminated with exit code 7\n');
    const missing = await finish(start(subject, ['exec', 'p', '--', 'nginx', '-v']));
    expect(missing.stderr).toContain('exec: "nginx": executable file not found in $PATH');
  });

  test.each(subjects)('port-forward, $name', async (subject) => {
    const child = start(subject, ['port-forward', 'pod/p', ':80']);
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
