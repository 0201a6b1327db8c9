import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** Highest first; v5 adds nothing to SPDY but closing single streams, which SPDY always could. */
export const commandStreamProtocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
export const portForwardProtocol = 'portforward.k8s.io';

/**
 * Answers `Upgrade: SPDY/3.1` with 101, or with 403 when no protocol of X-Stream-Protocol-Version is known (Models
 * apimachinery pkg/util/httpstream). True when the socket speaks SPDY from now on.
 */
export function acceptSpdy(request: IncomingMessage, socket: Duplex, protocols: readonly string[]): boolean {
  const offered = (request.headersDistinct['x-stream-protocol-version'] ?? [])
    .flatMap((value) => value.split(','))
    .map((value) => value.trim());
  const chosen = protocols.find((name) => offered.includes(name));
  if (chosen === undefined) {
    const text = `unable to upgrade: unable to negotiate protocol: client supports [${offered.join(' ')}], server accepts [${protocols.join(' ')}]\n`;
    const accepted = protocols.map((name) => `X-Accepted-Stream-Protocol-Versions: ${name}\r\n`).join('');
    socket.end(
      `HTTP/1.1 403 Forbidden\r\n${accepted}Content-Type: text/plain\r\nContent-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`,
    );
    return false;
  }
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${chosen}\r\n\r\n`,
  );
  return true;
}
