import http2 from 'node:http2';
import type { ClientConfig } from './config.ts';
import { inGoWords } from './connection-error.ts';

/** A silent server is asked for a sign of life, and given up when none comes, as client-go does (30 s and 15 s upstream). */
const pingIntervalMs = 10_000;
const pingTimeoutMs = 5_000;
const connectTimeoutMs = 5_000;

/**
 * One HTTP/2 session to the API server, opened on first use and again after it broke: all requests and all watches of
 * a component share one TLS connection, as Go's clients do.
 */
export class Connection {
  readonly #config: ClientConfig;
  readonly #origin: URL;
  #session: Promise<http2.ClientHttp2Session> | undefined;
  #closed = false;

  constructor(config: ClientConfig) {
    this.#config = config;
    this.#origin = new URL(config.server);
  }

  get pathPrefix(): string {
    return this.#origin.pathname.replace(/\/$/, '');
  }

  get authority(): string {
    return this.#origin.host;
  }

  session(): Promise<http2.ClientHttp2Session> {
    if (this.#closed) return Promise.reject(new Error('the client is closed'));
    this.#session ??= this.#open();
    return this.#session;
  }

  async #open(): Promise<http2.ClientHttp2Session> {
    const socket = await this.#config.dial?.().catch((error: unknown) => {
      this.#session = undefined;
      throw inGoWords(error, this.#origin);
    });
    const { ca, cert, key, insecureSkipTlsVerify, tlsServerName } = this.#config;
    const session = http2.connect(this.#origin, {
      ...(ca && { ca }),
      ...(cert && { cert }),
      ...(key && { key }),
      ...(tlsServerName && { servername: tlsServerName }),
      ...(socket && { socket }),
      rejectUnauthorized: insecureSkipTlsVerify !== true,
    });
    const forget = () => {
      this.#session = undefined;
    };
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => session.destroy(new Error(`dial tcp ${this.#origin.host}: i/o timeout`)),
        connectTimeoutMs,
      );
      session.once('connect', () => {
        clearTimeout(timer);
        this.#keepAlive(session);
        resolve(session);
      });
      session.on('error', (error) => {
        clearTimeout(timer);
        forget();
        reject(inGoWords(error, this.#origin));
      });
      session.on('goaway', forget);
      session.on('close', () => {
        clearTimeout(timer);
        forget();
        reject(new Error(`connection to ${this.#origin.host} closed`));
      });
    });
  }

  #keepAlive(session: http2.ClientHttp2Session): void {
    const interval = setInterval(() => {
      const timeout = setTimeout(
        () => session.destroy(new Error('http2: client connection lost')),
        pingTimeoutMs,
      );
      const sent = session.ping(() => clearTimeout(timeout));
      if (!sent) clearTimeout(timeout);
    }, pingIntervalMs);
    interval.unref();
    session.once('close', () => clearInterval(interval));
  }

  close(): void {
    this.#closed = true;
    this.#session?.then(
      (session) => session.destroy(),
      () => {},
    );
    this.#session = undefined;
  }
}
