/** Protobuf's wire format: varints and length-delimited fields. Every malformed input ends in a ProtobufError. */

export class ProtobufError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ProtobufError';
  }
}

export const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

export class Reader {
  private at = 0;
  private readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get done(): boolean {
    return this.at >= this.bytes.length;
  }

  tag(): { number: number; wire: number } {
    const tag = Number(this.varint());
    const number = Math.floor(tag / 8);
    if (number === 0) throw new ProtobufError('proto: illegal tag 0');
    return { number, wire: tag & 7 };
  }

  /** Unsigned, 64 bits. */
  varint(): bigint {
    let low = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.byte();
      low += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return BigInt(low);
    }
    let value = BigInt(low);
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new ProtobufError('proto: integer overflow');
  }

  signed(): number {
    return Number(BigInt.asIntN(64, this.varint()));
  }

  double(): number {
    return this.take(8).readDoubleLE(0);
  }

  /** A length-delimited field's content, not copied. */
  delimited(): Buffer {
    return this.take(Number(this.varint()));
  }

  skip(wire: number): void {
    if (wire === VARINT) this.varint();
    else if (wire === FIXED64) this.take(8);
    else if (wire === BYTES) this.delimited();
    else if (wire === FIXED32) this.take(4);
    else throw new ProtobufError(`proto: illegal wireType ${wire}`);
  }

  private byte(): number {
    const byte = this.bytes[this.at];
    if (byte === undefined) throw new ProtobufError('unexpected EOF');
    this.at += 1;
    return byte;
  }

  private take(length: number): Buffer {
    if (this.at + length > this.bytes.length) throw new ProtobufError('unexpected EOF');
    const part = this.bytes.subarray(this.at, this.at + length);
    this.at += length;
    return part;
  }
}

export class Writer {
  private readonly chunks: Buffer[] = [];

  varintField(number: number, value: number | bigint | boolean): void {
    this.tag(number, VARINT);
    this.varint(BigInt.asUintN(64, BigInt(value)));
  }

  doubleField(number: number, value: number): void {
    this.tag(number, FIXED64);
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    this.chunks.push(bytes);
  }

  bytesField(number: number, value: Buffer): void {
    this.tag(number, BYTES);
    this.varint(BigInt(value.length));
    this.chunks.push(value);
  }

  stringField(number: number, value: string): void {
    this.bytesField(number, Buffer.from(value, 'utf8'));
  }

  finish(): Buffer {
    return Buffer.concat(this.chunks);
  }

  private tag(number: number, wire: number): void {
    this.varint(BigInt(number * 8 + wire));
  }

  private varint(value: bigint): void {
    const bytes: number[] = [];
    let rest = value;
    while (rest >= 0x80n) {
      bytes.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    bytes.push(Number(rest));
    this.chunks.push(Buffer.from(bytes));
  }
}
