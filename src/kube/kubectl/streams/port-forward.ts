import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { whenAborted } from '../../../lib/abort.ts';
import { errorCode, errorMessage } from '../../../lib/errors.ts';
import { SpdySession } from '../../../lib/spdy/session.ts';
import { KubectlError } from '../cli/errors.ts';
import type { ForwardedPort, ListenAddress } from './ports.ts';

/** Where the lines go that a person sees. */
export interface ForwardOutput {
  print(line: string): void;
  warn(line: string): void;
  /** A connection failed; the others go on until the session ends. */
  report(error: string): void;
}

const bindErrors: Readonly<Record<string, string>> = {
  EADDRINUSE: 'address already in use',
  EACCES: 'permission denied',
  EADDRNOTAVAIL: 'cannot assign requested address',
  EAFNOSUPPORT: 'address family not supported by protocol',
};

const withPort = (address: string, port: number) =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

/**
 * Local ports lead to ports of a pod, over one connection that speaks SPDY. Each local connection is a pair of streams
 * with the same requestID: `data`, and `error`, on which the far end says what went wrong. Ends without error when the
 * signal aborts. Throws KubectlError. Models client-go tools/portforward.
 */
export class PortForwarder {
  readonly #session: SpdySession;
  readonly #output: ForwardOutput;
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #over: Promise<void>;
  #nextRequest = 0;

  constructor(connection: Duplex, output: ForwardOutput) {
    this.#output = output;
    let over: () => void = () => undefined;
    this.#over = new Promise((resolve) => {
      over = resolve;
    });
    this.#session = new SpdySession(connection, 'client', { onClose: over });
  }

  async run(
    ports: readonly ForwardedPort[],
    addresses: readonly ListenAddress[],
    signal: AbortSignal,
  ): Promise<void> {
    try {
      let listening = 0;
      for (const port of ports) {
        const failed = await this.#listen(port, addresses);
        if (failed === undefined) listening++;
        else this.#output.warn(`Unable to listen on port ${port.local}: ${failed}`);
      }
      if (listening === 0)
        throw new KubectlError(
          `unable to listen on any of the requested ports: [${ports.map((p) => `{${p.local} ${p.remote}}`).join(' ')}]`,
        );
      await Promise.race([whenAborted(signal), this.#over]);
      if (!signal.aborted) throw new KubectlError('lost connection to pod');
    } finally {
      for (const server of this.#servers) server.close();
      for (const socket of this.#sockets) socket.destroy();
      this.#session.close();
    }
  }

  /** One port on every address; what went wrong when that is not enough. */
  async #listen(port: ForwardedPort, addresses: readonly ListenAddress[]): Promise<string | undefined> {
    const errors: string[] = [];
    let failedNeeded = 0;
    let local = port.local;
    let done = 0;
    for (const { address, network, optional } of addresses) {
      try {
        local = await this.#listenOn(address, local, port.remote);
        done++;
      } catch (error) {
        const why = bindErrors[errorCode(error) ?? ''] ?? errorMessage(error);
        errors.push(
          `unable to create listener: Error listen ${network} ${withPort(address, local)}: bind: ${why}`,
        );
        if (!optional) failedNeeded++;
      }
    }
    const enough = failedNeeded === 0 && (done > 0 || errors.length === 0);
    return enough ? undefined : `Listeners failed to create with the following errors: [${errors.join(' ')}]`;
  }

  /** Resolves to the port, which is a new one when 0 was asked for. */
  #listenOn(address: string, wanted: number, remote: number): Promise<number> {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      void this.#forward(socket, local, remote);
    });
    let local = wanted;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: address, port: wanted, ipv6Only: address.includes(':') }, () => {
        const bound = server.address();
        if (typeof bound === 'object' && bound !== null) local = bound.port;
        this.#servers.push(server);
        this.#output.print(`Forwarding from ${withPort(address, local)} -> ${remote}`);
        resolve(local);
      });
    });
  }

  async #forward(socket: Socket, local: number, remote: number): Promise<void> {
    this.#output.print(`Handling connection for ${local}`);
    socket.on('error', () => socket.destroy());
    const headers = { port: String(remote), requestid: String(this.#nextRequest++) };
    try {
      const error = await this.#session.open({ ...headers, streamtype: 'error' });
      // Nothing is said on it from here.
      error.end();
      const complaint = text(error).catch(() => '');
      const data = await this.#session.open({ ...headers, streamtype: 'data' });
      socket.pipe(data);
      data.pipe(socket);
      await new Promise<void>((resolve) => {
        data.once('end', resolve);
        data.once('close', resolve);
        socket.once('close', resolve);
      });
      data.destroy();
      const message = await complaint;
      if (message !== '') {
        this.#output.report(`an error occurred forwarding ${local} -> ${remote}: ${message}`);
        // As upstream: a pod that cannot be reached ends the whole forwarding.
        this.#session.close();
      }
    } catch (error) {
      this.#output.report(`error creating stream for port ${local} -> ${remote}: ${errorMessage(error)}`);
    } finally {
      socket.end();
    }
  }
}
