import { crc32c } from '../../lib/crc32c.ts';
import { LabError } from '../../lib/errors.ts';
import { FRAME_HEADER, paddingOf, RecordType } from './record.ts';

/** Disks write sectors whole; a sector of zeros inside a record is one that never reached the disk. */
const SECTOR = 512;

export interface WalRecord {
  readonly type: number;
  /** A view into the segment. */
  readonly data: Uint8Array;
}

/** Reads one segment's records, checking the chain of checksums. */
export class RecordReader {
  readonly #bytes: Uint8Array;
  readonly #path: string;
  readonly #isLast: boolean;
  #at = 0;
  #crc: number | undefined;

  /** `crc` is where the chain stands after the segment before, or undefined to take this segment's own word for it. */
  constructor(bytes: Uint8Array, path: string, isLast: boolean, crc: number | undefined) {
    this.#bytes = bytes;
    this.#path = path;
    this.#isLast = isLast;
    this.#crc = crc;
  }

  /** Where the next record begins; after the last one, where whole records end. */
  get offset(): number {
    return this.#at;
  }

  get crc(): number {
    return this.#crc ?? 0;
  }

  /**
   * The next record, or undefined at the end. Only the last segment may end in a record that was being written when the
   * power went. Throws LabError for any other damage, naming the file and the offset.
   */
  next(): WalRecord | undefined {
    const bytes = this.#bytes;
    const at = this.#at;
    const remaining = bytes.length - at;
    if (remaining === 0) return undefined;
    if (remaining < FRAME_HEADER) return this.#torn('a record is cut off', true);

    const length = bytes[at]! + bytes[at + 1]! * 2 ** 8 + bytes[at + 2]! * 2 ** 16 + bytes[at + 3]! * 2 ** 24;
    const top = bytes[at + 7]!;
    const start = at + FRAME_HEADER;
    if (length === 0 && top === 0) {
      // etcd allocates its segments in advance: zeros to the end are space not yet used.
      if (isZero(bytes, at, bytes.length)) return undefined;
      return this.#torn('zeros where a record should be', isZero(bytes, at, sectorEnd(at)));
    }
    const padding = paddingOf(length);
    const sound =
      (bytes[at + 4]! | bytes[at + 5]! | bytes[at + 6]!) === 0 &&
      top === (padding === 0 ? 0 : 0x80 | padding);
    if (!sound) return this.#torn('a record has an impossible length', false);

    const end = start + length;
    const whole = end + padding <= bytes.length;
    const record = parse(bytes, start, Math.min(end, bytes.length), length);
    if (!whole)
      return this.#torn(
        'a record is cut off',
        record !== 'malformed' || hasZeroSector(bytes, start, bytes.length),
      );
    if (record === 'malformed' || record === 'incomplete')
      return this.#torn('a record cannot be read', hasZeroSector(bytes, start, end));
    if (record.type === RecordType.crc) {
      if (this.#crc !== undefined && this.#crc !== record.crc)
        return this.#torn('a segment does not continue the one before', false);
      this.#crc = record.crc;
    } else {
      const data = crc32c(this.#crc ?? 0, bytes, record.dataStart, record.dataEnd);
      if (data !== record.crc)
        return this.#torn('a record has a wrong checksum', hasZeroSector(bytes, start, end));
      this.#crc = data;
    }
    this.#at = end + padding;
    return { type: record.type, data: bytes.subarray(record.dataStart, record.dataEnd) };
  }

  #torn(what: string, explained: boolean): undefined {
    if (this.#isLast && explained) return undefined;
    throw new LabError(`the write-ahead log is damaged: ${what}`, {
      where: `${this.#path}, offset ${this.#at}`,
      remedy: 'remove this member from the cluster, empty its data folder and add it again',
    });
  }
}

interface ParsedRecord {
  readonly type: number;
  readonly crc: number;
  readonly dataStart: number;
  readonly dataEnd: number;
}

/**
 * Reads the fields of a record of which bytes up to `end` are there. That lengths inside and outside agree tells a record
 * cut short by a crash from a length field that changed on the disk.
 */
function parse(
  bytes: Uint8Array,
  start: number,
  end: number,
  length: number,
): ParsedRecord | 'incomplete' | 'malformed' {
  let p = start;
  const varint = () => {
    let value = 0;
    let scale = 1;
    for (; p < end && scale < 2 ** 49; scale *= 128) {
      const byte = bytes[p++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    return p >= end ? undefined : Number.NaN;
  };
  const tags = [0x08, 0x10, 0x1a];
  const values = [0, 0, 0];
  for (let field = 0; field < 3; field++) {
    if (p - start === length && field === 2)
      return { type: values[0]!, crc: values[1]!, dataStart: p, dataEnd: p };
    if (p >= end) return 'incomplete';
    if (bytes[p++] !== tags[field]) return 'malformed';
    const value = varint();
    if (value === undefined) return p - start < length ? 'incomplete' : 'malformed';
    if (Number.isNaN(value)) return 'malformed';
    values[field] = value;
  }
  if (p - start + values[2]! !== length) return 'malformed';
  if (p + values[2]! > end) return 'incomplete';
  return { type: values[0]!, crc: values[1]!, dataStart: p, dataEnd: p + values[2]! };
}

const sectorEnd = (at: number) => (Math.floor(at / SECTOR) + 1) * SECTOR;

function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < Math.min(end, bytes.length); i++) if (bytes[i] !== 0) return false;
  return true;
}

/**
 * Whether a sector that begins inside [start, end) holds nothing but zeros, up to the end of the file. The sector that the
 * record begins in holds its length, so it did reach the disk. Models etcd decoder.go isTornEntry.
 */
function hasZeroSector(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = Math.ceil(start / SECTOR) * SECTOR; at < end; at += SECTOR)
    if (isZero(bytes, at, at + SECTOR)) return true;
  return false;
}
