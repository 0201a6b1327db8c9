import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decodeConfChange } from '../../../src/etcd/raft/index.ts';
import { nodeWalFiles, openWal, validSnapshots } from '../../../src/etcd/wal/index.ts';

const etcd = process.env.K8S_LAB_REAL_ETCD ?? 'etcd';
const isRealEtcd = /etcd Version/.test(spawnSync(etcd, ['--version'], { encoding: 'utf8' }).stdout ?? '');

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

test.skipIf(!isRealEtcd)('a log that real etcd wrote is read, checksums and all', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'wal-parity-'));
  const client = `http://127.0.0.1:${await freePort()}`;
  const peer = `http://127.0.0.1:${await freePort()}`;
  const urls = [
    '--listen-client-urls',
    client,
    '--advertise-client-urls',
    client,
    '--listen-peer-urls',
    peer,
  ];
  const cluster = ['--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`];
  const server = spawn(etcd, ['--data-dir', folder, ...urls, ...cluster], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = new Promise((resolve) => server.once('exit', resolve));
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('exit', () => reject(new Error('etcd ended early')));
      server.stderr.on('data', (chunk: Buffer) => {
        if (/ready to serve client requests/.test(chunk.toString())) resolve();
      });
    });
    server.kill('SIGTERM');
    await exited;
    const files = nodeWalFiles(join(folder, 'member', 'wal'));
    expect(await validSnapshots(files)).toMatchObject([{ index: 0, term: 0 }]);
    const { wal, entries, hardState, metadata } = await openWal(files, { index: 0, term: 0 });
    await wal.close();
    expect(metadata.length).toBeGreaterThan(4);
    expect(hardState.term).toBeGreaterThanOrEqual(2);
    expect(hardState.vote).toBeGreaterThan(0n);
    expect(hardState.commit).toBeGreaterThanOrEqual(3);
    const change = decodeConfChange(entries[0]!);
    expect(change.type).toBe('ConfChangeAddNode');
    expect(change.nodeId).toBe(hardState.vote);
    expect(Buffer.from(change.context).toString()).toContain(peer);
  } finally {
    server.kill('SIGKILL');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  }
});
