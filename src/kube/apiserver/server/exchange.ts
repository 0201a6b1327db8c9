import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import type { Writable } from 'node:stream';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { ApiError } from '../api-error.ts';
import type { UserInfo } from '../request.ts';
import { statusOf, tooLarge } from '../status-errors.ts';
import type { RequestInfo } from './request-info.ts';

export type HttpRequest = IncomingMessage | Http2ServerRequest;
/** What the response classes of HTTP/1.1 and HTTP/2 have in common. */
export type HttpResponse = Writable & {
  statusCode: number;
  writeHead(status: number, headers: Record<string, string | string[]>): unknown;
  readonly headersSent: boolean;
  setHeader(name: string, value: string | readonly string[]): unknown;
  /** Sends the head before there is a body. */
  flushHeaders?(): void;
};

/** A request as the handlers see it, after authentication and authorization. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly info: RequestInfo;
  readonly user: UserInfo;
  readonly auditId: string;
  /** Aborted when the client goes away or the server stops. */
  readonly signal: AbortSignal;
  /** Texts for Warning headers; handlers push to it. */
  readonly warnings: string[];
  /** The whole body, at most 3 MiB (else 413). */
  body(): Promise<Buffer>;
  readonly raw: HttpRequest;
}

/** A complete answer. A handler that writes by itself (watch, proxy) gives {@link StreamReply}. */
export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface StreamReply {
  /** Writes head and body; resolves when the answer is complete. */
  readonly stream: (response: HttpResponse) => Promise<void>;
}

export type Answer = Reply | StreamReply;
export type Handler = (request: ApiRequest) => Promise<Answer>;

export const json = (status: number, value: unknown): Reply => ({
  status,
  contentType: 'application/json',
  body: typeof value === 'string' ? value : JSON.stringify(value),
});

export const text = (status: number, body: string): Reply => ({
  status,
  contentType: 'text/plain; charset=utf-8',
  body,
});

/** Any error as an answer of kind Status; what is not an ApiError is our own fault: 500. */
export function errorReply(error: unknown): Reply {
  const apiError =
    error instanceof ApiError
      ? error
      : new ApiError(
          500,
          'InternalError',
          `Internal error occurred: ${error instanceof Error ? error.message : String(error)}`,
        );
  const retry = apiError.details?.retryAfterSeconds;
  return {
    ...json(apiError.code, statusOf(apiError)),
    headers: retry === undefined ? {} : { 'retry-after': String(retry) },
  };
}

const maximumBody = 3 * 1024 * 1024;

export function readBody(request: HttpRequest, limit = maximumBody): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else reject(tooLarge(limit));
    });
    request.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    request.on('error', reject);
    request.on('aborted', () => reject(new ApiError(400, 'BadRequest', 'unexpected EOF')));
  });
}

const gzipAsync = promisify(gzip);
/** As upstream: smaller answers are not worth the work. */
const gzipThreshold = 128 * 1024;

export async function sendReply(
  request: HttpRequest,
  response: HttpResponse,
  reply: Reply,
  headers: Readonly<Record<string, string | string[]>>,
): Promise<void> {
  let body: string | Buffer = reply.body;
  let length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  const all: Record<string, string | string[]> = {
    ...headers,
    ...reply.headers,
    'content-type': reply.contentType,
  };
  if (length > gzipThreshold && /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))) {
    body = await gzipAsync(body, { level: 1 });
    length = body.length;
    all['content-encoding'] = 'gzip';
    all.vary = 'Accept-Encoding';
  }
  if (response.destroyed || response.writableEnded) return;
  all['content-length'] = String(length);
  response.writeHead(reply.status, all);
  // As a text, head and body are one write, and so one record of TLS.
  if (request.method === 'HEAD') response.end();
  else response.end(body);
}

export function writeHead(
  response: HttpResponse,
  status: number,
  headers: Readonly<Record<string, string | string[]>>,
): void {
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}
