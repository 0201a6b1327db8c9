import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Entry } from '../../../src/etcd/raft/index.ts';
import { createWal, nodeWalFiles, openWal, validSnapshots } from '../../../src/etcd/wal/index.ts';
import { LabError } from '../../../src/lib/errors.ts';
import { SimulatedDisk } from '../../simulation/disk.ts';
import { seededRandom } from '../../simulation/random.ts';

const metadata = new TextEncoder().encode('node 1 of cluster 2');
const START = { index: 0, term: 0 };
const entry = (index: number, term = 1, data = `value ${index}`): Entry => ({
  index,
  term,
  type: 'normal',
  data: Buffer.from(data),
});
const range = (from: number, to: number, term = 1) =>
  Array.from({ length: to - from + 1 }, (_, i) => entry(from + i, term));
const newDisk = (seed = 1) => new SimulatedDisk({ random: seededRandom(seed) });
const plain = (entries: readonly Entry[]) =>
  entries.map(({ index, term, data }) => `${term}/${index} ${Buffer.from(data).toString()}`);
const FIRST = '0000000000000000-0000000000000000.wal';

describe('on a real folder', () => {
  test('a log comes back as it was saved, and goes on from there', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wal-'));
    try {
      const files = nodeWalFiles(join(folder, 'member', 'wal'));
      const wal = await createWal(files, metadata);
      await wal.save({ term: 1, vote: 0xfedcba9876543210n, commit: 0 }, range(1, 3), true);
      await wal.close();
      const first = await openWal(files, START);
      expect(Buffer.from(first.metadata).toString()).toBe('node 1 of cluster 2');
      expect(first.hardState).toEqual({ term: 1, vote: 0xfedcba9876543210n, commit: 0 });
      expect(plain(first.entries)).toEqual(plain(range(1, 3)));
      await first.wal.save(undefined, range(4, 5), true);
      await first.wal.close();
      const second = await openWal(files, START);
      expect(plain(second.entries)).toEqual(plain(range(1, 5)));
      await second.wal.close();
      expect(await files.list()).toEqual([FIRST]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('replay', () => {
  test('entries of a newer leader replace those of the same index and after', async () => {
    const disk = newDisk();
    const wal = await createWal(disk, metadata);
    await wal.save(undefined, range(1, 5, 1), true);
    await wal.save(undefined, [entry(3, 2, 'newer')], true);
    const { entries } = await openWal(disk, START);
    expect(plain(entries)).toEqual(['1/1 value 1', '1/2 value 2', '2/3 newer']);
  });

  test('begins after the snapshot it is opened at', async () => {
    const disk = newDisk();
    const wal = await createWal(disk, metadata);
    await wal.save({ term: 1, vote: 1n, commit: 4 }, range(1, 5), true);
    await wal.saveSnapshot({ index: 4, term: 1, confState: { voters: [1n, 2n], learners: [] } });
    expect(await validSnapshots(disk)).toEqual([
      START,
      { index: 4, term: 1, confState: { voters: [1n, 2n], learners: [] } },
    ]);
    const { entries } = await openWal(disk, { index: 4, term: 1 });
    expect(plain(entries)).toEqual(plain([entry(5)]));
    await expect(openWal(disk, { index: 3, term: 1 })).rejects.toThrow(/no marker for snapshot 3/);
    await expect(openWal(disk, { index: 4, term: 9 })).rejects.toThrow(/has term 1, expected 9/);
  });

  test('a snapshot from the leader may leave a gap in the entries before it', async () => {
    const disk = newDisk();
    const wal = await createWal(disk, metadata);
    await wal.save(undefined, range(1, 3), true);
    await wal.saveSnapshot({ index: 100, term: 2 });
    await wal.save({ term: 2, vote: 0n, commit: 100 }, range(101, 102, 2), true);
    expect((await validSnapshots(disk)).map(({ index }) => index)).toEqual([0, 100]);
    expect(plain((await openWal(disk, { index: 100, term: 2 })).entries)).toEqual(plain(range(101, 102, 2)));
    await expect(openWal(disk, START)).rejects.toThrow(/entry 101 follows entry 3/);
  });
});

describe('segments', () => {
  test('are cut at the size asked for, continue the chain, and go when a snapshot covers them', async () => {
    const disk = newDisk();
    const wal = await createWal(disk, metadata, { segmentSizeBytes: 1000 });
    for (let i = 1; i <= 60; i++) await wal.save({ term: 1, vote: 1n, commit: i }, [entry(i)], true);
    const names = (await disk.list()).toSorted();
    expect(names.length).toBeGreaterThan(3);
    expect(names[1]).toMatch(/^0000000000000001-[0-9a-f]{16}\.wal$/);
    expect(plain((await openWal(disk, START)).entries)).toEqual(plain(range(1, 60)));

    await wal.saveSnapshot({ index: 50, term: 1 });
    const removed = await wal.release(50);
    expect(removed.length).toBeGreaterThan(1);
    expect(removed).toEqual(names.slice(0, removed.length));
    expect(plain((await openWal(disk, { index: 50, term: 1 })).entries)).toEqual(plain(range(51, 60)));
    await expect(openWal(disk, START)).rejects.toThrow(/no write-ahead log reaches back/);
  });

  test('a missing one in between is named', async () => {
    const disk = newDisk();
    const wal = await createWal(disk, metadata, { segmentSizeBytes: 200 });
    for (let i = 1; i <= 20; i++) await wal.save(undefined, [entry(i)], true);
    await disk.remove((await disk.list()).toSorted()[1]!);
    await expect(openWal(disk, START)).rejects.toThrow(/segment 1 is missing/);
  });
});

describe('group commit', () => {
  test('saves that meet while the disk is busy share one sync', async () => {
    const waiting: (() => void)[] = [];
    let busy = false;
    const disk = new SimulatedDisk({
      random: seededRandom(1),
      schedule: (complete) => (busy ? waiting.push(complete) : complete()),
    });
    const wal = await createWal(disk, metadata);
    busy = true;
    const before = disk.syncs;
    const done: number[] = [];
    const saves = Array.from({ length: 10 }, (_, i) =>
      wal.save(undefined, [entry(i + 1)], true).then(() => done.push(i)),
    );
    waiting.shift()!();
    await saves[0];
    expect(done).toEqual([0]);
    waiting.shift()!();
    await Promise.all(saves);
    expect(disk.syncs - before).toBe(2);
    expect(done).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('after a failed sync nothing is accepted any more', async () => {
    const disk = newDisk();
    const wal = await createWal(
      {
        ...bound(disk),
        create: async (name) => ({
          ...(await disk.create(name)),
          sync: () => (fail ? Promise.reject(new Error('EIO')) : Promise.resolve()),
        }),
      },
      metadata,
    ).catch((error: unknown) => {
      throw error;
    });
    fail = true;
    await expect(wal.save(undefined, [entry(1)], true)).rejects.toThrow(
      /cannot write the write-ahead log: EIO/,
    );
    fail = false;
    await expect(wal.save(undefined, [entry(2)], true)).rejects.toThrow(/EIO/);
  });
});

let fail = false;
function bound(disk: SimulatedDisk) {
  return {
    list: () => disk.list(),
    read: (name: string) => disk.read(name),
    open: (name: string) => disk.open(name),
    truncate: (name: string, size: number) => disk.truncate(name, size),
    rename: (from: string, to: string) => disk.rename(from, to),
    remove: (name: string) => disk.remove(name),
    syncDirectory: () => disk.syncDirectory(),
    pathOf: (name: string) => disk.pathOf(name),
  };
}

describe('damage', () => {
  async function logOf(count: number) {
    const disk = newDisk();
    const wal = await createWal(disk, metadata);
    for (let i = 1; i <= count; i++) await wal.save(undefined, [entry(i)], true);
    return disk;
  }

  test('cut off anywhere, the log gives every whole record before the cut and can go on', async () => {
    const size = (await (await logOf(6)).read(FIRST)).length;
    const head = (await (await logOf(0)).read(FIRST)).length;
    for (let cut = head; cut <= size; cut++) {
      const disk = await logOf(6);
      await disk.truncate(FIRST, cut);
      const { wal, entries, truncatedBytes } = await openWal(disk, START);
      expect(plain(entries)).toEqual(plain(range(1, entries.length)));
      expect(entries.length).toBe(Math.floor(((cut - head) / (size - head)) * 6));
      expect(truncatedBytes === 0).toBe((cut - head) % ((size - head) / 6) === 0);
      await wal.save(undefined, [entry(entries.length + 1)], true);
      expect((await openWal(disk, START)).entries.length).toBe(entries.length + 1);
    }
  });

  test('any single changed byte is refused with file and offset, or changes only padding', async () => {
    const size = (await (await logOf(4)).read(FIRST)).length;
    let refused = 0;
    for (let at = 0; at < size; at++) {
      const disk = await logOf(4);
      disk.corrupt(FIRST, (bytes) => {
        bytes[at] = bytes[at]! ^ 0x41;
      });
      try {
        expect(plain((await openWal(disk, START)).entries)).toEqual(plain(range(1, 4)));
      } catch (error) {
        if (!(error instanceof LabError)) throw error;
        expect(error.where).toMatch(/^\/disk\/0000000000000000-0000000000000000\.wal, offset \d+$/);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(size * 0.8);
  });

  test('what was synced survives a crash at any moment, whatever else was being written', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 30 }),
        async (seed, batches) => {
          const random = seededRandom(seed);
          let stuck = false;
          const disk = new SimulatedDisk({
            random,
            schedule: (complete) => (stuck ? undefined : complete()),
          });
          const wal = await createWal(disk, metadata, { segmentSizeBytes: 700 });
          let next = 1;
          let safe = 0;
          for (const count of batches) {
            const batch = range(next, next + count - 1);
            next += count;
            await wal.save({ term: 1, vote: 1n, commit: safe }, batch, true);
            safe = next - 1;
          }
          stuck = true;
          void wal.save(undefined, range(next, next + 40), true);
          disk.crash();
          stuck = false;
          const { entries } = await openWal(disk, START);
          expect(entries.length).toBeGreaterThanOrEqual(safe);
          expect(plain(entries)).toEqual(plain(range(1, entries.length)));
        },
      ),
      { numRuns: 60 },
    );
  });
});
