import { contains, type Interval, type KeyRecord } from './records.ts';
import type { Store } from './store.ts';

/*
 * Watches over the store. A watcher is *synced* when it has seen everything: each new transaction is matched against
 * the synced ones and delivered at once. It is *unsynced* while it has to catch up, because it started in the
 * past or because its stream could not take more; it then reads the log in batches whenever its stream has room.
 * Nothing is queued here for a slow client: the log itself is the queue. Models server/storage/mvcc/watchable_store.go.
 */

/** Where events go: one stream of a client, which may carry many watchers. */
export interface WatchSink {
  /** All records of a revision that match come in one call; `revision` is the store's, for the header. */
  deliver(watcher: Watcher, records: readonly KeyRecord[], revision: number): void;
  /** The watcher wanted revisions that compaction removed; it is gone. */
  compacted(watcher: Watcher, compactRevision: number): void;
  /** False asks to stop delivering until catchUp is called. */
  readonly writable: boolean;
}

export interface WatchSpec {
  readonly id: number;
  readonly interval: Interval;
  /** The first revision wanted. */
  readonly startRevision: number;
  readonly noPut: boolean;
  readonly noDelete: boolean;
}

export interface Watcher extends WatchSpec {
  readonly sink: WatchSink;
  /** The next revision that the watcher has not seen. */
  nextRevision: number;
  synced: boolean;
}

/** Revisions read from the log at a time (watchBatchMaxRevs upstream). */
const batchRevisions = 1000;

export class WatchableStore {
  readonly store: Store;
  readonly #byKey = new Map<string, Set<Watcher>>();
  readonly #ranges = new Set<Watcher>();
  readonly #unsynced = new Set<Watcher>();

  constructor(store: Store) {
    this.store = store;
  }

  get watcherCount(): number {
    let count = this.#ranges.size;
    for (const watchers of this.#byKey.values()) count += watchers.size;
    return count;
  }

  /** Registers a watcher; what it missed comes with the next catchUp. */
  watch(spec: WatchSpec, sink: WatchSink): Watcher {
    const synced = spec.startRevision > this.store.revision;
    const watcher: Watcher = { ...spec, sink, nextRevision: spec.startRevision, synced };
    if (spec.interval.end === undefined) {
      const watchers = this.#byKey.get(spec.interval.start);
      if (watchers === undefined) this.#byKey.set(spec.interval.start, new Set([watcher]));
      else watchers.add(watcher);
    } else this.#ranges.add(watcher);
    if (!synced) this.#unsynced.add(watcher);
    return watcher;
  }

  cancel(watcher: Watcher): void {
    this.#ranges.delete(watcher);
    this.#unsynced.delete(watcher);
    const { start } = watcher.interval;
    const watchers = this.#byKey.get(start);
    if (watchers?.delete(watcher) && watchers.size === 0) this.#byKey.delete(start);
  }

  /** Call with the changes of each transaction, right after it ended. */
  notify(changes: readonly KeyRecord[]): void {
    if (changes.length === 0 || (this.#ranges.size === 0 && this.#byKey.size === 0)) return;
    const revision = changes[0]!.modRevision;
    const matched = new Map<Watcher, KeyRecord[]>();
    const match = (watcher: Watcher, record: KeyRecord) => {
      if (!watcher.synced || record.modRevision < watcher.nextRevision || !wants(watcher, record)) return;
      const records = matched.get(watcher);
      if (records === undefined) matched.set(watcher, [record]);
      else records.push(record);
    };
    for (const record of changes) {
      for (const watcher of this.#byKey.get(record.key) ?? []) match(watcher, record);
      for (const watcher of this.#ranges) {
        if (contains(watcher.interval, record.key)) match(watcher, record);
      }
    }
    for (const [watcher, records] of matched) {
      if (watcher.sink.writable) {
        watcher.sink.deliver(watcher, records, revision);
        watcher.nextRevision = revision + 1;
      } else {
        watcher.nextRevision = revision;
        watcher.synced = false;
        this.#unsynced.add(watcher);
      }
    }
  }

  /** Brings unsynced watchers on, of one sink or of all, as far as their sinks have room. */
  catchUp(sink?: WatchSink): void {
    for (const watcher of [...this.#unsynced]) {
      if (sink === undefined || watcher.sink === sink) this.#catchUpOne(watcher);
    }
  }

  #catchUpOne(watcher: Watcher): void {
    const { store } = this;
    if (watcher.nextRevision < store.compactRevision) {
      this.cancel(watcher);
      watcher.sink.compacted(watcher, store.compactRevision);
      return;
    }
    let at = store.logPosition(watcher.nextRevision);
    while (at < store.log.length) {
      if (!watcher.sink.writable) return;
      const until = store.log[at]!.modRevision + batchRevisions;
      const batch: KeyRecord[] = [];
      for (; at < store.log.length && store.log[at]!.modRevision < until; at++) {
        const record = store.log[at]!;
        if (contains(watcher.interval, record.key) && wants(watcher, record)) batch.push(record);
      }
      watcher.nextRevision = at < store.log.length ? store.log[at]!.modRevision : store.revision + 1;
      if (batch.length > 0) watcher.sink.deliver(watcher, batch, store.revision);
    }
    watcher.nextRevision = Math.max(watcher.nextRevision, store.revision + 1);
    watcher.synced = true;
    this.#unsynced.delete(watcher);
  }
}

const wants = (watcher: Watcher, record: KeyRecord) => (record.deleted ? !watcher.noDelete : !watcher.noPut);
