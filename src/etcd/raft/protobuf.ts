/**
 * Just enough of the protobuf wire format for raftpb and walpb. Written by hand because these messages are the hot path
 * of every write: a size is computed, a buffer allocated once, and payload bytes are copied once.
 */

const TWO_28 = 2 ** 28;

export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++;
  return size;
}

/** Writes an unsigned integer up to 2^53; gives the position after it. */
export function writeVarint(buffer: Uint8Array, at: number, value: number): number {
  let position = at;
  let rest = value;
  // Shifts work on 32 bits: only the upper part of a large number needs divisions.
  while (rest >= TWO_28) {
    buffer[position++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  while (rest >= 128) {
    buffer[position++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  buffer[position++] = rest;
  return position;
}

export function bigVarintSize(value: bigint): number {
  let size = 1;
  for (let rest = value >> 7n; rest > 0n; rest >>= 7n) size++;
  return size;
}

export function writeBigVarint(buffer: Uint8Array, at: number, value: bigint): number {
  let position = at;
  let rest = value;
  while (rest >= 128n) {
    buffer[position++] = Number(rest & 0x7fn) | 0x80;
    rest >>= 7n;
  }
  buffer[position++] = Number(rest);
  return position;
}

export class MalformedError extends Error {}

/** Reads fields one after the other; unknown ones are skipped. Throws MalformedError on what is not protobuf. */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  get done(): boolean {
    return this.#at >= this.#end;
  }

  /** An integer up to 2^53; a negative one (ten bytes on the wire) is malformed here. */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      if (this.#at >= this.#end) break;
      const byte = this.#bytes[this.#at++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) throw new MalformedError('integer above 2^53');
        return value;
      }
      scale *= 128;
    }
    throw new MalformedError('unfinished integer');
  }

  bigVarint(): bigint {
    let value = 0n;
    let shift = 0n;
    for (let i = 0; i < 10; i++) {
      if (this.#at >= this.#end) break;
      const byte = this.#bytes[this.#at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
      shift += 7n;
    }
    throw new MalformedError('unfinished integer');
  }

  #length(): number {
    const length = this.varint();
    if (length > this.#end - this.#at) throw new MalformedError('field reaches beyond the end');
    return length;
  }

  /** A view, not a copy: it keeps the whole buffer alive. */
  bytes(): Uint8Array {
    const length = this.#length();
    const start = this.#at;
    this.#at += length;
    return this.#bytes.subarray(start, this.#at);
  }

  /** A reader on the embedded message. */
  message(): Reader {
    const length = this.#length();
    const start = this.#at;
    this.#at += length;
    return new Reader(this.#bytes, start, this.#at);
  }

  skip(wireType: number): void {
    if (wireType === 0) this.bigVarint();
    else if (wireType === 1) this.#at += 8;
    else if (wireType === 2) this.#at += this.#length();
    else if (wireType === 5) this.#at += 4;
    else throw new MalformedError(`unknown wire type ${wireType}`);
    if (this.#at > this.#end) throw new MalformedError('field reaches beyond the end');
  }
}
