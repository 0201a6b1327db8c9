import type * as net from 'node:net';
import { preambleLength } from './preamble.ts';

/*
 * Datagrams between two sockets run over one stream: the preamble once, then each datagram as its length (4 bytes) and
 * its bytes. A flow is at the same time the kernel's conntrack entry: answers go back over it, so that they reach a
 * sender without a listening socket, and the sender hears them from the address it had sent to (a service's).
 */

/** As nf_conntrack_udp_timeout. */
const idleMs = 30_000;

export const maxDatagram = 65_507;

export class UdpFlow {
  readonly #stream: net.Socket;
  readonly #timer: NodeJS.Timeout;
  #pending: Buffer = Buffer.alloc(0);
  #preamble: ((bytes: Buffer) => boolean) | undefined;

  constructor(
    stream: net.Socket,
    /** Address of the peer after all translation: where the link is looked at. */
    readonly peer: string,
    private readonly onDatagram: (message: Buffer) => void,
    /** Set on the accepting side: is given the preamble; false ends the flow. */
    onPreamble?: (bytes: Buffer) => boolean,
  ) {
    this.#stream = stream;
    this.#preamble = onPreamble;
    this.#timer = setTimeout(() => stream.destroy(), idleMs).unref();
    // The datagram socket itself decides whether the process stays alive.
    stream.unref();
    stream.on('data', (chunk: Buffer) => this.#take(chunk));
    stream.on('error', () => stream.destroy());
    stream.once('close', () => clearTimeout(this.#timer));
  }

  get closed(): boolean {
    return this.#stream.destroyed || this.#stream.writableEnded;
  }

  send(message: Buffer): void {
    this.#timer.refresh();
    // A full queue drops datagrams, as a full socket buffer does.
    if (this.#stream.writableLength > 4_000_000) return;
    const frame = Buffer.allocUnsafe(4 + message.length);
    frame.writeUInt32BE(message.length, 0);
    message.copy(frame, 4);
    this.#stream.write(frame);
  }

  /** Ends the flow once what was sent is out. */
  end(): void {
    this.#stream.end();
  }

  #take(chunk: Buffer): void {
    this.#timer.refresh();
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    if (this.#preamble !== undefined) {
      if (this.#pending.length < preambleLength) return;
      const accept = this.#preamble;
      this.#preamble = undefined;
      const bytes = this.#pending.subarray(0, preambleLength);
      this.#pending = this.#pending.subarray(preambleLength);
      if (!accept(bytes)) {
        this.#stream.destroy();
        return;
      }
    }
    while (this.#pending.length >= 4) {
      const end = 4 + this.#pending.readUInt32BE(0);
      if (this.#pending.length < end) return;
      const message = Buffer.from(this.#pending.subarray(4, end));
      this.#pending = this.#pending.subarray(end);
      this.onDatagram(message);
    }
  }
}
