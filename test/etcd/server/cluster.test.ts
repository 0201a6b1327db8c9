import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Event, GrpcError, prefixEnd } from '../../../src/etcd/client/index.ts';
import { ours, TestCluster } from '../etcd-cluster.ts';

describe('three members with mutual TLS', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await TestCluster.start(ours, 3, ['--snapshot-count=200']);
  });
  afterAll(() => cluster?.stop());

  it('reads on every member what was written through another', async () => {
    await cluster.client([cluster.endpoints[0]!]).put('shared', 'value');
    for (const endpoint of cluster.endpoints) {
      const { kvs } = await cluster.client([endpoint]).get('shared');
      expect(kvs[0]?.value.toString()).toBe('value');
    }
    const hashes = await Promise.all(
      cluster.endpoints.map(async (endpoint) => {
        const client = cluster.client([endpoint]);
        await client.get('shared');
        return (await client.memberList()).members.map((member) => member.name).sort();
      }),
    );
    for (const names of hashes) expect(names).toEqual(['m0', 'm1', 'm2']);
  });

  it('loses no acknowledged write and no watch event when the leader is killed, and lets it catch up', async () => {
    const client = cluster.client();
    const seen: string[] = [];
    const handle = client.watch(
      { key: Buffer.from('w/'), rangeEnd: prefixEnd('w/') },
      {
        onEvents: (events: readonly Event[]) => {
          for (const event of events) seen.push(event.kv!.key.toString());
        },
        onError: (error) => {
          throw error;
        },
      },
    );
    const acknowledged: string[] = [];
    const write = async (from: number, to: number) => {
      for (let i = from; i < to; i++) {
        try {
          await client.put(`w/${String(i).padStart(4, '0')}`, 'x');
          acknowledged.push(`w/${String(i).padStart(4, '0')}`);
        } catch (error) {
          if (!(error instanceof GrpcError)) throw error;
        }
      }
    };
    await write(0, 30);
    const leader = await cluster.leader();
    const writing = write(30, 400);
    await cluster.kill(leader);
    await writing;
    // The others have made a snapshot and cut their logs; the killed one comes back far behind.
    cluster.startMember(leader);
    await cluster.ready();
    const { kvs } = await cluster
      .client([cluster.endpoints[leader]!])
      .range({ key: Buffer.from('w/'), rangeEnd: prefixEnd('w/') });
    const stored = new Set(kvs.map((kv) => kv.key.toString()));
    expect(acknowledged.filter((key) => !stored.has(key))).toEqual([]);
    await expect
      .poll(() => acknowledged.filter((key) => !seen.includes(key)), { timeout: 30_000 })
      .toEqual([]);
    handle.cancel();
  });

  it('keeps every acknowledged write when all members are killed at once', async () => {
    const client = cluster.client();
    const acknowledged: string[] = [];
    let stop = false;
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let i = 0; !stop; i++) {
        const key = `all/${writer}/${i}`;
        try {
          await client.put(key, 'x', {}, { timeoutMs: 2000 });
          acknowledged.push(key);
        } catch {
          return;
        }
      }
    });
    await expect.poll(() => acknowledged.length, { timeout: 30_000 }).toBeGreaterThan(100);
    await Promise.all([0, 1, 2].map((i) => cluster.kill(i)));
    stop = true;
    await Promise.all(writers);
    for (const i of [0, 1, 2]) cluster.startMember(i);
    await cluster.ready();
    const { kvs } = await cluster.client().range({ key: Buffer.from('all/'), rangeEnd: prefixEnd('all/') });
    const stored = new Set(kvs.map((kv) => kv.key.toString()));
    expect(acknowledged.filter((key) => !stored.has(key))).toEqual([]);
  });
});
