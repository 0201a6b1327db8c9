import type { IncomingMessage } from 'node:http';

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (value: number) => String(value).padStart(2, '0');
const quoted = (text: string | undefined) => `"${(text ?? '-').replace(/["\\]/g, '\\$&')}"`;

/** A request in the combined log format of Apache and nginx. */
export function accessLogLine(
  request: Pick<IncomingMessage, 'method' | 'url' | 'httpVersion' | 'headers'> & {
    readonly socket: { readonly remoteAddress?: string | undefined };
  },
  response: { readonly status: number; readonly bytes: number },
  time: Date,
): string {
  const day = `${two(time.getUTCDate())}/${months[time.getUTCMonth()]}/${time.getUTCFullYear()}`;
  const clock = `${two(time.getUTCHours())}:${two(time.getUTCMinutes())}:${two(time.getUTCSeconds())} +0000`;
  const line = `${request.method} ${request.url} HTTP/${request.httpVersion}`;
  return (
    `${request.socket.remoteAddress ?? '-'} - - [${day}:${clock}] ${quoted(line)} ` +
    `${response.status} ${response.bytes} ${quoted(request.headers.referer)} ${quoted(request.headers['user-agent'])}`
  );
}
