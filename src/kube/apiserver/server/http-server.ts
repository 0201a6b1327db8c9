import type { IncomingMessage } from 'node:http';
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Credentials } from '../request.ts';
import type { HttpRequest, HttpResponse } from './exchange.ts';

export interface HttpServerOptions {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** --client-ca-file: who may present a client certificate. */
  readonly clientCa?: string | Buffer;
  readonly onRequest: (request: HttpRequest, response: HttpResponse) => void;
  /** HTTP/1.1 `Connection: Upgrade` (WebSocket, SPDY), by GET or POST. */
  readonly onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

/**
 * TLS on one port for HTTP/2 and HTTP/1.1, with client certificates asked for but not demanded: who has none may
 * still bring a token.
 */
export class HttpServer {
  readonly #server: Http2SecureServer;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #sockets = new Set<Socket>();

  constructor(options: HttpServerOptions) {
    this.#server = createSecureServer(
      {
        allowHTTP1: true,
        requestCert: options.clientCa !== undefined,
        rejectUnauthorized: false,
        cert: options.cert,
        key: options.key,
        minVersion: 'TLSv1.2',
        ...(options.clientCa === undefined ? {} : { ca: options.clientCa }),
        settings: { maxConcurrentStreams: 1000, initialWindowSize: 1024 * 1024 },
        // Long watches share a session: nothing may count as idle.
        maxSessionMemory: 256,
      },
      (request, response) => options.onRequest(request, response),
    );
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      // Without a listener a reset of the peer would end the process.
      socket.on('error', () => socket.destroy());
      options.onUpgrade(request, socket, head);
    });
    this.#server.on('session', (session) => {
      this.#sessions.add(session);
      session.on('close', () => this.#sessions.delete(session));
      session.on('error', () => session.destroy());
    });
    this.#server.on('secureConnection', (socket: TLSSocket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => socket.destroy());
      socket.setNoDelay(true);
    });
    this.#server.on('sessionError', () => undefined);
    this.#server.setTimeout(0);
  }

  listen(host: string, port: number): Promise<AddressInfo> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port }, () => {
        this.#server.off('error', reject);
        resolve(this.#server.address() as AddressInfo);
      });
    });
  }

  /** Takes no new connections, lets requests end, and after the grace time cuts the rest. */
  async close(graceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const session of this.#sessions) session.close();
    const timer = setTimeout(() => {
      for (const session of this.#sessions) session.destroy();
      for (const socket of this.#sockets) socket.destroy();
    }, graceMs);
    await closed;
    clearTimeout(timer);
  }
}

type CertificateCredentials = Pick<Credentials, 'certificate' | 'refusedCertificate'>;
const known = new WeakMap<object, CertificateCredentials>();

/** The client's certificate, as TLS verified it against --client-ca-file, and its bearer token. */
export function credentialsOf(request: HttpRequest): Credentials {
  const match = /^Bearer +(\S+)$/i.exec(headerOf(request, 'authorization'));
  return {
    ...certificateOf(request),
    ...(match === null ? {} : { bearerToken: match[1]! }),
  };
}

export function headerOf(request: HttpRequest, name: string): string {
  const value = request.headers[name];
  return Array.isArray(value) ? (value[0] ?? '') : (value ?? '');
}

function certificateOf(request: HttpRequest): CertificateCredentials {
  const isHttp2 = 'stream' in request;
  // The subject is the same for all requests of a connection, and reading it is slow.
  const connection: object | undefined = isHttp2 ? request.stream.session : request.socket;
  if (connection === undefined) return {};
  const cached = known.get(connection);
  if (cached !== undefined) return cached;
  const socket = (isHttp2 ? request.stream.session?.socket : request.socket) as TLSSocket | undefined;
  const found = socket === undefined ? {} : readCertificate(socket);
  known.set(connection, found);
  return found;
}

function readCertificate(socket: TLSSocket): CertificateCredentials {
  // Absent in the empty object that stands for no certificate.
  const { subject } = socket.getPeerCertificate() as {
    readonly subject?: { readonly CN?: unknown; readonly O?: unknown };
  };
  if (subject === undefined) return {};
  if (!socket.authorized) return { refusedCertificate: true };
  // Node gives repeated attributes as an array, though its types say string.
  const organizations = subject.O as string | string[] | undefined;
  return {
    certificate: {
      commonName: String(subject.CN ?? ''),
      organizations: organizations === undefined ? [] : [organizations].flat(),
    },
  };
}

export const remoteAddressOf = (request: HttpRequest): string => request.socket?.remoteAddress ?? '';
