import type http2 from 'node:http2';
import type { ClientConfig } from './config.ts';
import { Connection } from './connection.ts';
import { statusErrorOf } from './errors.ts';

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface RequestOptions {
  readonly query?: Query;
  /** Sent as JSON, unless it is a Buffer or string already. */
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
  readonly signal?: AbortSignal;
  /** Milliseconds until the whole request is given up; none for watches. */
  readonly timeoutMs?: number;
}

export interface StreamResponse {
  readonly status: number;
  readonly headers: http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader;
  readonly body: http2.ClientHttp2Stream;
}

const defaultTimeoutMs = 30_000;

function encodeQuery(query: Query | undefined): string {
  if (query === undefined) return '';
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  if (pairs.length === 0) return '';
  return `?${pairs.map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`).join('&')}`;
}

export async function readAll(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Requests to an API server. Throws {@link StatusError} for an answer of 400 or more, the connection's error otherwise. */
export class RestClient {
  readonly config: ClientConfig;
  readonly #connection: Connection;

  constructor(config: ClientConfig) {
    this.config = config;
    this.#connection = new Connection(config);
  }

  /** Parsed JSON of the answer. */
  async request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    const body = await this.requestRaw(method, path, options);
    return (body.length === 0 ? undefined : JSON.parse(body.toString('utf8'))) as T;
  }

  /** The answer's bytes. */
  async requestRaw(method: string, path: string, options: RequestOptions = {}): Promise<Buffer> {
    const timeout = AbortSignal.timeout(options.timeoutMs ?? defaultTimeoutMs);
    const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
    const response = await this.stream(method, path, { ...options, signal });
    const body = await readAll(response.body);
    if (response.status >= 400) throw statusErrorOf(response.status, body);
    return body;
  }

  /** The answer's head, and its body as it comes. Errors of status 400 and above are left to the caller. */
  async stream(method: string, path: string, options: RequestOptions = {}): Promise<StreamResponse> {
    options.signal?.throwIfAborted();
    const session = await this.#connection.session();
    options.signal?.throwIfAborted();
    const { token, userAgent } = this.config;
    const bearer = typeof token === 'function' ? token() : token;
    const payload = encodeBody(options.body);
    const stream = session.request(
      {
        ':method': method,
        ':path': `${this.#connection.pathPrefix}${path}${encodeQuery(options.query)}`,
        accept: options.accept ?? 'application/json',
        'user-agent': userAgent ?? 'k8s-lab',
        ...(payload !== undefined && { 'content-type': options.contentType ?? 'application/json' }),
        ...(bearer !== undefined && bearer !== '' && { authorization: `Bearer ${bearer}` }),
        ...this.config.headers,
      },
      { endStream: payload === undefined },
    );
    // destroy() with an error makes pending reads fail with it, which is what an aborted caller expects.
    const abort = () => stream.destroy(abortError(options.signal));
    options.signal?.addEventListener('abort', abort, { once: true });
    stream.once('close', () => options.signal?.removeEventListener('abort', abort));
    if (payload !== undefined) stream.end(payload);
    return new Promise((resolve, reject) => {
      stream.once('response', (headers) =>
        resolve({ status: headers[':status'] ?? 0, headers, body: stream }),
      );
      stream.on('error', reject);
      stream.once('close', () => reject(new Error('the connection closed before the server answered')));
    });
  }

  close(): void {
    this.#connection.close();
  }
}

function encodeBody(body: unknown): Buffer | string | undefined {
  if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) return body;
  return JSON.stringify(body);
}

function abortError(signal: AbortSignal | undefined): Error {
  return signal?.reason instanceof Error ? signal.reason : new Error('aborted');
}
