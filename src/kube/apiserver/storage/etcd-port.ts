/**
 * What the API server asks of etcd: the small part of the v3 API that upstream uses too (Range, Txn with one
 * mod_revision compare, Watch, LeaseGrant, Compact). src/etcd/client is adapted to it in etcd-adapter.ts; tests bring
 * an etcd in memory. Keys are UTF-8 text, revisions are numbers (2^53 writes are enough for a lab).
 */
export interface EtcdKeyValue {
  readonly key: string;
  readonly value: Buffer;
  readonly createRevision: number;
  readonly modRevision: number;
  /** How often the key was written since it was created. */
  readonly version: number;
}

export interface RangeOptions {
  /** End of the range, exclusive; without it the one key is read. */
  readonly end?: string;
  readonly limit?: number;
  /** Read the state of this revision; 0 or absent: the newest, linearizable. */
  readonly revision?: number;
  readonly countOnly?: boolean;
}

export interface RangeResult {
  /** etcd's revision when it answered. */
  readonly revision: number;
  readonly kvs: readonly EtcdKeyValue[];
  readonly more: boolean;
  readonly count: number;
}

export type EtcdOperation =
  | { readonly put: { readonly key: string; readonly value: Buffer; readonly lease?: bigint } }
  | { readonly delete: { readonly key: string } }
  | { readonly get: { readonly key: string } };

export interface EtcdTransaction {
  /** All must hold: the key's mod_revision equals this (0: the key does not exist). */
  readonly compare: readonly { readonly key: string; readonly modRevision: number }[];
  readonly success: readonly EtcdOperation[];
  readonly failure: readonly EtcdOperation[];
}

export interface EtcdTransactionResult {
  readonly succeeded: boolean;
  readonly revision: number;
  /** What the `get` operations of the branch that ran found, in their order. */
  readonly found: readonly (EtcdKeyValue | undefined)[];
}

export interface EtcdEvent {
  readonly type: 'put' | 'delete';
  /** For a delete only key and modRevision are set. */
  readonly kv: EtcdKeyValue;
}

export interface EtcdWatchHandlers {
  /** Events of whole revisions, in order. */
  onEvents(events: readonly EtcdEvent[]): void;
  /** The watch is over; the caller starts another. Compacted: the start revision is gone. */
  onEnd(error: Error): void;
}

/** The read or the watch wants a revision that compaction has removed. */
export class EtcdCompactedError extends Error {
  constructor(message = 'etcdserver: mvcc: required revision has been compacted') {
    super(message);
    this.name = 'EtcdCompactedError';
  }
}

export interface EtcdPort {
  /** Throws {@link EtcdCompactedError} for a revision that is gone. */
  range(key: string, options?: RangeOptions): Promise<RangeResult>;
  txn(transaction: EtcdTransaction): Promise<EtcdTransactionResult>;
  /** Watches [key, end) from a revision on; returns the cancel function. */
  watch(key: string, end: string, startRevision: number, handlers: EtcdWatchHandlers): () => void;
  leaseGrant(ttlSeconds: number): Promise<bigint>;
  compact(revision: number): Promise<void>;
}

/** The end of the range of all keys with this prefix. Models clientv3.GetPrefixRangeEnd. */
export function prefixEnd(prefix: string): string {
  const last = prefix.charCodeAt(prefix.length - 1);
  return prefix.slice(0, -1) + String.fromCharCode(last + 1);
}
