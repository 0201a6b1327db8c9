import { etcdError } from '../proto/errors.ts';
import {
  compactable,
  emptyValue,
  type History,
  type Interval,
  type KeyRecord,
  liveAt,
  positionAt,
} from './records.ts';
import { SortedKeys } from './sorted-keys.ts';

/*
 * The multi-version store: every change of every key since the last compaction, in memory.
 *
 *   committed request ── txn.ts ── WriteTxn.put / deleteRange ──┬─ index: key → its history, ordered by key
 *                                                               └─ log: all records in order of revision
 *   range ── the index, at a revision            watch ── the log, from a revision (watchable.ts)
 *
 * The store is a plain state machine: equal requests in equal order give equal contents on every member. It knows
 * no disk; what makes it durable is Raft's log and the snapshots of the server. Models server/storage/mvcc.
 */

export interface RangeOptions {
  /** The revision to read at; 0 or less for the newest. */
  readonly revision?: number;
  /** At most so many records; 0 for all. The count is of all. */
  readonly limit?: number;
  readonly countOnly?: boolean;
}

export interface RangeResult {
  readonly records: readonly KeyRecord[];
  readonly count: number;
  /** The store's newest revision, not the one read at. */
  readonly revision: number;
}

/** Told which keys hang on which lease. */
export interface LeaseKeys {
  attach(lease: bigint, key: string): void;
  detach(lease: bigint, key: string): void;
}

/** Reads that see one state of the store: the store itself, or a transaction with its own writes. */
export interface ReadView {
  /** Throws the errors Compacted and FutureRev. */
  range(interval: Interval, options?: RangeOptions): RangeResult;
}

const noLeases: LeaseKeys = { attach: () => undefined, detach: () => undefined };

/** Costs of a record beyond its key and value, roughly; makes the sizes in Status honest. */
const recordOverheadBytes = 96;
const recordSize = (record: KeyRecord) => record.key.length + record.value.length + recordOverheadBytes;

export class Store implements ReadView {
  readonly #index = new SortedKeys<History>();
  readonly #leases: LeaseKeys;
  #log: KeyRecord[] = [];
  #revision = 1;
  #compactRevision = -1;
  #sizeBytes = 0;

  constructor(leases: LeaseKeys = noLeases) {
    this.#leases = leases;
  }

  /** The newest revision; an empty store is at 1. */
  get revision(): number {
    return this.#revision;
  }

  /** Reads below it fail; -1 when the store was never compacted. */
  get compactRevision(): number {
    return this.#compactRevision;
  }

  /** What the records take in memory, roughly, in bytes. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Every record, in order of revision; not to be changed. */
  get log(): readonly KeyRecord[] {
    return this.#log;
  }

  /** Keys known, deleted ones that are not compacted yet included. */
  get keyCount(): number {
    return this.#index.size;
  }

