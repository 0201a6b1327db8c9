import { type ClientHttp2Session, type ClientHttp2Stream, constants } from 'node:http2';
import { errorMessage } from '../errors.ts';
import { FrameReader, frame } from './frames.ts';
import { keepSessionAlive, openSession, type SessionTls } from './session.ts';
import { decodeGrpcMessage, formatGrpcTimeout, GrpcCode, GrpcError } from './status.ts';

/**
 * A gRPC client on node:http2: one server, one session, opened when the first call needs it and again after it broke.
 * Messages are bytes; the caller encodes and decodes.
 */
export type ChannelTls = SessionTls;

export interface ChannelOptions {
  readonly tls?: ChannelTls | undefined;
  /** Time to get connected. Default 5 s. */
  readonly connectTimeoutMs?: number;
  /** While calls are open, ask for a sign of life so often; a server that stays silent is given up. Default: off. */
  readonly keepAliveTimeMs?: number;
  readonly keepAliveTimeoutMs?: number;
  /** Default 2 GiB, as clientv3. */
  readonly maxReceiveBytes?: number;
}

export interface CallOptions {
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

export interface StreamHandlers {
  onMessage(message: Buffer): void;
  /** Once, at the end; undefined when the status was OK. */
  onEnd(error: GrpcError | undefined): void;
}

export interface ClientStream {
  send(message: Uint8Array): void;
  /** Half-close: no more messages from here. */
  end(): void;
  cancel(): void;
}

/** The call never reached the server, so any call may be tried on another one. */
export class NotConnectedError extends GrpcError {
  constructor(target: string, cause: unknown) {
    super(
      GrpcCode.Unavailable,
      `connection error: desc = "transport: Error while dialing: ${errorMessage(cause)}"`,
      { where: target, cause },
    );
    this.name = 'NotConnectedError';
  }
}

export class GrpcChannel {
  readonly target: URL;
  readonly #options: ChannelOptions;
  #session: Promise<ClientHttp2Session> | undefined;
  #closed = false;

  /** The target is `https://host:port` or `http://host:port`. */
  constructor(target: string, options: ChannelOptions = {}) {
    this.target = new URL(target);
    this.#options = options;
  }

  /** Resolves when a session stands; throws NotConnectedError. */
  async connect(): Promise<void> {
    await this.#open();
  }

  #open(): Promise<ClientHttp2Session> {
    if (this.#closed)
      return Promise.reject(new GrpcError(GrpcCode.Canceled, 'grpc: the client connection is closing'));
    if (this.#session !== undefined) return this.#session;
    // An old session that ends late must not make us forget the one that took its place.
    const forget = () => {
      if (this.#session === dialed) this.#session = undefined;
    };
    const dialed = this.#dial(forget).catch((error: unknown) => {
      forget();
      throw new NotConnectedError(this.target.host, error);
    });
    this.#session = dialed;
    return dialed;
  }

  async #dial(forget: () => void): Promise<ClientHttp2Session> {
    const { tls = {}, connectTimeoutMs = 5000, keepAliveTimeMs, keepAliveTimeoutMs = 10_000 } = this.#options;
    const session = await openSession(this.target, tls, connectTimeoutMs, forget);
    if (keepAliveTimeMs !== undefined) keepSessionAlive(session, keepAliveTimeMs, keepAliveTimeoutMs);
    return session;
  }

