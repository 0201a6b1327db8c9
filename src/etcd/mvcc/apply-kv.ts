import { etcdError } from '../proto/errors.ts';
import {
  type Compare,
  CompareResult,
  CompareTarget,
  type DeleteRangeRequest,
  type DeleteRangeResponse,
  type PutRequest,
  type PutResponse,
  type RangeRequest,
  type RangeResponse,
  type RequestOp,
  type ResponseHeader,
  type ResponseOp,
  SortOrder,
  SortTarget,
  type TxnRequest,
  type TxnResponse,
} from '../proto/kv.ts';
import { intervalOf, type KeyRecord, keyString, toKeyValue } from './records.ts';
import type { ReadView, WriteTxn } from './store.ts';

/** KV requests carried out on the store. Models server/etcdserver/txn. Headers carry only the revision; the server fills the rest. */

/** Whether a lease exists: a put must not name one that does not. */
export type LeaseLookup = (id: bigint) => boolean;

const headerOf = (revision: number): ResponseHeader => ({
  clusterId: 0n,
  memberId: 0n,
  revision,
  raftTerm: 0,
});
const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function sortKey(target: number): (a: KeyRecord, b: KeyRecord) => number {
  switch (target) {
    case SortTarget.VERSION:
      return (a, b) => a.version - b.version;
    case SortTarget.CREATE:
      return (a, b) => a.createRevision - b.createRevision;
    case SortTarget.MOD:
      return (a, b) => a.modRevision - b.modRevision;
    case SortTarget.VALUE:
      return (a, b) => Buffer.compare(a.value, b.value);
    default:
      return (a, b) => compareText(a.key, b.key);
  }
}

export function applyRange(view: ReadView, request: RangeRequest): RangeResponse {
  const { minModRevision, maxModRevision, minCreateRevision, maxCreateRevision } = request;
  const pruned =
    minModRevision !== 0 || maxModRevision !== 0 || minCreateRevision !== 0 || maxCreateRevision !== 0;
  // A sort by key ascending is the index's own order, so that paging through it need not read everything.
  const sorted = request.sortTarget !== SortTarget.KEY || request.sortOrder === SortOrder.DESCEND;
  const fetchAll = pruned || sorted || request.limit <= 0;
  const result = view.range(intervalOf(request.key, request.rangeEnd), {
    revision: request.revision,
    limit: fetchAll ? 0 : request.limit + 1,
    countOnly: request.countOnly,
  });
  let records = result.records;
  if (pruned) {
    records = records.filter(
      (record) =>
        (maxModRevision === 0 || record.modRevision <= maxModRevision) &&
        (minModRevision === 0 || record.modRevision >= minModRevision) &&
        (maxCreateRevision === 0 || record.createRevision <= maxCreateRevision) &&
        (minCreateRevision === 0 || record.createRevision >= minCreateRevision),
    );
  }
  if (sorted) {
    const order = sortKey(request.sortTarget);
    const descending = request.sortOrder === SortOrder.DESCEND;
    records = records.toSorted(descending ? (a, b) => order(b, a) : order);
  }
  const more = request.limit > 0 && records.length > request.limit;
  if (more) records = records.slice(0, request.limit);
  return {
    header: headerOf(result.revision),
    kvs: records.map((record) => toKeyValue(record, request.keysOnly)),
    more,
    count: result.count,
  };
}

/** Throws LeaseNotFound, or KeyNotFound for ignore_value and ignore_lease on a key that is not there. */
export function checkPutApplies(view: ReadView, request: PutRequest, leaseExists: LeaseLookup): void {
  if (request.ignoreValue || request.ignoreLease) {
    if (view.range(intervalOf(request.key, Buffer.alloc(0))).count === 0) throw etcdError('KeyNotFound');
  }
  if (request.lease !== 0n && !leaseExists(request.lease)) throw etcdError('LeaseNotFound');
}

export function applyPut(txn: WriteTxn, request: PutRequest): PutResponse {
  const needsPrevious = request.prevKv || request.ignoreValue || request.ignoreLease;
  const previous = needsPrevious
    ? txn.range({ start: keyString(request.key), end: undefined }).records[0]
    : undefined;
  // The request's bytes are a slice of a network chunk; the store must not keep the whole chunk alive.
  const value = request.ignoreValue ? previous!.value : Buffer.from(request.value);
  const lease = request.ignoreLease ? previous!.lease : request.lease;
  const revision = txn.put(keyString(request.key), value, lease);
  const prevKv = request.prevKv && previous !== undefined ? toKeyValue(previous) : undefined;
  return { header: headerOf(revision), prevKv };
}

