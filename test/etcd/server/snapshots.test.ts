import { describe, expect, test } from 'vitest';
import { methods } from '../../../src/etcd/proto/methods.ts';
import { addKvService } from '../../../src/etcd/server/kv-service.ts';
import type { WalFile, WalFiles } from '../../../src/etcd/wal/index.ts';
import { SimulatedDisk } from '../../simulation/disk.ts';
import { seededRandom } from '../../simulation/random.ts';
import { LocalServer } from './local-server.ts';

/** A simulated disk of which a test may delay the snapshots, or refuse to write more. */
class Disk extends SimulatedDisk {
  full = false;
  #held: (() => void)[] | undefined;

  constructor() {
    super({ random: seededRandom(1) });
  }

  holdSnapshots(): void {
    this.#held = [];
  }

  releaseSnapshots(): void {
    for (const release of this.#held ?? []) release();
    this.#held = undefined;
  }

  override async create(name: string): Promise<WalFile> {
    return this.#limited(name, await super.create(name));
  }

  override async open(name: string): Promise<WalFile> {
    return this.#limited(name, await super.open(name));
  }

  #limited(name: string, file: WalFile): WalFile {
    return {
      close: () => file.close(),
      append: (data) => {
        if (this.full)
          throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
        file.append(data);
      },
      sync: async () => {
        const held = this.#held;
        if (name.includes('.snap') && held !== undefined)
          await new Promise<void>((resolve) => held.push(resolve));
        await file.sync();
      },
    };
  }
}

async function start(disk: WalFiles, ...flags: string[]) {
  const local = await LocalServer.start({ flags: ['--snapshot-count=10', ...flags], disk });
  addKvService(local.rpc, local.server);
  const put = (value: string) =>
    local.call(methods.put, { key: Buffer.from('k'), value: Buffer.from(value) });
  const get = async () => (await local.call(methods.range, { key: Buffer.from('k') })).kvs[0];
  return { local, put, get };
}
const snapshotsOn = async (disk: Disk) =>
  (await disk.list()).filter((name) => name.endsWith('.snap')).toSorted();

describe('snapshots', () => {
  test('are taken every so many entries, and only the newest files are kept', async () => {
    const disk = new Disk();
    const { local, put } = await start(disk, '--max-snapshots=2');
    for (let i = 0; i < 45; i++) await put(String(i));
    await local.clock.advance(100);
    expect(await snapshotsOn(disk)).toHaveLength(2);
    expect(local.log.filter((line) => line.includes('"saved snapshot"')).length).toBeGreaterThanOrEqual(4);
    await local.server.stop();
  });

  test('do not hold up writes, however slow the disk', async () => {
    const disk = new Disk();
    const { local, put, get } = await start(disk);
    disk.holdSnapshots();
    for (let i = 0; i < 50; i++) await put(String(i));
    expect((await get())?.version).toBe(50);
    expect(await snapshotsOn(disk)).toEqual([]);
    disk.releaseSnapshots();
    await local.clock.advance(100);
    expect(await snapshotsOn(disk)).not.toEqual([]);
    await local.server.stop();
  });

  test('hold the state of one moment: after a restart every write counts exactly once', async () => {
    const disk = new Disk();
    let { local, put, get } = await start(disk);
    for (let round = 1; round <= 4; round++) {
      disk.holdSnapshots();
      for (let i = 0; i < 13; i++) await put(`${round}/${i}`);
      disk.releaseSnapshots();
      await local.server.stop();
      ({ local, put, get } = await start(disk));
      const kv = await get();
      expect(kv?.version).toBe(13 * round);
      expect(kv?.value.toString()).toBe(`${round}/12`);
    }
    await local.server.stop();
  });

  test('that a crash left half-written do not count', async () => {
    const disk = new Disk();
    const before = await start(disk);
    disk.holdSnapshots();
    for (let i = 0; i < 25; i++) await before.put(String(i));
    disk.crash();
    disk.releaseSnapshots();
    expect(await snapshotsOn(disk)).toEqual([]);
    const { local, get } = await start(disk);
    expect((await get())?.version).toBe(25);
    await local.server.stop();
  });
});

describe('a full disk', () => {
  test('stops the member at the next write, which is not acknowledged, and says what to do', async () => {
    const disk = new Disk();
    const { local, put } = await start(disk);
    await put('safe');
    disk.full = true;
    const lost = expect(put('lost')).rejects.toThrow('etcdserver: server stopped');
    await local.clock.advance(100);
    expect(local.failure).toMatchObject({
      message: 'cannot write the write-ahead log: ENOSPC: no space left on device, write',
      where: expect.stringMatching(/\.wal$/),
      remedy: 'make room on the disk or repair it, then start the member again',
    });
    await local.server.stop();
    await lost;
    disk.full = false;
    const again = await start(disk);
    expect((await again.get())?.value.toString()).toBe('safe');
    await again.put('after');
    expect((await again.get())?.version).toBe(2);
    await again.local.server.stop();
  });

  test('stops it in a snapshot, too; what was acknowledged is in the log', async () => {
    const disk = new Disk();
    const { local, put } = await start(disk);
    const create = disk.create.bind(disk);
    disk.create = async (name) => {
      const file = await create(name);
      if (!name.includes('.snap')) return file;
      return {
        ...file,
        append: () => {
          throw new Error('ENOSPC: no space left on device, write');
        },
      };
    };
    for (let i = 0; i < 12; i++) await put(String(i));
    await local.clock.advance(100);
    expect(local.failure).toMatchObject({
      message: 'cannot write the snapshot: ENOSPC: no space left on device, write',
      where: expect.stringMatching(/\.snap$/),
    });
    await local.server.stop();
    const again = await start(disk);
    expect((await again.get())?.version).toBe(12);
    await again.local.server.stop();
  });
});
