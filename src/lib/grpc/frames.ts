import { GrpcCode, GrpcError } from './status.ts';

/** Messages on a gRPC stream: one byte of flags, four of length, then the message. */

export function frame(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(message.length + 5);
  framed[0] = 0;
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, 5);
  return framed;
}

/** Puts chunks together and hands out whole messages. A small message in one chunk is a slice of it, not a copy. */
export class FrameReader {
  readonly #limit: number;
  #pending: Buffer | undefined;

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  /** Throws GrpcError for a message above the limit or a compressed one. */
  push(chunk: Buffer): Buffer[] {
    let data = this.#pending === undefined ? chunk : Buffer.concat([this.#pending, chunk]);
    this.#pending = undefined;
    const messages: Buffer[] = [];
    while (data.length >= 5) {
      if (data[0] !== 0) {
        throw new GrpcError(GrpcCode.Unimplemented, 'grpc: compressed messages are not supported');
      }
      const length = data.readUInt32BE(1);
      if (length > this.#limit) {
        throw new GrpcError(
          GrpcCode.ResourceExhausted,
          `grpc: received message larger than max (${length} vs. ${this.#limit})`,
        );
      }
      if (data.length < 5 + length) break;
      messages.push(data.subarray(5, 5 + length));
      data = data.subarray(5 + length);
    }
    if (data.length > 0) this.#pending = data;
    return messages;
  }

  /** True when the stream ended in the middle of a message. */
  get partial(): boolean {
    return this.#pending !== undefined;
  }
}
