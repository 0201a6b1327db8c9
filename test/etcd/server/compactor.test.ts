import { afterEach, describe, expect, test } from 'vitest';
import { methods } from '../../../src/etcd/proto/methods.ts';
import { startCompactor } from '../../../src/etcd/server/compactor.ts';
import { addKvService } from '../../../src/etcd/server/kv-service.ts';
import { createLogger } from '../../../src/lib/log.ts';
import { LocalServer } from './local-server.ts';

let local: LocalServer;
let stop: () => void;
afterEach(async () => {
  stop();
  await local.server.stop();
});

async function start(...flags: string[]) {
  local = await LocalServer.start({ flags });
  addKvService(local.rpc, local.server);
  stop = startCompactor(
    local.server,
    createLogger({ format: 'zap', caller: 'test', write: () => undefined }),
  );
}
async function putTimes(count: number) {
  for (let i = 0; i < count; i++) {
    await local.call(methods.put, { key: Buffer.from('k'), value: Buffer.from(String(i)) });
  }
}
const compacted = () => local.server.state.store.compactRevision;
const minutes = (count: number) => local.clock.advance(count * 60_000);

test('without a retention nothing is ever compacted', async () => {
  await start();
  await putTimes(20);
  await minutes(24 * 60);
  expect(compacted()).toBe(-1);
});

describe('by revisions', () => {
  test('all but the newest so many go, every five minutes', async () => {
    await start('--auto-compaction-mode=revision', '--auto-compaction-retention=10');
    await putTimes(25);
    await minutes(4);
    expect(compacted()).toBe(-1);
    await minutes(1);
    expect(compacted()).toBe(16);
    await expect(local.call(methods.range, { key: Buffer.from('k'), revision: 15 })).rejects.toThrow(
      'etcdserver: mvcc: required revision has been compacted',
    );
    const { kvs } = await local.call(methods.range, { key: Buffer.from('k'), revision: 16 });
    expect(kvs[0]!.value.toString()).toBe('14');
  });

  test('a store younger than the retention, or one that stands still, is left alone', async () => {
    await start('--auto-compaction-mode=revision', '--auto-compaction-retention=10');
    await putTimes(5);
    await minutes(10);
    expect(compacted()).toBe(-1);
    await putTimes(10);
    await minutes(5);
    expect(compacted()).toBe(6);
    const before = local.server.applied;
    await minutes(60);
    expect(local.server.applied).toBe(before);
  });
});

describe('by time', () => {
  test('what was overwritten longer ago than the retention goes', async () => {
    await start('--auto-compaction-retention=1h');
    await putTimes(10);
    await minutes(30);
    await putTimes(10);
    expect(local.server.state.store.revision).toBe(21);
    await minutes(30);
    expect(compacted()).toBe(-1);
    await minutes(12);
    expect(compacted()).toBe(11);
    await minutes(60);
    expect(compacted()).toBe(21);
  });

  test('a bare number counts hours', async () => {
    await start('--auto-compaction-retention=2');
    await putTimes(3);
    await minutes(119);
    expect(compacted()).toBe(-1);
    await minutes(12);
    expect(compacted()).toBe(4);
  });
});
