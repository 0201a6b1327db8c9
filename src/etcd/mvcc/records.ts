import type { KeyValue } from '../proto/kv.ts';

/** One change of one key: the value it was given, or the fact that it was deleted (a tombstone). */
export interface KeyRecord {
  /** Bytes as a latin1 string. */
  readonly key: string;
  readonly value: Buffer;
  readonly createRevision: number;
  /** The main revision of the change. */
  readonly modRevision: number;
  /** The place of the change among those of its transaction, from 0. */
  readonly sub: number;
  /** 1 for a new key; 0 for a tombstone. */
  readonly version: number;
  readonly lease: bigint;
  readonly deleted: boolean;
}

/**
 * All that is known of one key, oldest first. Upstream's generations are the stretches between tombstones
 * (Models server/storage/mvcc/key_index.go); here they need no structure of their own.
 */
export type History = KeyRecord[];

/** The position of the newest record at or before the revision, or -1. */
export function positionAt(history: readonly KeyRecord[], revision: number): number {
  let low = 0;
  let high = history.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (history[middle]!.modRevision <= revision) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The key's value as of the revision; undefined when it did not exist then. */
export function liveAt(history: readonly KeyRecord[], revision: number): KeyRecord | undefined {
  const record = history[positionAt(history, revision)];
  return record === undefined || record.deleted ? undefined : record;
}

/**
 * How many of the oldest records compaction at the revision removes. The newest at or before it stays, since
 * reads at that revision need it; a tombstone stays only when a watch from that very revision could still want it.
 */
export function compactable(history: readonly KeyRecord[], revision: number): number {
  const at = positionAt(history, revision);
  if (at < 0) return 0;
  const newest = history[at]!;
  return newest.deleted && newest.modRevision < revision ? at + 1 : at;
}

export const keyBytes = (key: string) => Buffer.from(key, 'latin1');
export const keyString = (key: Uint8Array) =>
  (Buffer.isBuffer(key) ? key : Buffer.from(key.buffer, key.byteOffset, key.byteLength)).toString('latin1');

export const emptyValue = Buffer.alloc(0);

/** The record as clients see it. A tombstone shows only its key and revision. */
export function toKeyValue(record: KeyRecord, keysOnly = false): KeyValue {
  return {
    key: keyBytes(record.key),
    createRevision: record.createRevision,
    modRevision: record.modRevision,
    version: record.version,
    value: keysOnly ? emptyValue : record.value,
    lease: record.lease,
  };
}

/** A set of keys: one (`end` undefined), those in [start, end), or all from start on (`end` null). */
export interface Interval {
  readonly start: string;
  readonly end: string | null | undefined;
}

/** What key and range_end of a request mean: no end is one key, the end `\0` is "from key on". */
export function intervalOf(key: Uint8Array, rangeEnd: Uint8Array): Interval {
  const end =
    rangeEnd.length === 0
      ? undefined
      : rangeEnd.length === 1 && rangeEnd[0] === 0
        ? null
        : keyString(rangeEnd);
  return { start: keyString(key), end };
}

export function contains(interval: Interval, key: string): boolean {
  if (interval.end === undefined) return key === interval.start;
  return key >= interval.start && (interval.end === null || key < interval.end);
}
