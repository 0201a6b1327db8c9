import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import type { Clock } from '../../../lib/clock.ts';
import type { ClientConfig } from '../../client/config.ts';
import { type StatusBody, StatusError } from '../../client/errors.ts';
import { readAll } from '../../client/rest-client.ts';
import { KubectlError } from '../cli/errors.ts';
import { dialServer } from './dial.ts';

/*
 * How exec, attach and port-forward leave plain HTTP:
 *
 *     dial.ts: TCP, perhaps through the proxy, then TLS ──▶ websocket.ts: GET … Upgrade: websocket
 *                                                                │ the API server passes the bytes to the kubelet,
 *                                                                │ the kubelet to the container runtime
 *          v5.channel.k8s.io ◀───────────────────────────────────┴──────────────▶ SPDY/3.1+portforward.k8s.io
 *          remote-command.ts: a byte before each                                  port-forward.ts: lib/spdy in the
 *          message says stdin, stdout, stderr, …                                  tunnel, two streams a connection
 *
 * Which pod it is about say find-pod.ts and pod-order.ts, which of its containers containers.ts, which ports ports.ts.
 */

/** A silent connection is asked for a sign of life this often, and given up when none has come for this long. */
const pingIntervalMs = 5_000;
const pongTimeoutMs = 61_000;

export interface OpenedWebSocket {
  readonly webSocket: WebSocket;
  /** The one that the server chose. */
  readonly protocol: string;
}

/**
 * Opens a WebSocket to a path of the API server, which hands it on to the kubelet. `protocols` are offered best first.
 * It comes paused, so that nothing is lost before somebody listens.
 * Rejects with StatusError when the server refuses, KubectlError when it answers no Upgrade, else the connection's error.
 */
export async function openWebSocket(
  config: ClientConfig,
  path: string,
  protocols: readonly string[],
): Promise<OpenedWebSocket> {
  const socket = await dialServer(config);
  const { host, pathname } = new URL(config.server);
  const bearer = typeof config.token === 'function' ? config.token() : config.token;
  // The connection carries TLS already, hence ws: and not wss:.
  const webSocket = new WebSocket(`ws://${host}${pathname.replace(/\/$/, '')}${path}`, {
    createConnection: () => socket as never,
    perMessageDeflate: false,
    skipUTF8Validation: true,
    maxPayload: 0,
    headers: {
      'user-agent': config.userAgent ?? 'kubectl',
      // The name of the tunnel has a slash, which RFC 6455 does not allow and ws refuses: the header is written and read here.
      'sec-websocket-protocol': protocols.join(', '),
      ...(bearer && { authorization: `Bearer ${bearer}` }),
      ...config.headers,
    } as Record<string, string>,
  });
  let protocol = '';
  webSocket.once('upgrade', (response) => {
    protocol = response.headers['sec-websocket-protocol'] ?? '';
    delete response.headers['sec-websocket-protocol'];
  });
  return new Promise((resolve, reject) => {
    webSocket.once('unexpected-response', (_request, response) => {
      void refusal(response).then((error) => {
        socket.destroy();
        reject(error);
      });
    });
    webSocket.on('error', reject);
    webSocket.once('open', () => {
      if (protocols.includes(protocol)) {
        webSocket.pause();
        return resolve({ webSocket, protocol });
      }
      webSocket.terminate();
      reject(
        new KubectlError(`unable to upgrade streaming request: the server chose protocol "${protocol}"`),
      );
    });
  });
}

/** Why the server did not upgrade. Models apimachinery pkg/util/httpstream/spdy roundtripper NewConnection. */
async function refusal(response: IncomingMessage): Promise<Error> {
  const code = response.statusCode ?? 0;
  const text = (await readAll(response).catch(() => Buffer.alloc(0))).toString('utf8').trim();
  try {
    const status = JSON.parse(text) as StatusBody;
    if (status.kind === 'Status') return new StatusError(code, status);
  } catch {
    // The kubelet, and proxies on the way, answer in plain text.
  }
  return new KubectlError(
    `unable to upgrade connection: ${text === '' ? `unknown error: ${code} ${response.statusMessage}` : text}`,
  );
}

/** Ends the connection when the other side has gone without a word. Stops by itself when the connection is closed. */
export function keepAlive(webSocket: WebSocket, clock: Clock): void {
  let heard = clock.monotonic();
  webSocket.on('pong', () => {
    heard = clock.monotonic();
  });
  const cancel = clock.every(pingIntervalMs, () => {
    // While its reader is slow nothing is read, signs of life included.
    if (webSocket.isPaused) heard = clock.monotonic();
    if (clock.monotonic() - heard > pongTimeoutMs) webSocket.terminate();
    else if (webSocket.readyState === WebSocket.OPEN) webSocket.ping();
  });
  webSocket.once('close', cancel);
}
