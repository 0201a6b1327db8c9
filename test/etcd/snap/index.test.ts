import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MalformedError } from '../../../src/etcd/raft/index.ts';
import {
  decodeSnapshotFile,
  loadNewestSnapshot,
  removeOldSnapshots,
  saveSnapshot,
  snapshotName,
} from '../../../src/etcd/snap/index.ts';
import { SimulatedDisk } from '../../simulation/disk.ts';
import { seededRandom } from '../../simulation/random.ts';

const newDisk = () => new SimulatedDisk({ random: seededRandom(1) });
const id = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const metadata = (index: number, term = 1) => ({ index, term, confState: { voters: [1n], learners: [] } });
const save = (disk: SimulatedDisk, index: number, ...data: string[]) =>
  saveSnapshot(disk, { data: data.map((part) => Buffer.from(part)), metadata: metadata(index) });
const text = async (disk: SimulatedDisk, ...marked: number[]) => {
  const valid = marked.map((index) => ({ index, term: 1 }));
  const found = await loadNewestSnapshot(disk, valid);
  return found === undefined ? undefined : Buffer.from(found.data).toString();
};

test('whatever the parts, the file holds them as one; any changed byte is noticed', async () => {
  const anySnapshot = fc.record({
    data: fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 4 }),
    metadata: fc.record({
      confState: fc.record({ voters: fc.array(id), learners: fc.array(id) }),
      index: fc.integer({ min: 1 }),
      term: fc.maxSafeNat(),
    }),
  });
  await fc.assert(
    fc.asyncProperty(anySnapshot, fc.nat(), async (snapshot, position) => {
      const disk = newDisk();
      await saveSnapshot(disk, snapshot);
      const file = await disk.read(snapshotName(snapshot.metadata.term, snapshot.metadata.index));
      const { data, metadata: found } = decodeSnapshotFile(file);
      expect(Buffer.from(data)).toEqual(Buffer.concat(snapshot.data));
      expect(found).toEqual(snapshot.metadata);
      file[position % file.length]! ^= 0x10;
      expect(() => decodeSnapshotFile(file)).toThrow(MalformedError);
    }),
  );
});

test('a state of several megabytes comes back whole', async () => {
  const disk = newDisk();
  const data = Array.from({ length: 5 }, (_, part) => Buffer.alloc(700_000, part + 1));
  await saveSnapshot(disk, { data, metadata: metadata(9) });
  const found = await loadNewestSnapshot(disk, [{ index: 9, term: 1 }]);
  expect(Buffer.compare(Buffer.from(found!.data), Buffer.concat(data))).toBe(0);
});

describe('which snapshot a member starts from', () => {
  test('the newest that the log vouches for', async () => {
    const disk = newDisk();
    await save(disk, 10, 'ten');
    await save(disk, 20, 'twenty');
    expect(await text(disk, 0, 10, 20)).toBe('twenty');
    expect(await text(disk, 0, 10)).toBe('ten');
    expect(await text(disk, 0)).toBeUndefined();
  });

  test('the one before, when the newest is broken; that is set aside for whoever wants to look', async () => {
    const disk = newDisk();
    await save(disk, 10, 'ten');
    await save(disk, 20, 'twenty');
    disk.corrupt(snapshotName(1, 20), (bytes) => {
      bytes[bytes.length - 1]! ^= 1;
    });
    expect(await text(disk, 10, 20)).toBe('ten');
    expect(await disk.list()).toContain(`${snapshotName(1, 20)}.broken`);
  });

  test('never one that a crash left unfinished', async () => {
    let stuck = false;
    const disk = new SimulatedDisk({
      random: seededRandom(1),
      schedule: (complete) => (stuck ? undefined : complete()),
    });
    await save(disk, 10, 'ten');
    stuck = true;
    void save(disk, 20, 'twenty');
    disk.crash();
    expect(await text(disk, 10, 20)).toBe('ten');
  });
});

test('old files and unfinished ones are removed, the newest kept', async () => {
  const disk = newDisk();
  for (const index of [10, 20, 30]) await save(disk, index, 'x');
  await disk.create(`${snapshotName(1, 40)}.tmp`);
  await disk.create('unrelated');
  expect(await removeOldSnapshots(disk, 2)).toEqual([snapshotName(1, 10), `${snapshotName(1, 40)}.tmp`]);
  expect((await disk.list()).toSorted()).toEqual([snapshotName(1, 20), snapshotName(1, 30), 'unrelated']);
});