export function applyDeleteRange(txn: WriteTxn, request: DeleteRangeRequest): DeleteRangeResponse {
  const interval = intervalOf(request.key, request.rangeEnd);
  const prevKvs = request.prevKv ? txn.range(interval).records.map((record) => toKeyValue(record)) : [];
  const deleted = txn.deleteRange(interval);
  return { header: headerOf(txn.revision), deleted, prevKvs };
}

function compareNumbers(a: number | bigint, b: number | bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Absent keys have all numbers 0; their value compares with nothing. */
function holdsFor(compare: Compare, record: KeyRecord | undefined): boolean {
  let order: number;
  switch (compare.target) {
    case CompareTarget.VERSION:
      order = compareNumbers(record?.version ?? 0, compare.version);
      break;
    case CompareTarget.CREATE:
      order = compareNumbers(record?.createRevision ?? 0, compare.createRevision);
      break;
    case CompareTarget.MOD:
      order = compareNumbers(record?.modRevision ?? 0, compare.modRevision);
      break;
    case CompareTarget.LEASE:
      order = compareNumbers(record?.lease ?? 0n, compare.lease);
      break;
    case CompareTarget.VALUE:
      if (record === undefined) return false;
      order = Buffer.compare(record.value, compare.value);
      break;
    default:
      order = 0;
  }
  switch (compare.result) {
    case CompareResult.EQUAL:
      return order === 0;
    case CompareResult.NOT_EQUAL:
      return order !== 0;
    case CompareResult.GREATER:
      return order > 0;
    case CompareResult.LESS:
      return order < 0;
    default:
      return true;
  }
}

function holds(view: ReadView, compare: Compare): boolean {
  const { records } = view.range(intervalOf(compare.key, compare.rangeEnd));
  if (records.length === 0) return holdsFor(compare, undefined);
  return records.every((record) => holdsFor(compare, record));
}

/** A transaction whose compares have been decided: they see the state before any of its writes. */
interface Decided {
  readonly succeeded: boolean;
  readonly ops: readonly { readonly op: RequestOp; readonly txn: Decided | undefined }[];
}

function decide(view: ReadView, request: TxnRequest): Decided {
  const succeeded = request.compare.every((compare) => holds(view, compare));
  const ops = (succeeded ? request.success : request.failure).map((op) => ({
    op,
    txn: op.requestTxn === undefined ? undefined : decide(view, op.requestTxn),
  }));
  return { succeeded, ops };
}

function checkDecided(
  view: ReadView & { readonly revision: number },
  decided: Decided,
  leaseExists: LeaseLookup,
): void {
  for (const { op, txn } of decided.ops) {
    if (op.requestPut !== undefined) checkPutApplies(view, op.requestPut, leaseExists);
    else if (op.requestRange !== undefined && op.requestRange.revision !== 0) {
      if (op.requestRange.revision > view.revision) throw etcdError('FutureRev');
      view.range({ start: '', end: undefined }, { revision: op.requestRange.revision });
    } else if (txn !== undefined) checkDecided(view, txn, leaseExists);
  }
}

function carryOut(txn: WriteTxn, decided: Decided): TxnResponse {
  const responses = decided.ops.map(({ op, txn: inner }): ResponseOp => {
    if (op.requestRange !== undefined) return { responseRange: applyRange(txn, op.requestRange) };
    if (op.requestPut !== undefined) return { responsePut: applyPut(txn, op.requestPut) };
    if (op.requestDeleteRange !== undefined)
      return { responseDeleteRange: applyDeleteRange(txn, op.requestDeleteRange) };
    return { responseTxn: { ...carryOut(txn, inner!), header: headerOf(0) } };
  });
  return { header: headerOf(txn.revision), succeeded: decided.succeeded, responses };
}

/** Decides every compare, checks every operation, then carries all out: nothing can fail half-way. */
export function applyTxn(txn: WriteTxn, request: TxnRequest, leaseExists: LeaseLookup): TxnResponse {
  const decided = decide(txn, request);
  checkDecided(txn, decided, leaseExists);
  return carryOut(txn, decided);
}

/** True when no branch can write: such a transaction need not go through Raft. */
export function isReadOnly(request: TxnRequest): boolean {
  return [...request.success, ...request.failure].every(
    (op) => op.requestRange !== undefined || (op.requestTxn !== undefined && isReadOnly(op.requestTxn)),
  );
}

export function isSerializable(request: TxnRequest): boolean {
  return [...request.success, ...request.failure].every((op) => op.requestRange?.serializable === true);
}
