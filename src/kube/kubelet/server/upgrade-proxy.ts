import type { IncomingMessage } from 'node:http';
import http from 'node:http';
import type { Duplex } from 'node:stream';

/**
 * Joins a client that wants to upgrade (WebSocket or SPDY) to the runtime's streaming server: the request goes there
 * as it came, and from the answer on bytes are passed both ways untouched. So the protocols of exec, attach and
 * port-forward are known only to the runtime.
 */
export function proxyUpgrade(request: IncomingMessage, client: Duplex, head: Buffer, target: URL): void {
  // Who asks has been settled here; the runtime needs no token.
  const { host: _, authorization: __, ...headers } = request.headers;
  const outgoing = http.request(target, { method: request.method, headers, agent: false });
  const fail = (code: number, message: string) => {
    const text = `${message}\n`;
    client.end(
      `HTTP/1.1 ${code} ${http.STATUS_CODES[code]}\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
    );
  };
  outgoing.on('upgrade', (response, upstream, upstreamHead) => {
    const lines = [`HTTP/1.1 ${response.statusCode} ${response.statusMessage}`];
    for (let index = 0; index < response.rawHeaders.length; index += 2) {
      lines.push(`${response.rawHeaders[index]}: ${response.rawHeaders[index + 1]}`);
    }
    client.write(`${lines.join('\r\n')}\r\n\r\n`);
    if (upstreamHead.length > 0) client.write(upstreamHead);
    if (head.length > 0) upstream.write(head);
    upstream.pipe(client);
    client.pipe(upstream);
    // The end of one side is passed on as an end: what is still under way (an exit code) must arrive.
    upstream.on('error', () => client.end()).on('close', () => client.end());
    client.on('error', () => upstream.destroy()).on('close', () => upstream.destroy());
  });
  outgoing.on('response', (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () => fail(response.statusCode ?? 502, Buffer.concat(chunks).toString('utf8').trim()));
  });
  outgoing.on('error', (error) => fail(502, `error dialing the container runtime: ${error.message}`));
  outgoing.end();
}
