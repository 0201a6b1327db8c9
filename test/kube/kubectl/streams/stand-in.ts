import type { IncomingMessage } from 'node:http';
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { type Duplex, PassThrough, Writable } from 'node:stream';
import { aggregatedDiscovery } from '../../../../src/kube/api/discovery.ts';
import { resources } from '../../../../src/kube/api/resources.ts';
import { command } from '../../../../src/kube/kubectl/cli/command.ts';
import { runCommandLine } from '../../../../src/kube/kubectl/cli/run.ts';
import { attach } from '../../../../src/kube/kubectl/commands/attach.ts';
import { cp } from '../../../../src/kube/kubectl/commands/cp.ts';
import { exec } from '../../../../src/kube/kubectl/commands/exec.ts';
import { logs } from '../../../../src/kube/kubectl/commands/logs.ts';
import { portForward } from '../../../../src/kube/kubectl/commands/port-forward.ts';
import { run } from '../../../../src/kube/kubectl/commands/run.ts';
import { systemClock } from '../../../../src/lib/clock.ts';
import { selfSignedCertificate } from '../../../../src/lib/self-signed.ts';

const kubectl = command({
  name: 'kubectl',
  summary: 'The streaming commands.',
  subcommands: [attach, cp, exec, logs, portForward, run],
});

export type Upgrade = (url: URL, request: IncomingMessage, socket: Duplex, head: Buffer) => void;

export interface Answers {
  /** JSON by path or, before that, by `METHOD path`; what is missing is a 404. */
  objects: Record<string, unknown>;
  /** Plain text by path: logs. */
  texts: Record<string, (url: URL, response: Http2ServerResponse) => void>;
  upgrade: Upgrade;
}

export interface StandIn extends Answers {
  readonly port: number;
  /** METHOD path?query of each request. */
  readonly seen: string[];
  close(): Promise<void>;
}

/** An API server of a few objects, over TLS with HTTP/2 and, for upgrades, HTTP/1.1, as the real one. */
export async function startStandIn(): Promise<StandIn> {
  const sockets = new Set<Duplex>();
  const server = createSecureServer({ ...selfSignedCertificate('127.0.0.1'), allowHTTP1: true });
  const standIn: StandIn = {
    objects: {},
    texts: {},
    upgrade: (_url, _request, socket) => void socket.destroy(),
    seen: [],
    get port() {
      return (server.address() as AddressInfo).port;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  server.on('connection', (socket: Duplex) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('request', (request: Http2ServerRequest, response: Http2ServerResponse) => {
    const url = new URL(request.url, 'https://lab');
    standIn.seen.push(`${request.method} ${request.url}`);
    const text = standIn.texts[url.pathname];
    if (text !== undefined) return text(url, response);
    answerJson(standIn, request.method, url, response);
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    standIn.seen.push(`${request.method} ${request.url}`);
    standIn.upgrade(new URL(request.url!, 'https://lab'), request, socket, head);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return standIn;
}

function answerJson(standIn: StandIn, method: string, url: URL, response: Http2ServerResponse): void {
  const aggregated = url.pathname === '/api' || url.pathname === '/apis';
  const body = aggregated
    ? aggregatedDiscovery(resources, url.pathname as '/api' | '/apis', 'v2')
    : (standIn.objects[`${method} ${url.pathname}`] ?? standIn.objects[url.pathname]);
  response.writeHead(body === undefined ? 404 : 200, {
    'content-type': aggregated
      ? 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
      : 'application/json',
  });
  const name = url.pathname.split('/').pop();
  const missing = {
    kind: 'Status',
    status: 'Failure',
    reason: 'NotFound',
    message: `pods "${name}" not found`,
    code: 404,
  };
  response.end(JSON.stringify(body ?? missing));
}

class Collector extends Writable {
  text = '';
  columns: number | undefined;
  rows: number | undefined;
  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.text += chunk.toString('utf8');
    this.emit('text');
    callback();
  }
}

/** A standard input that is a terminal, and remembers whether it was given back. */
export class TerminalInput extends PassThrough {
  readonly isTTY = true;
  isRaw = false;
  readonly modes: boolean[] = [];
  setRawMode(raw: boolean): void {
    this.isRaw = raw;
    this.modes.push(raw);
  }
}

export interface Running {
  readonly stdin: PassThrough;
  readonly stdout: Collector;
  readonly stderr: Collector;
  /** As SIGINT does. */
  interrupt(): void;
  /** Resolves when standard output holds the text. */
  shows(text: string): Promise<void>;
  readonly ended: Promise<{ code: number; stdout: string; stderr: string }>;
}

/** Starts a command of kubectl in this process. */
export function start(
  standIn: StandIn,
  args: readonly string[],
  options: { readonly stdin?: PassThrough; readonly cwd?: string; readonly tty?: [number, number] } = {},
): Running {
  const stop = new AbortController();
  const [stdout, stderr] = [new Collector(), new Collector()];
  [stdout.columns, stdout.rows] = options.tty ?? [undefined, undefined];
  const stdin = options.stdin ?? new PassThrough();
  const flags = [`--server=https://127.0.0.1:${standIn.port}`, '--insecure-skip-tls-verify'];
  const terminal = {
    stdin,
    stdout,
    stderr,
    env: { KUBECONFIG: '/dev/null' },
    cwd: options.cwd ?? '/',
    clock: systemClock,
    signal: stop.signal,
  };
  return {
    stdin,
    stdout,
    stderr,
    interrupt: () => stop.abort(),
    shows: (text) =>
      new Promise((resolve) => {
        const look = () => {
          if (!stdout.text.includes(text)) return;
          stdout.off('text', look);
          resolve();
        };
        stdout.on('text', look);
        look();
      }),
    ended: runCommandLine(kubectl, [...flags, ...args], terminal).then((code) => ({
      code,
      stdout: stdout.text,
      stderr: stderr.text,
    })),
  };
}

export const pod = (name: string, fields: { spec?: object; status?: object; metadata?: object } = {}) => ({
  kind: 'Pod',
  apiVersion: 'v1',
  metadata: { name, namespace: 'default', ...fields.metadata },
  spec: { nodeName: 'worker-0', containers: [{ name: 'main', image: 'x' }], ...fields.spec },
  status: { phase: 'Running', ...fields.status },
});

export const podsPath = '/api/v1/namespaces/default/pods';
