import { describe, expect, test } from 'vitest';
import { checkDeleteRange, checkPut, checkRange, checkTxn } from '../../../src/etcd/mvcc/check-request.ts';
import {
  DeleteRangeRequest,
  PutRequest,
  type PutRequestInit,
  RangeRequest,
  type RangeRequestInit,
  type RequestOpInit,
  TxnRequest,
  type TxnRequestInit,
} from '../../../src/etcd/proto/kv.ts';

const bytes = (text: string) => Buffer.from(text);
/** As a request arrives: over the wire, where what was left out has its default. */
const range = (init: RangeRequestInit) => RangeRequest.decode(RangeRequest.encode(init));
const put = (init: PutRequestInit) => PutRequest.decode(PutRequest.encode(init));
const txn = (init: TxnRequestInit) => TxnRequest.decode(TxnRequest.encode(init));

const putOp = (key: string): RequestOpInit => ({ requestPut: { key: bytes(key) } });
const delOp = (key: string, end = ''): RequestOpInit => ({
  requestDeleteRange: { key: bytes(key), rangeEnd: bytes(end) },
});
const inner = (success: RequestOpInit[], failure: RequestOpInit[] = []): RequestOpInit => ({
  requestTxn: { success, failure },
});
const check = (success: RequestOpInit[], failure: RequestOpInit[] = []) =>
  checkTxn(txn({ success, failure }), 128);

describe('single requests', () => {
  test('need a key', () => {
    const empty = 'etcdserver: key is not provided';
    expect(() => checkRange(range({}))).toThrow(empty);
    expect(() => checkPut(put({ value: bytes('v') }))).toThrow(empty);
    expect(() => checkDeleteRange(DeleteRangeRequest.decode(Buffer.alloc(0)))).toThrow(empty);
    checkRange(range({ key: bytes('a') }));
  });

  test('a sort that does not exist is refused', () => {
    const invalid = 'etcdserver: invalid sort option';
    expect(() => checkRange(range({ key: bytes('a'), sortOrder: 3 }))).toThrow(invalid);
    expect(() => checkRange(range({ key: bytes('a'), sortTarget: 5 }))).toThrow(invalid);
    checkRange(range({ key: bytes('a'), sortOrder: 2, sortTarget: 4 }));
  });

  test('a put keeps the old value or lease, or gives one, not both', () => {
    const key = bytes('a');
    checkPut(put({ key, ignoreValue: true, ignoreLease: true }));
    expect(() => checkPut(put({ key, ignoreValue: true, value: bytes('v') }))).toThrow(
      'etcdserver: value is provided',
    );
    expect(() => checkPut(put({ key, ignoreLease: true, lease: 1n }))).toThrow(
      'etcdserver: lease is provided',
    );
  });
});

describe('the keys of a transaction', () => {
  const duplicate = 'etcdserver: duplicate key given in txn request';

  test.each<[string, RequestOpInit[]]>([
    ['put twice', [putOp('a'), putOp('a')]],
    ['put, and deleted as well', [putOp('a'), delOp('a')]],
    ['deleted first, in a range', [delOp('a', 'c'), putOp('b')]],
    ['deleted from a key on', [delOp('a', '\0'), putOp('z')]],
    ['put here and in a transaction inside', [putOp('a'), inner([putOp('a')])]],
    ['put in two transactions inside', [inner([putOp('a')]), inner([], [putOp('a')])]],
    ['deleted by a transaction inside', [inner([], [delOp('a', 'c')]), putOp('b')]],
    ['put two levels down', [inner([inner([putOp('a')])]), putOp('a')]],
  ])('%s: refused', (_, ops) => {
    expect(() => check(ops)).toThrow(duplicate);
    expect(() => check([], ops)).toThrow(duplicate);
  });

  test.each<[string, RequestOpInit[], RequestOpInit[]]>([
    ['put in both branches, of which one is carried out', [putOp('a')], [putOp('a')]],
    ['put in both branches of a transaction inside', [inner([putOp('a')], [putOp('a')])], []],
    ['deleted twice', [delOp('a', 'c'), delOp('b', 'd')], []],
    ['put at the end of a deleted range, which is not in it', [delOp('a', 'c'), putOp('c')], []],
    ['read as often as one likes', Array(3).fill({ requestRange: { key: bytes('a') } }), []],
  ])('%s: taken', (_, success, failure) => {
    expect(() => check(success, failure)).not.toThrow();
  });
});

describe('the size of a transaction', () => {
  const tooMany = 'etcdserver: too many operations in txn request';
  const ops = (count: number) => Array.from({ length: count }, (_, i) => putOp(String(i)));
  const compares = (count: number) => Array.from({ length: count }, () => ({ key: bytes('a') }));

  test('each list may be as long as allowed', () => {
    checkTxn(txn({ compare: compares(5), success: ops(5), failure: ops(5) }), 5);
    for (const request of [{ compare: compares(6) }, { success: ops(6) }, { failure: ops(6) }]) {
      expect(() => checkTxn(txn(request), 5)).toThrow(tooMany);
    }
  });

  test('what the outer one takes, those inside cannot have', () => {
    checkTxn(txn({ success: [inner(ops(4))] }), 5);
    expect(() => checkTxn(txn({ success: [inner(ops(5))] }), 5)).toThrow(tooMany);
  });

  test('what is inside is looked at as closely', () => {
    expect(() => check([inner([putOp('')])])).toThrow('etcdserver: key is not provided');
    expect(() => checkTxn(txn({ compare: [{ key: bytes('') }] }), 5)).toThrow('key is not provided');
    expect(() => check([{}])).toThrow('etcdserver: key not found');
  });
});