  async #start(path: string, options: CallOptions, handlers: StreamHandlers): Promise<ClientHttp2Stream> {
    const session = await this.#open();
    if (session.destroyed || session.closed) {
      throw new NotConnectedError(this.target.host, 'connection closed');
    }
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...(options.timeoutMs === undefined ? {} : { 'grpc-timeout': formatGrpcTimeout(options.timeoutMs) }),
      ...options.metadata,
    });
    this.#receive(stream, handlers);
    return stream;
  }

  #receive(stream: ClientHttp2Stream, handlers: StreamHandlers): void {
    const reader = new FrameReader(this.#options.maxReceiveBytes ?? 2 ** 31 - 1);
    let ended = false;
    const end = (error: GrpcError | undefined) => {
      if (ended) return;
      ended = true;
      handlers.onEnd(error);
    };
    const finish = (headers: Readonly<Record<string, unknown>>) => {
      const code = Number(headers['grpc-status']) as GrpcCode;
      end(
        code === GrpcCode.OK
          ? undefined
          : new GrpcError(code, decodeGrpcMessage(String(headers['grpc-message'] ?? ''))),
      );
    };
    stream.on('response', (headers) => {
      if (headers['grpc-status'] !== undefined) finish(headers);
      else if (headers[':status'] !== 200) {
        end(
          new GrpcError(
            GrpcCode.Unavailable,
            `unexpected HTTP status code received from server: ${headers[':status']}`,
          ),
        );
      }
    });
    stream.on('data', (chunk: Buffer) => {
      if (ended) return;
      try {
        for (const message of reader.push(chunk)) handlers.onMessage(message);
      } catch (error) {
        stream.close(constants.NGHTTP2_CANCEL);
        end(
          error instanceof GrpcError
            ? error
            : new GrpcError(GrpcCode.Internal, errorMessage(error), { cause: error }),
        );
      }
    });
    stream.on('trailers', finish);
    stream.on('error', (error: Error) =>
      end(new GrpcError(GrpcCode.Unavailable, error.message, { cause: error })),
    );
    // An error carries a stack, and a stack costs: none is made for the many calls that have ended well.
    stream.on('close', () => {
      if (!ended) end(new GrpcError(GrpcCode.Unavailable, 'transport is closing'));
    });
  }

  /** Throws GrpcError; DeadlineExceeded after the timeout, Canceled when the signal aborts. */
  unary(path: string, request: Uint8Array, options: CallOptions = {}): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      let response: Buffer | undefined;
      let stream: ClientHttp2Stream | undefined;
      let timer: NodeJS.Timeout | undefined;
      let over = false;
      const settle = (error: GrpcError | undefined) => {
        if (over) return;
        over = true;
        clearTimeout(timer);
        options.signal?.removeEventListener('abort', onAbort);
        if (error !== undefined) reject(error);
        else if (response === undefined)
          reject(new GrpcError(GrpcCode.Internal, 'call ended without a response'));
        else resolve(response);
      };
      const giveUp = (error: GrpcError) => {
        settle(error);
        stream?.close(constants.NGHTTP2_CANCEL);
      };
      const onAbort = () => giveUp(new GrpcError(GrpcCode.Canceled, 'context canceled'));
      if (options.signal?.aborted) return onAbort();
      options.signal?.addEventListener('abort', onAbort, { once: true });
      if (options.timeoutMs !== undefined) {
        timer = setTimeout(
          () => giveUp(new GrpcError(GrpcCode.DeadlineExceeded, 'context deadline exceeded')),
          options.timeoutMs,
        );
      }
      this.#start(path, options, {
        onMessage(message) {
          response = message;
        },
        onEnd: settle,
      }).then(
        (started) => {
          stream = started;
          if (over) stream.close(constants.NGHTTP2_CANCEL);
          else stream.end(frame(request));
        },
        (error: GrpcError) => settle(error),
      );
    });
  }

  /** A stream both ways. Failing to connect is told through onEnd too. */
  stream(path: string, handlers: StreamHandlers, options: CallOptions = {}): ClientStream {
    let stream: ClientHttp2Stream | undefined;
    let canceled = false;
    let halfClosed = false;
    const early: Buffer[] = [];
    this.#start(path, options, handlers).then(
      (started) => {
        stream = started;
        if (canceled) return stream.close(constants.NGHTTP2_CANCEL);
        for (const framed of early) stream.write(framed);
        if (halfClosed) stream.end();
      },
      (error: GrpcError) => handlers.onEnd(error),
    );
    return {
      send(message) {
        const framed = frame(message);
        if (stream === undefined) early.push(framed);
        else if (!stream.destroyed && !stream.writableEnded) stream.write(framed);
      },
      end() {
        halfClosed = true;
        stream?.end();
      },
      cancel() {
        canceled = true;
        stream?.close(constants.NGHTTP2_CANCEL);
      },
    };
  }

  /** Closes the session; open calls end with Unavailable. */
  close(): void {
    this.#closed = true;
    this.#session?.then(
      (session) => session.destroy(),
      () => undefined,
    );
  }
}
