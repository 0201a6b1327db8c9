import { Lessor } from '../lease/lessor.ts';
import { applyDeleteRange, applyPut, applyTxn, checkPutApplies } from '../mvcc/apply-kv.ts';
import { type KeyRecord, keyBytes, keyString } from '../mvcc/records.ts';
import { Store } from '../mvcc/store.ts';
import { WatchableStore } from '../mvcc/watchable.ts';
import { etcdError } from '../proto/errors.ts';
import type { CompactionResponse, DeleteRangeResponse, PutResponse, TxnResponse } from '../proto/kv.ts';
import {
  AlarmAction,
  type AlarmMember,
  type AlarmRequest,
  type AlarmResponse,
  AlarmType,
  type LeaseGrantResponse,
  type LeaseRevokeResponse,
} from '../proto/services.ts';
import type { Cluster } from './cluster.ts';
import { type InternalRaftRequest, StateSnapshot } from './messages.ts';

/** What applying gave; headers hold at most a revision. */
export interface ApplyResult {
  readonly put?: PutResponse;
  readonly deleteRange?: DeleteRangeResponse;
  readonly txn?: TxnResponse;
  readonly compaction?: CompactionResponse;
  readonly leaseGrant?: LeaseGrantResponse;
  readonly leaseRevoke?: LeaseRevokeResponse;
  readonly alarm?: AlarmResponse;
}

export interface StateOptions {
  readonly cluster: Cluster;
  /** Seconds. */
  readonly minLeaseTtl: number;
  /** Milliseconds that never jump back. */
  readonly monotonic: () => number;
}

/**
 * The replicated state machine: what the committed log makes of an empty member. Equal logs give equal states; only
 * the expiry of leases, which the leader alone knows, depends on time. Models server/etcdserver/apply.
 */
export class State {
  readonly cluster: Cluster;
  readonly lessor: Lessor;
  readonly store: Store;
  readonly watchable: WatchableStore;
  readonly #monotonic: () => number;
  #alarms: AlarmMember[] = [];

  constructor(options: StateOptions) {
    this.cluster = options.cluster;
    this.#monotonic = options.monotonic;
    this.lessor = new Lessor(options.minLeaseTtl);
    this.store = new Store(this.lessor);
    this.watchable = new WatchableStore(this.store);
  }

  alarms(type: number = AlarmType.NONE): readonly AlarmMember[] {
    return type === AlarmType.NONE ? this.#alarms : this.#alarms.filter((alarm) => alarm.alarm === type);
  }

  /** Throws the errors of rpctypes; the state is then as before. */
  apply(request: InternalRaftRequest): ApplyResult {
    const noSpace = this.#alarms.some((alarm) => alarm.alarm === AlarmType.NOSPACE);
    if (request.put !== undefined) {
      if (noSpace) throw etcdError('NoSpace');
      const put = request.put;
      checkPutApplies(this.store, put, (id) => this.lessor.has(id));
      return { put: this.#write((txn) => applyPut(txn, put)) };
    }
    if (request.txn !== undefined) {
      const txnRequest = request.txn;
      if (
        noSpace &&
        [...txnRequest.success, ...txnRequest.failure].some((op) => op.requestPut !== undefined)
      ) {
        throw etcdError('NoSpace');
      }
      return { txn: this.#write((txn) => applyTxn(txn, txnRequest, (id) => this.lessor.has(id))) };
    }
    if (request.deleteRange !== undefined) {
      const deletion = request.deleteRange;
      return { deleteRange: this.#write((txn) => applyDeleteRange(txn, deletion)) };
    }
    if (request.compaction !== undefined) {
      this.store.compact(request.compaction.revision);
      return { compaction: { header: this.#header() } };
    }
    if (request.leaseGrant !== undefined) {
      if (noSpace) throw etcdError('NoSpace');
      const { id, ttl } = request.leaseGrant;
      const granted = this.lessor.grant(id, ttl, this.#monotonic());
      return { leaseGrant: { header: this.#header(), id, ttl: granted, error: '' } };
    }
    if (request.leaseRevoke !== undefined) {
      const keys = this.lessor.revoke(request.leaseRevoke.id);
      this.#write((txn) => {
        for (const key of keys) txn.deleteRange({ start: key, end: undefined });
      });
      return { leaseRevoke: { header: this.#header() } };
    }
    if (request.alarm !== undefined) return { alarm: this.#alarm(request.alarm) };
    if (request.clusterMemberAttrSet !== undefined) {
      const { memberId, attributes } = request.clusterMemberAttrSet;
      this.cluster.setAttributes(memberId, attributes?.name ?? '', attributes?.clientUrls ?? []);
    }
    return {};
  }

  #write<T>(change: (txn: ReturnType<Store['write']>) => T): T {
    const txn = this.store.write();
    const result = change(txn);
    this.watchable.notify(txn.end());
    return result;
  }

  #header() {
    return { clusterId: 0n, memberId: 0n, revision: this.store.revision, raftTerm: 0 };
  }

  #alarm(request: AlarmRequest): AlarmResponse {
    const { action, memberId, alarm } = request;
    const matches = (other: AlarmMember) => other.memberId === memberId && other.alarm === alarm;
    if (action === AlarmAction.GET) return { header: this.#header(), alarms: [...this.alarms(alarm)] };
    if (action === AlarmAction.ACTIVATE) {
      if (alarm === AlarmType.NONE) return { header: this.#header(), alarms: [] };
      if (!this.#alarms.some(matches)) this.#alarms.push({ memberId, alarm });
      return { header: this.#header(), alarms: this.#alarms.filter(matches) };
    }
    const ended = this.#alarms.filter(matches);
    this.#alarms = this.#alarms.filter((other) => !matches(other));
    return { header: this.#header(), alarms: ended };
  }

  /**
   * The state as it is now, in parts that, one after the other, are one StateSnapshot: protobuf lets what repeats be
   * concatenated. The parts may be taken later, bit by bit: records never change, and their log only grows or is replaced.
   */
  snapshotParts(): Iterable<Buffer> {
    const head = StateSnapshot.encode({
      revision: this.store.revision,
      compactRevision: this.store.compactRevision,
      leases: this.lessor.list(),
      members: this.cluster.members(),
      removedMembers: this.cluster.removed(),
      alarms: this.#alarms,
    });
    return partsOf(head, this.store.log, this.store.log.length);
  }

  /** Throws RangeError for bytes that are no snapshot. */
  restore(data: Uint8Array): void {
    const snapshot = StateSnapshot.decode(data);
    this.lessor.restore(snapshot.leases);
    // Values are slices of the one big buffer; copied, so that it can go when they are overwritten.
    this.store.restore(
      snapshot.records.map((record) => ({
        ...record,
        key: keyString(record.key),
        value: Buffer.from(record.value),
      })),
      snapshot.revision,
      snapshot.compactRevision,
    );
    this.cluster.restore(snapshot.members, snapshot.removedMembers);
    this.#alarms = snapshot.alarms;
    this.watchable.catchUp();
  }
}

/** Records a part: a few milliseconds' work. */
const recordsPerPart = 500;

function* partsOf(head: Buffer, log: readonly KeyRecord[], end: number): Generator<Buffer> {
  yield head;
  for (let at = 0; at < end; at += recordsPerPart) {
    const records = log.slice(at, Math.min(end, at + recordsPerPart));
    yield StateSnapshot.encode({
      records: records.map((record) => ({ ...record, key: keyBytes(record.key) })),
    });
  }
}
