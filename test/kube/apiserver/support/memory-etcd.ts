import {
  EtcdCompactedError,
  type EtcdEvent,
  type EtcdKeyValue,
  type EtcdOperation,
  type EtcdPort,
  type EtcdWatchHandlers,
} from '../../../../src/kube/apiserver/storage/etcd-port.ts';

interface Change {
  readonly revision: number;
  readonly type: 'put' | 'delete';
  readonly kv: EtcdKeyValue;
}

interface Watcher {
  readonly key: string;
  readonly end: string;
  readonly handlers: EtcdWatchHandlers;
}

const inRange = (key: string, start: string, end: string | undefined) =>
  end === undefined ? key === start : key >= start && (end === '\0' || key < end);

/**
 * etcd in memory with the port's semantics: one revision a transaction that changes something, history until it is
 * compacted, watches that replay it and then follow. Answers come in later turns, as over a network.
 */
export class MemoryEtcd implements EtcdPort {
  revision = 1;
  compacted = 0;
  readonly leases: number[] = [];
  /** Counts calls, so that a test can say what must not be asked. */
  readonly calls = { range: 0, txn: 0 };
  #changes: Change[] = [];
  readonly #watchers = new Set<Watcher>();
  /** Runs before each transaction: lets a test write in between. */
  beforeTxn: (() => Promise<void>) | undefined;

  async range(key: string, options: Parameters<EtcdPort['range']>[1] = {}) {
    await Promise.resolve();
    this.calls.range++;
    const at = options.revision || this.revision;
    if (at < this.compacted) throw new EtcdCompactedError();
    const all = [...this.#stateAt(at).values()]
      .filter((kv) => inRange(kv.key, key, options.end))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    const limit = options.limit || all.length;
    return {
      revision: this.revision,
      kvs: options.countOnly ? [] : all.slice(0, limit),
      more: all.length > limit,
      count: all.length,
    };
  }

  async txn(transaction: Parameters<EtcdPort['txn']>[0]) {
    const hook = this.beforeTxn;
    this.beforeTxn = undefined;
    await hook?.();
    await Promise.resolve();
    this.calls.txn++;
    const state = this.#stateAt(this.revision);
    const succeeded = transaction.compare.every(
      ({ key, modRevision }) => (state.get(key)?.modRevision ?? 0) === modRevision,
    );
    const found: (EtcdKeyValue | undefined)[] = [];
    const changes: Change[] = [];
    for (const operation of succeeded ? transaction.success : transaction.failure) {
      this.#apply(operation, state, found, changes);
    }
    if (changes.length > 0) {
      this.revision++;
      this.#changes.push(...changes);
      this.#tell(changes);
    }
    return { succeeded, revision: this.revision, found };
  }

  watch(key: string, end: string, startRevision: number, handlers: EtcdWatchHandlers): () => void {
    const watcher = { key, end, handlers };
    queueMicrotask(() => {
      if (startRevision <= this.compacted) {
        handlers.onEnd(new EtcdCompactedError());
        return;
      }
      this.#watchers.add(watcher);
      const missed = this.#changes.filter(({ revision }) => revision >= startRevision);
      if (missed.length > 0) handlers.onEvents(eventsFor(watcher, missed));
    });
    return () => this.#watchers.delete(watcher);
  }

  async leaseGrant(ttlSeconds: number): Promise<bigint> {
    this.leases.push(ttlSeconds);
    return BigInt(this.leases.length);
  }

  async compact(revision: number): Promise<void> {
    if (revision <= this.compacted) throw new EtcdCompactedError();
    this.compacted = revision;
  }

  /** Ends every watch, as a lost member would. */
  breakWatches(error: Error): void {
    const broken = [...this.#watchers];
    this.#watchers.clear();
    for (const { handlers } of broken) handlers.onEnd(error);
  }

  #stateAt(revision: number): Map<string, EtcdKeyValue> {
    const state = new Map<string, EtcdKeyValue>();
    for (const change of this.#changes) {
      if (change.revision > revision) break;
      if (change.type === 'delete') state.delete(change.kv.key);
      else state.set(change.kv.key, change.kv);
    }
    return state;
  }

  #apply(
    operation: EtcdOperation,
    state: Map<string, EtcdKeyValue>,
    found: (EtcdKeyValue | undefined)[],
    changes: Change[],
  ): void {
    const revision = this.revision + 1;
    if ('get' in operation) {
      found.push(state.get(operation.get.key));
    } else if ('put' in operation) {
      const { key, value } = operation.put;
      const before = state.get(key);
      const kv = {
        key,
        value,
        createRevision: before?.createRevision ?? revision,
        modRevision: revision,
        version: (before?.version ?? 0) + 1,
      };
      changes.push({ revision, type: 'put', kv });
    } else {
      const { key } = operation.delete;
      if (!state.has(key)) return;
      const kv = { key, value: Buffer.alloc(0), createRevision: 0, modRevision: revision, version: 0 };
      changes.push({ revision, type: 'delete', kv });
    }
  }

  #tell(changes: readonly Change[]): void {
    for (const watcher of this.#watchers) {
      const events = eventsFor(watcher, changes);
      if (events.length > 0) queueMicrotask(() => watcher.handlers.onEvents(events));
    }
  }
}

const eventsFor = (watcher: Watcher, changes: readonly Change[]): EtcdEvent[] =>
  changes.filter(({ kv }) => inRange(kv.key, watcher.key, watcher.end)).map(({ type, kv }) => ({ type, kv }));
