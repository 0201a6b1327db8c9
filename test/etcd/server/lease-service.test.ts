import { beforeEach, describe, expect, test } from 'vitest';
import { methods } from '../../../src/etcd/proto/methods.ts';
import { addKvService } from '../../../src/etcd/server/kv-service.ts';
import { addLeaseService } from '../../../src/etcd/server/lease-service.ts';
import { watchHandler } from '../../../src/etcd/server/watch-service.ts';
import { LocalServer } from './local-server.ts';

let local: LocalServer;
const serve = (started: LocalServer) => {
  addKvService(started.rpc, started.server);
  addLeaseService(started.rpc, started.server, () => Promise.reject(new Error('there is nobody else')));
  return started;
};
beforeEach(async () => {
  local = serve(await LocalServer.start());
  return () => local.server.stop();
});

const grant = (ttl: number, id = 0n) => local.call(methods.leaseGrant, { ttl, id });
const put = (key: string, lease: bigint) =>
  local.call(methods.put, { key: Buffer.from(key), value: Buffer.from('v'), lease });
const keys = async () =>
  (
    await local.call(methods.range, { key: Buffer.from([0]), rangeEnd: Buffer.from([0]), keysOnly: true })
  ).kvs.map(({ key }) => key.toString());
const timeToLive = (id: bigint) => local.call(methods.leaseTimeToLive, { id, keys: true });
const keepAlive = () =>
  local.stream(local.rpc.streams.get(methods.leaseKeepAlive.path)!, methods.leaseKeepAlive);

describe('a lease that runs out', () => {
  test('takes all its keys along in one revision, which watches see as deletions', async () => {
    const { id } = await grant(10);
    await put('b', id);
    await put('a', id);
    await put('stays', 0n);
    const stream = local.stream(watchHandler(local.server), methods.watch);
    await stream.send({ createRequest: { key: Buffer.from([0]), rangeEnd: Buffer.from([0]) } });
    await local.clock.advance(9000);
    expect(await keys()).toEqual(['a', 'b', 'stays']);
    await local.clock.advance(1500);
    expect(await keys()).toEqual(['stays']);
    const deletions = stream.take().flatMap(({ events }) => events);
    expect(deletions.map(({ kv }) => [kv!.key.toString(), kv!.modRevision])).toEqual([
      ['a', 5],
      ['b', 5],
    ]);
    expect(await timeToLive(id)).toMatchObject({ ttl: -1, grantedTtl: 0, keys: [] });
  });

  test('leaves alone a key that was put again without it, or under another one', async () => {
    const { id } = await grant(10);
    const other = await grant(60);
    for (const key of ['free', 'moved', 'gone']) await put(key, id);
    await put('free', 0n);
    await put('moved', other.id);
    await local.clock.advance(11_000);
    expect(await keys()).toEqual(['free', 'moved']);
    expect((await timeToLive(other.id)).keys.map(String)).toEqual(['moved']);
  });

  test('lives on while it is renewed, and is told about with 0 when it is gone', async () => {
    const { id } = await grant(10);
    await put('a', id);
    const stream = keepAlive();
    for (let i = 0; i < 4; i++) {
      await local.clock.advance(8000);
      await stream.send({ id });
    }
    expect(stream.take().map(({ ttl }) => ttl)).toEqual([10, 10, 10, 10]);
    expect(await keys()).toEqual(['a']);
    await local.clock.advance(11_000);
    await stream.send({ id });
    expect(stream.take().map(({ ttl }) => ttl)).toEqual([0]);
    expect(await keys()).toEqual([]);
  });
});

describe('requests', () => {
  test('an id is chosen when none is given, positive as signed clients read it', async () => {
    const first = await grant(10);
    const second = await grant(10);
    expect(first.id).toBeGreaterThan(0n);
    expect(second.id).toBeGreaterThan(0n);
    expect(second.id).not.toBe(first.id);
    const { leases } = await local.call(methods.leaseLeases, {});
    expect(leases.map(({ id }) => id)).toEqual([first.id, second.id]);
  });

  test('revoking deletes the keys at once; what is not there is refused by name', async () => {
    const { id } = await grant(10, 77n);
    expect(id).toBe(77n);
    await put('a', id);
    await local.call(methods.leaseRevoke, { id });
    expect(await keys()).toEqual([]);
    await expect(local.call(methods.leaseRevoke, { id })).rejects.toThrow('requested lease not found');
    await expect(put('a', id)).rejects.toThrow('etcdserver: requested lease not found');
    await grant(10, 78n);
    await expect(grant(10, 78n)).rejects.toThrow('etcdserver: lease already exists');
  });

  test('the time to live counts down and lists the keys', async () => {
    const { id } = await grant(10);
    await put('b', id);
    await put('a', id);
    await local.clock.advance(2500);
    const answer = await timeToLive(id);
    expect(answer).toMatchObject({ grantedTtl: 10, ttl: 7 });
    expect(answer.keys.map(String)).toEqual(['a', 'b']);
    expect((await local.call(methods.leaseTimeToLive, { id })).keys).toEqual([]);
  });
});

describe('a restart', () => {
  test.each([
    ['from the log', []],
    ['from a snapshot and the log after it', ['--snapshot-count=3']],
  ])('%s brings leases back with their keys and their full time', async (_, flags) => {
    await local.server.stop();
    local = serve(await LocalServer.start({ flags }));
    const { id } = await grant(30);
    for (const key of ['a', 'b', 'c', 'd']) await put(key, id);
    await put('d', 0n);
    await local.clock.advance(20_000);
    local = serve(await local.restart(...flags));
    const answer = await timeToLive(id);
    expect(answer.keys.map(String)).toEqual(['a', 'b', 'c']);
    expect(answer.grantedTtl).toBe(30);
    expect(answer.ttl).toBeGreaterThanOrEqual(28);
    await local.clock.advance(28_000);
    expect(await keys()).toEqual(['a', 'b', 'c', 'd']);
    await local.clock.advance(4000);
    expect(await keys()).toEqual(['d']);
  });
});

test('while nobody leads, a renewal waits for a leader and then fails', async () => {
  const young = serve(await LocalServer.start({ elect: false }));
  const stream = young.stream(young.rpc.streams.get(methods.leaseKeepAlive.path)!, methods.leaseKeepAlive);
  await stream.send({ id: 5n });
  expect(stream.take()).toEqual([]);
  await young.clock.advance(2000);
  // A leader is there by now, and knows no such lease.
  expect(stream.take().map(({ ttl }) => ttl)).toEqual([0]);
  await young.server.stop();
});
