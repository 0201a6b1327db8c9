import { etcdError } from '../proto/errors.ts';
import type { DeleteRangeRequest, PutRequest, RangeRequest, RequestOp, TxnRequest } from '../proto/kv.ts';
import { contains, type Interval, intervalOf, keyString } from './records.ts';

/** What is wrong with a request before anything is looked up. Models server/etcdserver/api/v3rpc/key.go. */

export function checkRange(request: RangeRequest): void {
  if (request.key.length === 0) throw etcdError('EmptyKey');
  if (request.sortOrder > 2 || request.sortTarget > 4) throw etcdError('InvalidSortOption');
}

export function checkPut(request: PutRequest): void {
  if (request.key.length === 0) throw etcdError('EmptyKey');
  if (request.ignoreValue && request.value.length > 0) throw etcdError('ValueProvided');
  if (request.ignoreLease && request.lease !== 0n) throw etcdError('LeaseProvided');
}

export function checkDeleteRange(request: DeleteRangeRequest): void {
  if (request.key.length === 0) throw etcdError('EmptyKey');
}

/** maxOps bounds each list of a level, and what is left of it the levels below. */
export function checkTxn(request: TxnRequest, maxOps: number): void {
  checkOps(request, maxOps);
  checkIntervals(request.success);
  checkIntervals(request.failure);
}

function checkOps(request: TxnRequest, maxOps: number): void {
  const ops = Math.max(request.compare.length, request.success.length, request.failure.length);
  if (ops > maxOps) throw etcdError('TooManyOps');
  for (const compare of request.compare) if (compare.key.length === 0) throw etcdError('EmptyKey');
  for (const op of [...request.success, ...request.failure]) {
    if (op.requestRange !== undefined) checkRange(op.requestRange);
    else if (op.requestPut !== undefined) checkPut(op.requestPut);
    else if (op.requestDeleteRange !== undefined) checkDeleteRange(op.requestDeleteRange);
    else if (op.requestTxn !== undefined) checkOps(op.requestTxn, maxOps - ops);
    else throw etcdError('KeyNotFound');
  }
}

interface Touched {
  readonly puts: Set<string>;
  readonly deletes: Interval[];
}

/** One transaction writes a key at most once, and does not both write and delete it; only branches that exclude each other may. */
function checkIntervals(ops: readonly RequestOp[]): Touched {
  const puts = new Set<string>();
  const deletes: Interval[] = [];
  for (const { requestDeleteRange: request } of ops) {
    if (request !== undefined) deletes.push(intervalOf(request.key, request.rangeEnd));
  }
  const add = (key: string, safe?: ReadonlySet<string>) => {
    if (puts.has(key) && !safe?.has(key)) throw etcdError('DuplicateKey');
    if (deletes.some((interval) => contains(interval, key))) throw etcdError('DuplicateKey');
    puts.add(key);
  };
  for (const { requestTxn: request } of ops) {
    if (request === undefined) continue;
    const success = checkIntervals(request.success);
    const failure = checkIntervals(request.failure);
    for (const key of success.puts) add(key);
    for (const key of failure.puts) add(key, success.puts);
    deletes.push(...success.deletes, ...failure.deletes);
  }
  for (const { requestPut: request } of ops) if (request !== undefined) add(keyString(request.key));
  return { puts, deletes };
}
