import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { errorMessage } from '../errors.ts';
import { FrameReader, frame } from './frames.ts';
import { encodeGrpcMessage, GrpcCode, GrpcError, parseGrpcTimeout } from './status.ts';

/**
 * The serving side of gRPC over HTTP/2: takes the streams of a node:http2 session whose content type is
 * application/grpc, and hands messages (bytes) to handlers by path. A handler fails by throwing GrpcError.
 */
export interface ServerCall {
  readonly headers: IncomingHttpHeaders;
  /** Milliseconds that the client is going to wait; undefined for ever. */
  readonly timeoutMs: number | undefined;
}

export type UnaryHandler = (request: Buffer, call: ServerCall) => Uint8Array | Promise<Uint8Array>;

export interface ServerStream {
  readonly call: ServerCall;
  send(message: Uint8Array): void;
  /** Ends the stream with a status; OK without an error. */
  end(error?: GrpcError): void;
  /** False when the client does not take what was sent; `onDrain` of the handlers tells when it does again. */
  readonly writable: boolean;
}

export interface StreamReceiver {
  onMessage(message: Buffer): void;
  /** The client sends no more. */
  onHalfClose(): void;
  onDrain?(): void;
  /** Once, whatever the reason. */
  onClose(): void;
}

/** Called for each new stream; what it returns gets the client's messages. */
export type StreamHandler = (stream: ServerStream) => StreamReceiver;

export interface GrpcService {
  readonly unary: ReadonlyMap<string, UnaryHandler>;
  readonly streams: ReadonlyMap<string, StreamHandler>;
}

/** Bytes waiting for a client before its stream counts as not writable. */
const highWaterBytes = 1 << 20;

const responseHeaders = { ':status': 200, 'content-type': 'application/grpc' };

const trailersOf = (error: GrpcError | undefined) => ({
  'grpc-status': String(error?.code ?? 0),
  ...(error === undefined ? {} : { 'grpc-message': encodeGrpcMessage(error.message) }),
});

function toGrpcError(error: unknown): GrpcError {
  return error instanceof GrpcError
    ? error
    : new GrpcError(GrpcCode.Unknown, errorMessage(error), { cause: error });
}

export class GrpcServer {
  readonly #service: GrpcService;
  readonly #maxRequestBytes: number;

  constructor(service: GrpcService, maxRequestBytes: number) {
    this.#service = service;
    this.#maxRequestBytes = maxRequestBytes;
  }

  /** For the event `stream` of a session. */
  handle(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    // A reset by the client is its right, not our failure; 'close' follows.
    stream.on('error', () => undefined);
    const path = String(headers[':path']);
    const call: ServerCall = {
      headers,
      timeoutMs: parseGrpcTimeout(headers['grpc-timeout'] as string | undefined),
    };
    const unary = this.#service.unary.get(path);
    const streaming = this.#service.streams.get(path);
    if (unary !== undefined) this.#unary(stream, call, unary);
    else if (streaming !== undefined) this.#stream(stream, call, streaming);
    else endWithoutMessages(stream, unimplemented(path, this.#service));
  }

  #unary(stream: ServerHttp2Stream, call: ServerCall, handler: UnaryHandler): void {
    const reader = new FrameReader(this.#maxRequestBytes);
    let request: Buffer | undefined;
    let failed = false;
    const fail = (error: unknown) => {
      failed = true;
      endWithoutMessages(stream, toGrpcError(error));
    };
    stream.on('data', (chunk: Buffer) => {
      if (failed) return;
      try {
        for (const message of reader.push(chunk)) request = message;
      } catch (error) {
        fail(error);
      }
    });
    stream.on('end', () => {
      if (failed) return;
      if (request === undefined) return fail(new GrpcError(GrpcCode.Internal, 'no request message received'));
      try {
        const response = handler(request, call);
        if (response instanceof Uint8Array) endWithMessage(stream, response);
        else response.then((bytes) => endWithMessage(stream, bytes), fail);
      } catch (error) {
        fail(error);
      }
    });
  }

  #stream(stream: ServerHttp2Stream, call: ServerCall, handler: StreamHandler): void {
    const reader = new FrameReader(this.#maxRequestBytes);
    let status: GrpcError | undefined;
    let ended = false;
    stream.respond(responseHeaders, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers(trailersOf(status)));
    const end = (error?: GrpcError) => {
      if (ended) return;
      ended = true;
      status = error;
      if (!stream.destroyed) stream.end();
    };
    const receiver = handler({
      call,
      send: (message) => {
        if (!ended && !stream.destroyed) stream.write(frame(message));
      },
      end,
      get writable() {
        return stream.writableLength < highWaterBytes;
      },
    });
    stream.on('data', (chunk: Buffer) => {
      try {
        for (const message of reader.push(chunk)) if (!ended) receiver.onMessage(message);
      } catch (error) {
        end(toGrpcError(error));
      }
    });
    stream.on('end', () => receiver.onHalfClose());
    stream.on('drain', () => receiver.onDrain?.());
    stream.on('close', () => {
      ended = true;
      receiver.onClose();
    });
  }
}

/** As Go's server words it: the service unknown, or only the method. */
function unimplemented(path: string, served: GrpcService): GrpcError {
  const [, service = '', method = ''] = path.split('/');
  const isKnown = [...served.unary.keys(), ...served.streams.keys()].some((known) =>
    known.startsWith(`/${service}/`),
  );
  return new GrpcError(
    GrpcCode.Unimplemented,
    isKnown ? `unknown method ${method} for service ${service}` : `unknown service ${service}`,
  );
}

function endWithMessage(stream: ServerHttp2Stream, message: Uint8Array): void {
  if (stream.destroyed) return;
  stream.respond(responseHeaders, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers(trailersOf(undefined)));
  stream.end(frame(message));
}

/** A response of headers alone ("trailers-only"). */
function endWithoutMessages(stream: ServerHttp2Stream, error: GrpcError): void {
  if (stream.destroyed || stream.headersSent) return;
  stream.respond({ ...responseHeaders, ...trailersOf(error) }, { endStream: true });
}
