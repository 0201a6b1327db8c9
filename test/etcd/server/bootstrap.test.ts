import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { bootstrap } from '../../../src/etcd/server/bootstrap.ts';
import { computeMemberId } from '../../../src/etcd/server/cluster.ts';
import { nodeWalFiles, walExists } from '../../../src/etcd/wal/index.ts';
import { LabError } from '../../../src/lib/errors.ts';
import { createLogger } from '../../../src/lib/log.ts';
import { configOf } from './local-server.ts';

let folder: string;
let log: Record<string, unknown>[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'etcd-boot-'));
  log = [];
  return () => rmSync(folder, { recursive: true });
});

const url = (member: number) => `https://10.240.0.1${member}:2380`;
const flags = (member: number, dataDir = 'data') => [
  `--name=m${member}`,
  `--data-dir=${join(folder, dataDir)}`,
  `--initial-advertise-peer-urls=${url(member)}`,
  `--initial-cluster=${[0, 1, 2].map((each) => `m${each}=${url(each)}`).join(',')}`,
];
const nobody = () => Promise.reject(new Error('no member of the cluster was to be asked'));
const boot = (args: readonly string[], existing: Parameters<typeof bootstrap>[2] = nobody) =>
  bootstrap(
    configOf(...args),
    createLogger({ format: 'zap', caller: 'test', write: (line) => log.push(JSON.parse(line)) }),
    existing,
  );

/** Writes some entries as a member would, and lets go of the folder. */
async function runOnce(args: readonly string[], entries = 3) {
  const { wal, unlock, memberId, clusterId } = await boot(args);
  for (let index = 1; index <= entries; index++) {
    const entry = { index, term: 1, type: 'normal' as const, data: Buffer.from(`entry ${index}`) };
    await wal.save({ term: 1, vote: memberId, commit: index - 1 }, [entry], true);
  }
  await wal.close();
  unlock();
  return { memberId, clusterId };
}
const walFile = () => {
  const dir = join(folder, 'data', 'member', 'wal');
  return join(dir, readdirSync(dir)[0]!);
};
const walExistsIn = (dataDir: string) => walExists(nodeWalFiles(join(folder, dataDir, 'member', 'wal')));
async function refusal(args: readonly string[]): Promise<LabError> {
  try {
    await boot(args);
  } catch (error) {
    if (error instanceof LabError) return error;
    throw error;
  }
  throw new Error('it started');
}

test('all members of a new cluster compute the same ids, and data that only they may read', async () => {
  const [first, second] = [await boot(flags(0, 'a')), await boot(flags(1, 'b'))];
  expect(second.clusterId).toBe(first.clusterId);
  expect(first.memberId).toBe(computeMemberId([url(0)], 'etcd-cluster'));
  expect(first.bootstrapMembers).toEqual(second.bootstrapMembers);
  expect(statSync(join(folder, 'a')).mode & 0o777).toBe(0o700);
  await first.wal.close();
  await second.wal.close();
});

test('a member that starts again goes on with its data, whatever --initial-cluster-state says', async () => {
  const { memberId, clusterId } = await runOnce(flags(0));
  for (const state of ['new', 'existing']) {
    const again = await boot([...flags(0), `--initial-cluster-state=${state}`]);
    expect(again).toMatchObject({ memberId, clusterId, bootstrapMembers: undefined });
    expect(again.storage.lastIndex()).toBe(3);
    expect(again.hardState?.commit).toBe(2);
    await again.wal.close();
    again.unlock();
  }
});

describe('data that is not for this member', () => {
  test('of another cluster: both ids are told, and the way out', async () => {
    const { clusterId } = await runOnce(flags(0));
    const error = await refusal([...flags(0), '--initial-cluster-token=another']);
    expect(error.message).toContain(`of cluster ${clusterId.toString(16)}, but --initial-cluster`);
    expect(error.where).toBe(join(folder, 'data'));
    expect(error.remedy).toContain('correct the flags');
  });

  test('of another member of the same cluster', async () => {
    await runOnce(flags(0));
    const error = await refusal(flags(1));
    expect(error.message).toMatch(/^data directory belongs to member m0 \([0-9a-f]+\), but this is m1/);
    expect(error.remedy).toBe('give m1 a --data-dir of its own, or correct --name');
  });

  test('of a process that runs: refused, and free again when that one ends', async () => {
    const running = await boot(flags(0));
    expect((await refusal(flags(0))).message).toContain(`another etcd process (pid ${process.pid})`);
    await running.wal.close();
    running.unlock();
    await runOnce(flags(0), 0);
  });

  test('a start that fails does not keep the folder', async () => {
    await runOnce(flags(0));
    await refusal(flags(1));
    await runOnce(flags(0), 0);
  });
});

