import { Duplex } from 'node:stream';
import { type Frame, ResetStatus } from './frames.ts';
import type { SpdyHeaders } from './headers.ts';

/** One stream of a session: both directions end by themselves, as a socket that allows half-open. */
export class SpdyStream extends Duplex {
  readonly id: number;
  /** Those that opened it. */
  readonly headers: SpdyHeaders;
  readonly #send: (frame: Frame, sent: () => void) => void;
  #ended = false;

  constructor(id: number, headers: SpdyHeaders, send: (frame: Frame, sent: () => void) => void) {
    super({ allowHalfOpen: true, emitClose: true });
    this.id = id;
    this.headers = headers;
    this.#send = send;
    // The peer's reset is seen by 'close'; nobody need handle it as an error.
    this.on('error', () => undefined);
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.#send({ type: 'data', streamId: this.id, fin: false, data: chunk }, callback);
  }

  override _final(callback: () => void): void {
    this.#ended = true;
    this.#send({ type: 'data', streamId: this.id, fin: true, data: Buffer.alloc(0) }, callback);
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    if (!this.#ended) {
      this.#ended = true;
      this.#send({ type: 'rst-stream', streamId: this.id, status: ResetStatus.CANCEL }, () => undefined);
    }
    callback(error);
  }

  /** The peer wants no more of it. */
  reset(): void {
    this.#ended = true;
    this.destroy();
  }
}
