import { beforeEach, describe, expect, test } from 'vitest';
import type { RequestOpInit, TxnRequestInit } from '../../../src/etcd/proto/kv.ts';
import { methods } from '../../../src/etcd/proto/methods.ts';
import { AlarmAction, AlarmType } from '../../../src/etcd/proto/services.ts';
import { addKvService } from '../../../src/etcd/server/kv-service.ts';
import { addMaintenanceService } from '../../../src/etcd/server/maintenance-service.ts';
import { LocalServer } from './local-server.ts';

let local: LocalServer;
async function start(...flags: string[]) {
  await local?.server.stop();
  local = await LocalServer.start({ flags });
  addKvService(local.rpc, local.server);
  addMaintenanceService(local.rpc, local.server);
}
beforeEach(async () => {
  await start();
  return () => local.server.stop();
});

const bytes = (text: string) => Buffer.from(text);
const put = (key: string, value: string | Buffer = 'v') =>
  local.call(methods.put, { key: bytes(key), value: Buffer.from(value) });
const value = async (key: string) =>
  (await local.call(methods.range, { key: bytes(key) })).kvs[0]?.value.toString();
const putOp = (key: string, text = 'v'): RequestOpInit => ({
  requestPut: { key: bytes(key), value: bytes(text) },
});
const getOp = (key: string): RequestOpInit => ({ requestRange: { key: bytes(key) } });
const txn = (request: TxnRequestInit) => local.call(methods.txn, request);

describe('limits', () => {
  test('a request above --max-request-bytes is refused, and nothing of it kept', async () => {
    await start('--max-request-bytes=1000');
    await put('fits', Buffer.alloc(990));
    await expect(put('large', Buffer.alloc(1000))).rejects.toThrow('etcdserver: request is too large');
    expect(await value('large')).toBeUndefined();
  });

  test('a transaction takes --max-txn-ops operations in each of its lists and no more', async () => {
    await start('--max-txn-ops=3');
    const ops = (count: number) => Array.from({ length: count }, (_, i) => putOp(`k${i}`));
    await txn({ success: ops(3), failure: ops(3) });
    for (const request of [{ success: ops(4) }, { failure: ops(4) }]) {
      await expect(txn(request)).rejects.toThrow('etcdserver: too many operations in txn request');
    }
  });

  test('the default is 128 operations', async () => {
    const ops = Array.from({ length: 129 }, (_, i) => putOp(`k${i}`));
    await expect(txn({ success: ops })).rejects.toThrow('too many operations');
    expect((await txn({ success: ops.slice(1) })).responses).toHaveLength(128);
  });
});

describe('transactions', () => {
  test('read their own writes, and all writes share a revision', async () => {
    const answer = await txn({ success: [putOp('a', '1'), getOp('a'), putOp('b', '2')] });
    expect(answer.succeeded).toBe(true);
    expect(answer.header!.revision).toBe(2);
    expect(answer.responses[1]!.responseRange!.kvs[0]!.value.toString()).toBe('1');
    const { kvs } = await local.call(methods.range, { key: bytes('a'), rangeEnd: bytes('c') });
    expect(kvs.map(({ modRevision }) => modRevision)).toEqual([2, 2]);
  });

  test('that fail half-way through leave nothing behind', async () => {
    await put('a', 'old');
    const request = {
      success: [putOp('a', 'new'), { requestPut: { key: bytes('b'), value: bytes('v'), lease: 99n } }],
    };
    await expect(txn(request)).rejects.toThrow('etcdserver: requested lease not found');
    expect(await value('a')).toBe('old');
    expect(local.server.state.store.revision).toBe(2);
  });

  test('that only read do not go through the log', async () => {
    await put('a', '1');
    const before = local.server.applied;
    const answer = await txn({ success: [getOp('a')], failure: [getOp('b')] });
    expect(answer.responses[0]!.responseRange!.count).toBe(1);
    expect(local.server.applied).toBe(before);
  });

  test('write a key at most once', async () => {
    await expect(txn({ success: [putOp('a'), putOp('a')] })).rejects.toThrow(
      'etcdserver: duplicate key given in txn request',
    );
  });
});