describe('a member whose data is gone', () => {
  const known = (clientUrls: string[]) => async () => ({
    clusterId: 55n,
    members: [
      {
        id: computeMemberId([url(0)], 'etcd-cluster'),
        name: 'm0',
        peerUrls: [url(0)],
        clientUrls,
        isLearner: false,
      },
    ],
  });

  test('is not born again under the id that the others know, and is told the way back', async () => {
    const error = await boot(flags(0), known(['https://10.240.0.10:2379'])).catch(
      (thrown: unknown) => thrown,
    );
    const id = computeMemberId([url(0)], 'etcd-cluster').toString(16);
    expect(error).toBeInstanceOf(LabError);
    expect((error as LabError).message).toBe(`member ${id} has already been bootstrapped`);
    expect((error as LabError).remedy).toContain(`etcdctl member remove ${id}, etcdctl member add m0`);
    expect(await walExistsIn('data')).toBe(false);
  });

  test('is born when the others know it only from --initial-cluster', async () => {
    const { wal, unlock } = await boot(flags(0), known([]));
    await wal.close();
    unlock();
  });
});

describe('a damaged log', () => {
  test('a record cut off at the end by a crash is dropped with a warning, and nothing else', async () => {
    await runOnce(flags(0));
    truncateSync(walFile(), statSync(walFile()).size - 5);
    const { storage, wal } = await boot(flags(0));
    expect(storage.lastIndex()).toBe(3);
    await wal.close();
    const [warning] = log.filter(({ level }) => level === 'warn');
    expect(warning).toMatchObject({ msg: expect.stringContaining('repaired the write-ahead log') });
    expect(warning!.bytes).toBeGreaterThan(0);
  });

  test('a byte changed in the middle stops the member, with file, offset and the way out', async () => {
    await runOnce(flags(0), 20);
    const at = readFileSync(walFile()).indexOf('entry 7');
    const file = openSync(walFile(), 'r+');
    writeSync(file, 'E', at);
    closeSync(file);
    const error = await refusal(flags(0));
    expect(error.message).toBe('the write-ahead log is damaged: a record has a wrong checksum');
    expect(error.where).toMatch(new RegExp(`^${walFile()}, offset \\d+$`));
    const offset = Number(error.where!.split(' ').at(-1));
    expect(at - offset).toBeGreaterThan(0);
    expect(at - offset).toBeLessThan(64);
    expect(error.remedy).toBe('remove this member from the cluster, empty its data folder and add it again');
  });
});

describe('joining a cluster that runs', () => {
  const members = [0, 1, 2].map((each) => ({
    id: BigInt(100 + each),
    name: each === 2 ? '' : `m${each}`,
    peerUrls: [url(each)],
    clientUrls: [],
    isLearner: false,
  }));
  const joining = () => [...flags(2), '--initial-cluster-state=existing'];

  test('ids are those that the others gave', async () => {
    const joined = await boot(joining(), async () => ({ clusterId: 55n, members }));
    expect(joined).toMatchObject({ memberId: 102n, clusterId: 55n, bootstrapMembers: undefined });
    await joined.wal.close();
    joined.unlock();
    const again = await boot(joining());
    expect(again).toMatchObject({ memberId: 102n, clusterId: 55n });
    await again.wal.close();
  });

  test('one that nobody has added is told to have itself added first', async () => {
    const error: unknown = await boot(joining(), async () => ({
      clusterId: 55n,
      members: members.slice(0, 2),
    })).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ where: url(2), remedy: 'add this member first: etcdctl member add' });
  });
});
