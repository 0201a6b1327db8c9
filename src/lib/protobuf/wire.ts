const maxSafe = BigInt(Number.MAX_SAFE_INTEGER);
/** Room for one number, lowest bits first. */
const bigBytes = new Uint8Array(10);

/**
 * The protobuf wire format, and nothing else: varints, length-delimited fields, field tags.
 *
 * The writer fills its buffer from the end to the front. A nested message is written before its length is, so the
 * length is known when its turn comes and one pass is enough.
 */
export class WireWriter {
  #buffer = Buffer.allocUnsafe(4096);
  #at = 4096;

  get length(): number {
    return this.#buffer.length - this.#at;
  }

  /** A copy of what was written; the writer is empty afterwards and may be used again. */
  finish(): Buffer {
    const result = Buffer.from(this.#buffer.subarray(this.#at));
    // One huge message must not pin its buffer for ever.
    if (this.#buffer.length > 1 << 20) this.#buffer = Buffer.allocUnsafe(4096);
    this.#at = this.#buffer.length;
    return result;
  }

  #reserve(bytes: number): void {
    if (this.#at >= bytes) return;
    const used = this.length;
    let size = this.#buffer.length * 2;
    while (size - used < bytes) size *= 2;
    const grown = Buffer.allocUnsafe(size);
    this.#buffer.copy(grown, size - used, this.#at);
    this.#buffer = grown;
    this.#at = size - used;
  }

  /** A number from 0 to 2^53. */
  varint(value: number): void {
    if (value < 0x80) {
      this.#reserve(1);
      this.#buffer[--this.#at] = value;
      return;
    }
    let size = 1;
    for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 128)) size++;
    this.#reserve(size);
    this.#at -= size;
    let at = this.#at;
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 128)) this.#buffer[at++] = (rest % 128) | 0x80;
    this.#buffer[at] = rest;
  }

  /** The low 64 bits of any bigint, so that a negative int64 takes ten bytes as protobuf wants it. */
  varintBig(value: bigint): void {
    if (value >= 0n && value <= maxSafe) return this.varint(Number(value));
    // Arithmetic on bigints allocates; on halves it is done in numbers. A bigint of 64 bits is never less than two.
    const all = BigInt.asUintN(64, value);
    let low = Number(all & 0xffff_ffffn);
    let high = Number(all >> 32n);
    this.#reserve(10);
    const end = this.#at;
    let size = 0;
    const bytes = bigBytes;
    while (high > 0 || low >= 0x80) {
      bytes[size++] = (low & 0x7f) | 0x80;
      low = ((low >>> 7) | ((high & 0x7f) << 25)) >>> 0;
      high >>>= 7;
    }
    bytes[size++] = low;
    this.#at = end - size;
    for (let i = 0; i < size; i++) this.#buffer[this.#at + i] = bytes[i]!;
  }

  bytes(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#at -= value.length;
    this.#buffer.set(value, this.#at);
  }

  string(value: string): void {
    const size = Buffer.byteLength(value);
    this.#reserve(size);
    this.#at -= size;
    this.#buffer.write(value, this.#at, size, 'utf8');
  }
}

/** Reads fields one after the other; slices share memory with the input. Throws RangeError when the input ends early. */
export class WireReader {
  readonly #buffer: Buffer;
  readonly #end: number;
  at: number;

  constructor(buffer: Uint8Array, start = 0, end = buffer.length) {
    this.#buffer = Buffer.isBuffer(buffer)
      ? buffer
      : Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    this.at = start;
    this.#end = end;
  }

  get done(): boolean {
    return this.at >= this.#end;
  }

  #byte(): number {
    if (this.at >= this.#end) throw new RangeError('unexpected end of protobuf message');
    return this.#buffer[this.at++]!;
  }

  /** An unsigned varint; above 2^53 the value is rounded. */
  varint(): number {
    let byte = this.#byte();
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    let scale = 128;
    do {
      byte = this.#byte();
      value += (byte & 0x7f) * scale;
      scale *= 128;
    } while (byte >= 0x80);
    return value;
  }

  varintBig(): bigint {
    let low = 0;
    let high = 0;
    // Seven bits a byte: four bytes and half of the fifth make the low half, the rest the high one.
    for (let shift = 0; ; shift += 7) {
      const byte = this.#byte();
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else if (shift < 64) high |= bits << (shift - 32);
      if (byte < 0x80) break;
    }
    return high === 0 ? BigInt(low >>> 0) : (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  }

  /** A signed int64 as a number. */
  int64(): number {
    const start = this.at;
    const value = this.varint();
    if (value <= Number.MAX_SAFE_INTEGER) return value;
    this.at = start;
    return Number(BigInt.asIntN(64, this.varintBig()));
  }

  bytes(): Buffer {
    const length = this.varint();
    const start = this.at;
    if (start + length > this.#end) throw new RangeError('unexpected end of protobuf message');
    this.at = start + length;
    return this.#buffer.subarray(start, this.at);
  }

  /** A reader of the next length-delimited field. */
  nested(): WireReader {
    const length = this.varint();
    const start = this.at;
    if (start + length > this.#end) throw new RangeError('unexpected end of protobuf message');
    this.at = start + length;
    return new WireReader(this.#buffer, start, this.at);
  }

  skip(wireType: number): void {
    switch (wireType) {
      case 0:
        this.varint();
        return;
      case 1:
        this.at += 8;
        return;
      case 2:
        this.bytes();
        return;
      case 5:
        this.at += 4;
        return;
      default:
        throw new RangeError(`unknown protobuf wire type ${wireType}`);
    }
  }
}
