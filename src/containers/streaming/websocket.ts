import type { IncomingMessage } from 'node:http';
import { type Duplex, PassThrough } from 'node:stream';
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws';
import type { CommandRequest, Remote } from './remote-command.ts';

/** Channel numbers of remote commands over WebSocket (Models apimachinery pkg/util/remotecommand). */
const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

export const commandProtocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
export const tunnelProtocol = 'SPDY/3.1+portforward.k8s.io';

/** Output that waits for a slow client before its program is held back. */
const highWaterBytes = 1 << 20;

/** Takes the upgrade with the first of `protocols` that the client offers; answers 400 when there is none. */
export function acceptWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  protocols: readonly string[],
  accept: (webSocket: WebSocket, protocol: string) => void,
): void {
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  const chosen = protocols.find((name) => offered.includes(name));
  if (chosen === undefined) {
    const text = `unable to negotiate a subprotocol: client offered [${offered.join(' ')}], server has [${protocols.join(' ')}]\n`;
    socket.end(
      `HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`,
    );
    return;
  }
  // The name of the tunnel has a slash, which RFC 6455 does not allow and ws does not take: the header is read and
  // answered here.
  delete request.headers['sec-websocket-protocol'];
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  server.on('headers', (headers) => headers.push(`Sec-WebSocket-Protocol: ${chosen}`));
  server.handleUpgrade(request, socket, head, (webSocket) => accept(webSocket, chosen));
}

/** A client of exec or attach: each message carries its channel in the first byte. */
export function webSocketRemote(webSocket: WebSocket, protocol: string, request: CommandRequest): Remote {
  const stdin = request.stdin ? new PassThrough() : undefined;
  const drained: (() => void)[] = [];
  const send = (number: number, data: Buffer) => {
    if (webSocket.readyState !== webSocket.OPEN) return;
    webSocket.send(Buffer.concat([Buffer.from([number]), data]), () => {
      if (webSocket.bufferedAmount === 0) for (const callback of drained) callback();
    });
  };
  webSocket.on('message', (message: Buffer) => {
    if (message[0] === channel.stdin) stdin?.write(message.subarray(1));
    // v5 only: the client ends its input without ending the connection.
    else if (message[0] === channel.close && message[1] === channel.stdin) stdin?.end();
  });
  webSocket.on('close', () => stdin?.end());
  webSocket.on('error', () => undefined);
  // An empty message on the first channel that can be written tells a v4 client that the streams stand. The only clients
  // of v5 are kubectl's kin, which may not have made their streams when it comes this fast, and complain about it.
  if (protocol === 'v4.channel.k8s.io') {
    send(request.stdout ? channel.stdout : request.stderr ? channel.stderr : channel.error, Buffer.alloc(0));
  }
  return {
    stdin,
    stdout: (chunk) => request.stdout && send(channel.stdout, chunk),
    stderr: (chunk) => request.stderr && send(channel.stderr, chunk),
    writable: () => webSocket.bufferedAmount < highWaterBytes,
    onDrain: (callback) => drained.push(callback),
    onClose: (callback) => webSocket.on('close', callback),
    finish(status) {
      send(channel.error, Buffer.from(JSON.stringify(status)));
      webSocket.close(1000);
    },
  };
}

/** The bytes that a WebSocket tunnels, as one duplex stream. */
export function tunnel(webSocket: WebSocket): Duplex {
  return createWebSocketStream(webSocket, { allowHalfOpen: true });
}