describe('reads at a revision', () => {
  test('give what was there then; the past before a compaction and the future are refused', async () => {
    for (const each of ['1', '2', '3']) await put('a', each);
    const at = async (revision: number) =>
      (await local.call(methods.range, { key: bytes('a'), revision })).kvs[0]?.value.toString();
    expect([await at(2), await at(3), await at(4)]).toEqual(['1', '2', '3']);
    await expect(at(5)).rejects.toThrow('etcdserver: mvcc: required revision is a future revision');
    await local.call(methods.compact, { revision: 3 });
    await expect(at(2)).rejects.toThrow('etcdserver: mvcc: required revision has been compacted');
    expect(await at(3)).toBe('2');
  });

  test('compacting twice at one revision, or in the future, is refused', async () => {
    await put('a');
    await local.call(methods.compact, { revision: 2 });
    await expect(local.call(methods.compact, { revision: 2 })).rejects.toThrow('has been compacted');
    await expect(local.call(methods.compact, { revision: 9 })).rejects.toThrow('is a future revision');
  });
});

describe('the space quota', () => {
  const alarms = async () =>
    (await local.call(methods.alarm, { action: AlarmAction.GET })).alarms.map(({ alarm }) => alarm);

  test('raises the alarm NOSPACE, under which only reads, deletions and compactions go on', async () => {
    await start('--quota-backend-bytes=5000');
    await put('a', Buffer.alloc(3000));
    expect(await alarms()).toEqual([]);
    await put('b', Buffer.alloc(3000));
    await local.clock.advance(1000);
    expect(await alarms()).toEqual([AlarmType.NOSPACE]);
    const full = 'etcdserver: mvcc: database space exceeded';
    await expect(put('c')).rejects.toThrow(full);
    await expect(txn({ success: [putOp('c')] })).rejects.toThrow(full);
    expect((await local.call(methods.range, { key: bytes('a') })).count).toBe(1);
    const status = await local.call(methods.status, {});
    expect(status.errors.join()).toContain('alarm:NOSPACE');

    const { header, deleted } = await local.call(methods.deleteRange, { key: bytes('b') });
    expect(deleted).toBe(1);
    await local.call(methods.compact, { revision: header!.revision });
    await local.call(methods.alarm, {
      action: AlarmAction.DEACTIVATE,
      alarm: AlarmType.NOSPACE,
      memberId: local.server.memberId,
    });
    expect(await alarms()).toEqual([]);
    await put('c');
    expect(await value('c')).toBe('v');
  });

  test('raises it again when the alarm is cleared and nothing was freed', async () => {
    await start('--quota-backend-bytes=1000');
    await put('a', Buffer.alloc(3000));
    await local.clock.advance(2000);
    await local.call(methods.alarm, {
      action: AlarmAction.DEACTIVATE,
      alarm: AlarmType.NOSPACE,
      memberId: local.server.memberId,
    });
    await local.clock.advance(2000);
    expect(await alarms()).toEqual([AlarmType.NOSPACE]);
    await expect(put('b')).rejects.toThrow('database space exceeded');
  });

  test('survives a restart', async () => {
    await start('--quota-backend-bytes=1000');
    await put('a', Buffer.alloc(3000));
    await local.clock.advance(1000);
    local = await local.restart('--quota-backend-bytes=1000');
    addKvService(local.rpc, local.server);
    await expect(put('b')).rejects.toThrow('database space exceeded');
  });
});

test('two members with equal histories give equal hashes, and a different value another', async () => {
  const hashOf = async (values: readonly string[]) => {
    await start();
    for (const each of values) await put('a', each);
    return (await local.call(methods.hashKv, {})).hash;
  };
  const hash = await hashOf(['1', '2']);
  expect(await hashOf(['1', '2'])).toBe(hash);
  expect(await hashOf(['1', '3'])).not.toBe(hash);
});
