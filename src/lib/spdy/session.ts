import type { Duplex } from 'node:stream';
import { encodeFrame, type Frame, FrameDecoder, ResetStatus } from './frames.ts';
import { HeaderCompressor, HeaderDecompressor, type SpdyHeaders } from './headers.ts';
import { SpdyStream } from './stream.ts';

export interface SessionHandlers {
  /** A stream that the peer opened; it is confirmed with SYN_REPLY before this is called. Without it they are refused. */
  onStream?(stream: SpdyStream): void;
  /** Once, when the connection is over. */
  onClose(): void;
}

/** The client's streams and pings have odd numbers, the server's even ones. */
export type Side = 'client' | 'server';

/**
 * One end of a SPDY/3.1 session, over any duplex: a raw upgraded socket, or a WebSocket that tunnels it. Both ends read the
 * same frames; in Kubernetes only the client (kubectl) opens streams.
 *
 * Flow control: Go's spdystream, which the real kubectl is built on, neither sends WINDOW_UPDATE nor waits for it, so a
 * sender that obeyed the windows would stop after 64 KiB. Like it, this writes as fast as the connection takes it.
 */
export class SpdySession {
  readonly #connection: Duplex;
  readonly #side: Side;
  readonly #handlers: SessionHandlers;
  readonly #streams = new Map<number, SpdyStream>();
  readonly #decoder = new FrameDecoder();
  readonly #compressor = new HeaderCompressor();
  readonly #decompressor = new HeaderDecompressor();
  #nextId = 1;
  #opening: Promise<unknown> = Promise.resolve();
  #work: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(connection: Duplex, side: Side, handlers: SessionHandlers) {
    this.#connection = connection;
    this.#side = side;
    if (side === 'server') this.#nextId = 2;
    this.#handlers = handlers;
    connection.on('data', (chunk: Buffer) => this.#receive(chunk));
    connection.on('end', () => this.close());
    connection.on('error', () => this.close());
    connection.on('close', () => this.close());
  }

  /**
   * Opens a stream; it can be written to at once, before the peer confirms it. Rejects with SpdyError when the session is over.
   */
  open(headers: SpdyHeaders): Promise<SpdyStream> {
    // One after the other: numbers must rise on the wire, and each block is compressed with the memory of the one before.
    const opened = this.#opening.then(async () => {
      const block = await this.#compressor.encode(headers);
      const streamId = this.#nextId;
      this.#nextId += 2;
      const stream = this.#track(streamId, headers);
      this.#send({ type: 'syn-stream', streamId, priority: 0, fin: false, block });
      return stream;
    });
    this.#opening = opened.catch(() => undefined);
    return opened;
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

  #track(id: number, headers: SpdyHeaders): SpdyStream {
    const stream = new SpdyStream(id, headers, (out, sent) => this.#send(out, sent));
    this.#streams.set(id, stream);
    stream.once('close', () => this.#streams.delete(id));
    return stream;
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
        if (this.#handlers.onStream === undefined) {
          this.#send({
            type: 'rst-stream',
            streamId: frame.streamId,
            status: ResetStatus.REFUSED_STREAM,
          });
          return;
        }
        const block = await this.#compressor.encode({});
        this.#send({ type: 'syn-reply', streamId: frame.streamId, fin: false, block });
        const stream = this.#track(frame.streamId, headers);
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
        // The peer's own pings come back as they are; the others are answers.
        if ((frame.id % 2 === 1) === (this.#side === 'server')) this.#send(frame);
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