  range(interval: Interval, options: RangeOptions = {}): RangeResult {
    return this.rangeAsOf(this.#revision, interval, options);
  }

  /** For transactions: as range, with the newest revision that the reader may see. */
  rangeAsOf(newest: number, interval: Interval, options: RangeOptions): RangeResult {
    const wanted = options.revision ?? 0;
    if (wanted > newest) throw etcdError('FutureRev');
    const revision = wanted <= 0 ? newest : wanted;
    if (revision < this.#compactRevision) throw etcdError('Compacted');
    if (interval.end === undefined) {
      const history = this.#index.get(interval.start);
      const record = history === undefined ? undefined : liveAt(history, revision);
      const records = record === undefined || options.countOnly ? [] : [record];
      return { records, count: record === undefined ? 0 : 1, revision: newest };
    }
    const limit = options.countOnly ? 0 : options.limit ? options.limit : Number.POSITIVE_INFINITY;
    const records: KeyRecord[] = [];
    let count = 0;
    for (const history of this.#index.values(interval.start, interval.end ?? undefined)) {
      const last = history[history.length - 1]!;
      const record = last.modRevision <= revision ? last : liveAt(history, revision);
      if (record === undefined || record.deleted) continue;
      count++;
      if (records.length < limit) records.push(record);
    }
    return { records, count, revision: newest };
  }

  /** The record before this one in its key's history, unless that is a tombstone or compacted. */
  previous(record: KeyRecord): KeyRecord | undefined {
    const history = this.#index.get(record.key);
    if (history === undefined || record.createRevision === record.modRevision) return undefined;
    return liveAt(history, record.modRevision - 1);
  }

  /** True when no later change of the key lies at or before the revision. */
  isNewestAt(record: KeyRecord, revision: number): boolean {
    const history = this.#index.get(record.key);
    return history !== undefined && history[positionAt(history, revision)] === record;
  }

  /** The position in the log of the first record at or after the revision. */
  logPosition(revision: number): number {
    return positionAt(this.#log, revision - 1) + 1;
  }

  /** Opens the one write transaction there can be; its changes share the next revision. */
  write(): WriteTxn {
    return new WriteTxn(this, this.#revision + 1, {
      history: (key) => this.#index.get(key),
      add: (record, previous) => this.#add(record, previous),
      commit: () => {
        this.#revision++;
      },
    });
  }

  #add(record: KeyRecord, previous: KeyRecord | undefined): void {
    const history = this.#index.get(record.key);
    if (history === undefined) this.#index.set(record.key, [record]);
    else history.push(record);
    this.#log.push(record);
    this.#sizeBytes += recordSize(record);
    const before = previous?.lease ?? 0n;
    if (before === record.lease) return;
    if (before !== 0n) this.#leases.detach(before, record.key);
    if (record.lease !== 0n) this.#leases.attach(record.lease, record.key);
  }

  /** Forgets what a read at the revision or later cannot see. Throws Compacted or FutureRev. */
  compact(revision: number): void {
    if (revision <= this.#compactRevision) throw etcdError('Compacted');
    if (revision > this.#revision) throw etcdError('FutureRev');
    this.#compactRevision = revision;
    const kept: KeyRecord[] = [];
    const gone: string[] = [];
    for (const history of this.#index.values()) {
      const remove = compactable(history, revision);
      const key = history[0]!.key;
      if (remove > 0) history.splice(0, remove);
      if (history.length === 0) gone.push(key);
      else if (history[0]!.modRevision <= revision) kept.push(history[0]!);
    }
    for (const key of gone) this.#index.delete(key);
    kept.sort((a, b) => a.modRevision - b.modRevision || a.sub - b.sub);
    this.#log = [...kept, ...this.#log.slice(this.logPosition(revision + 1))];
    this.#sizeBytes = this.#log.reduce((sum, record) => sum + recordSize(record), 0);
  }

  /** Replaces the contents by those of a snapshot; records must be in order of revision. */
  restore(records: Iterable<KeyRecord>, revision: number, compactRevision: number): void {
    for (const history of [...this.#index.values()]) this.#index.delete(history[0]!.key);
    this.#log = [];
    this.#sizeBytes = 0;
    for (const record of records) {
      const history = this.#index.get(record.key);
      const newest = history?.[history.length - 1];
      this.#add(record, newest?.deleted === true ? undefined : newest);
    }
    this.#revision = revision;
    this.#compactRevision = compactRevision;
  }
}

interface StoreWriter {
  history(key: string): History | undefined;
  add(record: KeyRecord, previous: KeyRecord | undefined): void;
  commit(): void;
}

/** A transaction's changes are in the store at once; nobody else reads before end(), since all is one turn. */
export class WriteTxn implements ReadView {
  readonly #store: Store;
  readonly #writer: StoreWriter;
  readonly #changes: KeyRecord[] = [];
  /** The revision that the changes get. */
  readonly #next: number;

  constructor(store: Store, next: number, writer: StoreWriter) {
    this.#store = store;
    this.#next = next;
    this.#writer = writer;
  }

  /** What a reader inside sees as the newest: its own changes, once there are some. */
  get revision(): number {
    return this.#changes.length === 0 ? this.#next - 1 : this.#next;
  }

  range(interval: Interval, options: RangeOptions = {}): RangeResult {
    return this.#store.rangeAsOf(this.revision, interval, options);
  }

  /** Returns the revision of the change. The value is kept, so it must not be changed afterwards. */
  put(key: string, value: Buffer, lease: bigint): number {
    const previous = this.#live(key);
    this.#change(
      {
        key,
        value,
        createRevision: previous?.createRevision ?? this.#next,
        modRevision: this.#next,
        sub: this.#changes.length,
        version: (previous?.version ?? 0) + 1,
        lease,
        deleted: false,
      },
      previous,
    );
    return this.#next;
  }

  /** Returns how many keys there were to delete. */
  deleteRange(interval: Interval): number {
    const { records } = this.range(interval);
    for (const previous of records) {
      this.#change(
        {
          key: previous.key,
          value: emptyValue,
          createRevision: 0,
          modRevision: this.#next,
          sub: this.#changes.length,
          version: 0,
          lease: 0n,
          deleted: true,
        },
        previous,
      );
    }
    return records.length;
  }

  /** Closes the transaction and tells what changed, in order. Without changes the revision stays. */
  end(): readonly KeyRecord[] {
    if (this.#changes.length > 0) this.#writer.commit();
    return this.#changes;
  }

  #live(key: string): KeyRecord | undefined {
    const history = this.#writer.history(key);
    const newest = history?.[history.length - 1];
    return newest?.deleted ? undefined : newest;
  }

  #change(record: KeyRecord, previous: KeyRecord | undefined): void {
    this.#writer.add(record, previous);
    this.#changes.push(record);
  }
}
