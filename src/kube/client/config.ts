import type { Duplex } from 'node:stream';

/** How to reach an API server, and as whom. */
export interface ClientConfig {
  /** `https://10.240.0.40:6443`, with an optional path prefix. */
  readonly server: string;
  /** PEM. */
  readonly ca?: string | Buffer;
  /** PEM. */
  readonly cert?: string | Buffer;
  /** PEM. */
  readonly key?: string | Buffer;
  readonly token?: string | (() => string);
  readonly insecureSkipTlsVerify?: boolean;
  /** The name the server's certificate must carry, when it is not the host of `server`. */
  readonly tlsServerName?: string;
  readonly namespace?: string;
  readonly userAgent?: string;
  /** Sent with each request, such as Impersonate-User. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Opens the TCP connection in place of a direct one: the way through a proxy. */
  readonly dial?: () => Promise<Duplex>;
}
