import { Duplex } from 'node:stream';
import { encodeFrame, type Frame, FrameDecoder, ResetStatus } from './frames.ts';
import { HeaderCompressor, HeaderDecompressor, type SpdyHeaders } from './headers.ts';

/** One stream of a session: both directions end by themselves, as a socket that allows half-open. */
export class SpdyStream extends Duplex {
  readonly id: number;
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

export interface SessionHandlers {
  /** A stream that the peer opened; it is confirmed with SYN_REPLY before this is called. */
  onStream(stream: SpdyStream): void;
  /** Once, when the connection is over. */
  onClose(): void;
}

/**
 * The side of a SPDY/3.1 session that takes streams, over any duplex: a raw upgraded socket, or a WebSocket that tunnels
 * it. Flow control: Go's spdystream, which kubectl is built on, neither sends WINDOW_UPDATE nor waits for it, so a sender
 * that obeyed the windows would stop after 64 KiB. Like it, this writes as fast as the connection takes it.
 */
export class SpdySession {
  readonly #connection: Duplex;
  readonly #handlers: SessionHandlers;
  readonly #streams = new Map<number, SpdyStream>();
  readonly #decoder = new FrameDecoder();
  readonly #compressor = new HeaderCompressor();
  readonly #decompressor = new HeaderDecompressor();
  #work: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(connection: Duplex, handlers: SessionHandlers) {
    this.#connection = connection;
    this.#handlers = handlers;
    connection.on('data', (chunk: Buffer) => this.#receive(chunk));
    connection.on('end', () => this.close());
    connection.on('error', () => this.close());
    connection.on('close', () => this.close());
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const stream of this.#streams.values()) stream.reset();
    this.#streams.clear();
    this.#compressor.close();
    this.#decompressor.close();
    // Both directions: a peer that keeps its half open would keep the connection for ever.
    this.#connection.end(() => this.#connection.destroy());
    this.#handlers.onClose();
  }

  /** Frames are handled one after the other: a header block can only be read after the one before it. */
  #receive(chunk: Buffer): void {
    this.#connection.pause();
    this.#work = this.#work
      .then(async () => {
        for (const frame of this.#decoder.push(chunk)) if (!this.#closed) await this.#handle(frame);
        if (!this.#closed) this.#connection.resume();
      })
      .catch(() => {
        this.#send({ type: 'goaway', lastStreamId: 0, status: ResetStatus.PROTOCOL_ERROR });
        this.close();
      });
  }

  #send(frame: Frame, sent: () => void = () => undefined): void {
    if (this.#closed || this.#connection.destroyed || this.#connection.writableEnded) sent();
    else this.#connection.write(encodeFrame(frame), () => sent());
  }

  async #handle(frame: Frame): Promise<void> {
    switch (frame.type) {
      case 'syn-stream': {
        const headers = await this.#decompressor.decode(frame.block);
        if (this.#closed) return;
        this.#send({
          type: 'syn-reply',
          streamId: frame.streamId,
          fin: false,
          block: await this.#compressor.encode({}),
        });
        const stream = new SpdyStream(frame.streamId, headers, (out, sent) => this.#send(out, sent));
        this.#streams.set(frame.streamId, stream);
        stream.once('close', () => this.#streams.delete(frame.streamId));
        this.#handlers.onStream(stream);
        if (frame.fin) stream.push(null);
        return;
      }
      case 'data': {
        const stream = this.#streams.get(frame.streamId);
        if (stream === undefined || stream.readableEnded) return;
        if (frame.data.length > 0) stream.push(frame.data);
        if (frame.fin) stream.push(null);
        return;
      }
      case 'rst-stream':
        this.#streams.get(frame.streamId)?.reset();
        return;
      case 'ping':
        // Odd numbers are the client's own pings; they come back as they are.
        if (frame.id % 2 === 1) this.#send(frame);
        return;
      case 'headers':
      case 'syn-reply':
        // Read for the sake of the shared compression state.
        await this.#decompressor.decode(frame.block);
        return;
      case 'goaway':
      case 'settings':
      case 'window-update':
        return;
    }
  }
}
