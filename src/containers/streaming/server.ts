import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { errorMessage } from '../../lib/errors.ts';
import { GrpcCode, GrpcError } from '../../lib/grpc/status.ts';
import type { StreamingUrls } from '../cri/runtime-service.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { dialPod } from './dial-pod.ts';
import { servePortForward } from './port-forward.ts';
import { channelProtocol, servePortForwardChannels } from './port-forward-channels.ts';
import { type CommandRequest, serveCommand } from './remote-command.ts';
import { spdyRemote } from './spdy-command.ts';
import { acceptSpdy, commandStreamProtocols, portForwardProtocol } from './spdy-upgrade.ts';
import { acceptWebSocket, commandProtocols, tunnel, tunnelProtocol, webSocketRemote } from './websocket.ts';

/*
 * Exec, Attach and PortForward of the CRI answer with a URL; the kubelet hands the client's upgraded connection to it.
 *
 *     kubectl ══ WebSocket or SPDY/3.1 ══▶ API server ══▶ kubelet ══▶ http://127.0.0.1:PORT/exec/TOKEN (here)
 *                                                                       │ token → what was asked for, once
 *              websocket.ts, spdy-command.ts (channels or streams) ◀────┤
 *                        │ a Remote                                     └─▶ port-forward.ts ──▶ dial-pod.ts
 *                        ▼
 *              remote-command.ts: the process's streams, a terminal between them if it is to have one
 */

export interface Streaming {
  readonly urls: StreamingUrls;
  close(): void;
}

interface PortForwardTarget {
  readonly kind: 'portforward';
  readonly podSandboxId: string;
  /** Only clients that speak in channels name them beforehand. */
  readonly ports: readonly number[];
}

type Request = CommandRequest | PortForwardTarget;

/** A URL is good for one connection, within this time (Models kubelet pkg/cri/streaming/request_cache.go). */
const tokenTtlMs = 60_000;
const maxTokens = 1000;

/** Listens on the machine's loopback. */
export async function startStreaming(
  runtime: Runtime,
  options: { readonly address: string; readonly port: number },
): Promise<Streaming> {
  const requests = new Map<string, { readonly request: Request; readonly timer: NodeJS.Timeout }>();
  const connections = new Set<Duplex>();
  const server = createServer((request, response) => refusePlain(request, response));
  const take = (url: string | undefined): Request | undefined => {
    const [, kind, token = ''] = (url ?? '').split('?')[0]!.split('/');
    const found = requests.get(token);
    if (found === undefined || found.request.kind !== kind) return undefined;
    clearTimeout(found.timer);
    requests.delete(token);
    return found.request;
  };
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    connections.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => connections.delete(socket));
    const wanted = take(request.url);
    if (wanted === undefined) {
      socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      return;
    }
    if (head.length > 0 && request.headers.upgrade?.toLowerCase() !== 'websocket') socket.unshift(head);
    try {
      serveUpgrade(runtime, wanted, request, socket, head);
    } catch (error) {
      runtime.context.log.error('streaming failed', { error: errorMessage(error) });
      socket.destroy();
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.address, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const remember = (request: Request) => {
    if (requests.size >= maxTokens) {
      throw new GrpcError(GrpcCode.ResourceExhausted, 'maximum number of in-flight requests exceeded');
    }
    const token = randomBytes(6).toString('base64url');
    const timer = setTimeout(() => requests.delete(token), tokenTtlMs);
    timer.unref();
    requests.set(token, { request, timer });
    return { url: `http://${options.address}:${port}/${request.kind}/${token}` };
  };
  return {
    urls: {
      exec({ containerId, cmd, tty, stdin, stdout, stderr }) {
        runtime.containers.io(containerId);
        if (cmd.length === 0) throw new GrpcError(GrpcCode.InvalidArgument, 'missing required cmd');
        return remember({ kind: 'exec', containerId, command: cmd, tty, stdin, stdout, stderr });
      },
      attach({ containerId, tty, stdin, stdout, stderr }) {
        runtime.containers.io(containerId);
        return remember({ kind: 'attach', containerId, command: [], tty, stdin, stdout, stderr });
      },
      portForward({ podSandboxId, port: ports }) {
        const sandbox = runtime.context.sandboxes.get(podSandboxId, 'failed to find sandbox');
        if (!sandbox.ready) {
          throw new GrpcError(
            GrpcCode.Unknown,
            `sandbox container ${JSON.stringify(sandbox.id)} is not running`,
          );
        }
        return remember({ kind: 'portforward', podSandboxId: sandbox.id, ports });
      },
    },
    close() {
      server.close();
      for (const connection of connections) connection.destroy();
    },
  };
}

function refusePlain(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(400, { 'content-type': 'text/plain' });
  response.end('unable to upgrade: missing upgrade headers in request\n');
}

function serveUpgrade(
  runtime: Runtime,
  wanted: Request,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  const isWebSocket = request.headers.upgrade?.toLowerCase() === 'websocket';
  if (wanted.kind === 'portforward') {
    const sandbox = runtime.context.sandboxes.get(wanted.podSandboxId, 'failed to find sandbox');
    const dial = (port: number) => dialPod(runtime.context.network, sandbox.namespace, port);
    const name = `${sandbox.config.metadata?.namespace}/${sandbox.config.metadata?.name}`;
    if (isWebSocket) {
      const protocols = wanted.ports.length > 0 ? [tunnelProtocol, channelProtocol] : [tunnelProtocol];
      acceptWebSocket(request, socket, head, protocols, (webSocket, protocol) => {
        if (protocol === tunnelProtocol) servePortForward(tunnel(webSocket), name, dial);
        else servePortForwardChannels(webSocket, wanted.ports, name, dial);
      });
    } else if (acceptSpdy(request, socket, [portForwardProtocol])) servePortForward(socket, name, dial);
    return;
  }
  if (isWebSocket) {
    acceptWebSocket(request, socket, head, commandProtocols, (webSocket, protocol) => {
      void serveCommand(runtime, wanted, webSocketRemote(webSocket, protocol, wanted));
    });
  } else if (acceptSpdy(request, socket, commandStreamProtocols)) {
    spdyRemote(socket, wanted).then(
      (remote) => serveCommand(runtime, wanted, remote),
      () => socket.destroy(),
    );
  }
}
