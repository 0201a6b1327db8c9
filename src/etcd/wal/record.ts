import { crc32c } from '../../lib/crc32c.ts';
import { MAX_ENTRY_HEAD, writeEntryHead } from '../raft/codec.ts';
import { varintSize, writeVarint } from '../raft/protobuf.ts';
import type { Entry } from '../raft/types.ts';

/**
 * A record as etcd frames it: eight bytes of length (little-endian; the top byte holds 0x80 | padding), then
 * walpb.Record {type, crc, data}, then zeros up to a multiple of eight. The crc runs over the data of all records so far,
 * so a record that is missing or out of place is noticed as well as one that changed.
 * Models etcd server/wal/encoder.go and walpb/record.proto.
 */
export const RecordType = { metadata: 1, entry: 2, state: 3, crc: 4, snapshot: 5 } as const;
export type RecordTypeNumber = (typeof RecordType)[keyof typeof RecordType];

export const FRAME_HEADER = 8;

export const paddingOf = (length: number) => (8 - (length & 7)) & 7;

/** Records that wait to be written, one after the other in one buffer that is reused. */
export class RecordBuffer {
  #bytes = new Uint8Array(64 * 1024);
  #length = 0;
  #crc: number;
  readonly #head = new Uint8Array(MAX_ENTRY_HEAD);

  constructor(crc: number) {
    this.#crc = crc;
  }

  get length(): number {
    return this.#length;
  }

  addEntry(entry: Entry): void {
    const head = writeEntryHead(this.#head, 0, entry);
    this.#crc = crc32c(crc32c(this.#crc, this.#head, 0, head), entry.data);
    this.#frame(RecordType.entry, this.#head, head, entry.data);
  }

  add(type: RecordTypeNumber, data: Uint8Array): void {
    this.#crc = crc32c(this.#crc, data);
    this.#frame(type, data, data.length, undefined);
  }

  /** Opens a segment: says where the checksum chain stands, so that a segment can be read without those before it. */
  addCrc(): void {
    this.#frame(RecordType.crc, undefined, 0, undefined);
  }

  /** The waiting bytes, valid until the next record is added. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    // A burst must not keep its memory for ever.
    if (this.#bytes.length > 4 * 1024 * 1024) this.#bytes = new Uint8Array(64 * 1024);
    return taken;
  }

  #reserve(size: number): void {
    const needed = this.#length + size;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }

  /** Frames data given in two pieces, so that an entry's payload is copied just once. */
  #frame(
    type: RecordTypeNumber,
    first: Uint8Array | undefined,
    firstLength: number,
    second: Uint8Array | undefined,
  ): void {
    const dataLength = firstLength + (second?.length ?? 0);
    const dataField = first === undefined ? 0 : 1 + varintSize(dataLength) + dataLength;
    const recordLength = 3 + varintSize(this.#crc) + dataField;
    const padding = paddingOf(recordLength);
    this.#reserve(FRAME_HEADER + recordLength + padding);

    const bytes = this.#bytes;
    let p = this.#length;
    bytes[p] = recordLength;
    bytes[p + 1] = recordLength >>> 8;
    bytes[p + 2] = recordLength >>> 16;
    bytes[p + 3] = recordLength >>> 24;
    bytes[p + 4] = 0;
    bytes[p + 5] = 0;
    bytes[p + 6] = 0;
    bytes[p + 7] = padding === 0 ? 0 : 0x80 | padding;
    p += FRAME_HEADER;
    bytes[p++] = 0x08;
    bytes[p++] = type;
    bytes[p++] = 0x10;
    p = writeVarint(bytes, p, this.#crc);
    if (first !== undefined) {
      bytes[p++] = 0x1a;
      p = writeVarint(bytes, p, dataLength);
      if (firstLength <= MAX_ENTRY_HEAD) for (let i = 0; i < firstLength; i++) bytes[p + i] = first[i]!;
      else bytes.set(first.subarray(0, firstLength), p);
      p += firstLength;
      if (second !== undefined) {
        bytes.set(second, p);
        p += second.length;
      }
    }
    for (let i = 0; i < padding; i++) bytes[p++] = 0;
    this.#length = p;
  }
}
