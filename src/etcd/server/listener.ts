import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type IncomingHttpHeaders, performServerHandshake, type ServerHttp2Stream } from 'node:http2';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { errorCode, errorMessage, LabError } from '../../lib/errors.ts';
import { handshakeText, verificationText } from '../../lib/tls-words.ts';

/**
 * One port for all: HTTP/2 (gRPC and plain) and HTTP/1.1, with or without TLS. Which one a connection speaks is
 * settled by ALPN under TLS, and by its first bytes without. Models the cmux of server/embed/serve.go.
 */
export interface ListenTls {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca: Buffer | undefined;
  /** Refuse clients without a certificate from the CA. */
  readonly requireClientCert: boolean;
}

export interface HttpAnswer {
  readonly status: number;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface HttpQuestion {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Buffer;
}

export interface ListenHandlers {
  /** Takes an HTTP/2 stream for itself, or leaves it (false) to `http`. */
  stream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): boolean;
  http(question: HttpQuestion): HttpAnswer | Promise<HttpAnswer>;
  /** A handshake failed, for the log. */
  onRejected?(remoteAddress: string, why: string): void;
}

export interface Listening {
  close(): Promise<void>;
}

const maxBodyBytes = 2 << 20;
const http2Preface = Buffer.from('PRI * HTTP/2');

const bindWords: Readonly<Record<string, string>> = {
  EADDRINUSE: 'address already in use',
  EADDRNOTAVAIL: 'cannot assign requested address',
  EACCES: 'permission denied',
};

export async function listen(
  url: URL,
  tls: ListenTls | undefined,
  handlers: ListenHandlers,
): Promise<Listening> {
  const sockets = new Set<Socket>();
  const http1 = createHttpServer((request, response) => answerHttp1(request, response, handlers));

  const serve = (socket: Socket, http2: boolean) => {
    socket.setNoDelay(true);
    if (!http2) {
      http1.emit('connection', socket);
      return;
    }
    const session = performServerHandshake(socket, {
      settings: { maxConcurrentStreams: 2 ** 32 - 1, initialWindowSize: 1 << 20 },
    });
    session.on('error', () => socket.destroy());
    session.on('stream', (stream, headers) => {
      if (!handlers.stream(stream, headers)) answerHttp2(stream, headers, handlers);
    });
  };
  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  };

  let server: Server;
  if (tls === undefined) {
    server = createTcpServer((socket) => {
      track(socket);
      socket.once('data', (first: Buffer) => {
        socket.pause();
        socket.unshift(first);
        serve(socket, first.subarray(0, http2Preface.length).equals(http2Preface.subarray(0, first.length)));
        // The HTTP/1 parser reads on by itself only when the socket flows.
        process.nextTick(() => socket.resume());
      });
    });
  } else {
    const secure = createTlsServer({
      cert: tls.cert,
      key: tls.key,
      ...(tls.ca === undefined ? {} : { ca: tls.ca }),
      requestCert: tls.requireClientCert,
      // Refused here, not by Node, which would only say that the connection broke.
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['h2', 'http/1.1'],
    });
    secure.on('connection', track);
    secure.on('secureConnection', (socket: TLSSocket) => {
      const refusal = tls.requireClientCert ? refusalOf(socket) : undefined;
      if (refusal === undefined) return serve(socket, socket.alpnProtocol === 'h2');
      handlers.onRejected?.(remoteAddress(socket), refusal);
      socket.destroy();
    });
    secure.on('tlsClientError', (error: Error, socket: TLSSocket) =>
      handlers.onRejected?.(
        remoteAddress(socket),
        handshakeText(errorCode(error) ?? '') ?? errorMessage(error),
      ),
    );
    server = secure;
  }

  const host = url.hostname.replace(/^\[|\]$/g, '');
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        new LabError(
          `listen tcp ${url.host}: bind: ${bindWords[errorCode(error) ?? ''] ?? errorMessage(error)}`,
          {
            remedy: 'is another program on this address, and does the machine have it?',
            cause: error,
          },
        ),
      ),
    );
    server.listen({ host, port: Number(url.port) }, resolve);
  });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

const remoteAddress = (socket: Socket) =>
  socket.remoteAddress === undefined ? '' : `${socket.remoteAddress}:${socket.remotePort}`;

/** Why a client may not come in; undefined when its certificate is from the trusted CA. */
function refusalOf(socket: TLSSocket): string | undefined {
  if (socket.authorized) return undefined;
  if (Object.keys(socket.getPeerCertificate()).length === 0)
    return "tls: client didn't provide a certificate";
  const code = String(socket.authorizationError);
  return verificationText(code) ?? code;
}

function questionOf(method: string, target: string, body: Buffer): HttpQuestion {
  const url = new URL(target, 'http://localhost');
  return { method, path: url.pathname, query: url.searchParams, body };
}

async function collect(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size > maxBodyBytes) throw new LabError('request body too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const plainText = 'text/plain; charset=utf-8';

function answerHttp1(request: IncomingMessage, response: ServerResponse, handlers: ListenHandlers): void {
  collect(request)
    .then((body) => handlers.http(questionOf(request.method ?? 'GET', request.url ?? '/', body)))
    .then(
      ({ status, contentType = plainText, headers, body = '' }) =>
        response.writeHead(status, { 'content-type': contentType, ...headers }).end(body),
      (error: unknown) => response.writeHead(500, { 'content-type': plainText }).end(errorMessage(error)),
    );
}

function answerHttp2(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  handlers: ListenHandlers,
): void {
  stream.on('error', () => undefined);
  collect(stream)
    .then((body) => handlers.http(questionOf(String(headers[':method']), String(headers[':path']), body)))
    .catch((error: unknown): HttpAnswer => ({ status: 500, body: errorMessage(error) }))
    .then(({ status, contentType = plainText, headers: more, body = '' }) => {
      if (stream.destroyed) return;
      stream.respond({ ':status': status, 'content-type': contentType, ...more });
      stream.end(body);
    });
}
