import { crc32c } from '../../lib/crc32c.ts';
import { errorMessage, LabError } from '../../lib/errors.ts';
import { encodedSnapshotSize, readSnapshot, writeSnapshot } from '../raft/codec.ts';
import { MalformedError, type Snapshot } from '../raft/index.ts';
import { Reader, varintSize, writeVarint } from '../raft/protobuf.ts';
import type { WalFiles, WalSnapshot } from '../wal/index.ts';

/**
 * Snapshot files: the state machine at one index, so that the log before it can go. A file is `TERM-INDEX.snap`, both in
 * hex, and holds snappb.Snapshot {crc, data} around raftpb.Snapshot, as etcd's do. Models etcd server/etcdserver/api/snap.
 *
 * A file appears under its name only when its bytes are on disk. Which snapshots count is for the WAL to say: one without
 * a committed marker there is the leftover of a crash and is passed over.
 */

const hex = (value: number) => value.toString(16).padStart(16, '0');

export function snapshotName(term: number, index: number): string {
  return `${hex(term)}-${hex(index)}.snap`;
}

export function encodeSnapshotFile(snapshot: Snapshot): Uint8Array {
  const inner = encodedSnapshotSize(snapshot);
  // The checksum stands before what it covers: room for its longest form is left, then the head moves up against it.
  const dataHead = 1 + varintSize(inner);
  const buffer = new Uint8Array(6 + dataHead + inner);
  const dataStart = 6 + dataHead;
  writeSnapshot(buffer, dataStart, snapshot);
  const crc = crc32c(0, buffer, dataStart);
  const start = 5 - varintSize(crc);
  buffer[start] = 0x08;
  let p = writeVarint(buffer, start + 1, crc);
  buffer[p++] = 0x12;
  writeVarint(buffer, p, inner);
  return buffer.subarray(start);
}

/** Throws MalformedError when the checksum or the form is wrong. */
export function decodeSnapshotFile(bytes: Uint8Array): Snapshot {
  const reader = new Reader(bytes);
  let crc = 0;
  let data: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.varint();
    if (tag === 0x08) crc = reader.varint();
    else if (tag === 0x12) data = reader.bytes();
    else reader.skip(tag & 7);
  }
  if (data === undefined || crc32c(0, data) !== crc) throw new MalformedError('wrong checksum');
  return readSnapshot(new Reader(data));
}

/** Resolves when the file is durable. Throws LabError when the disk does not take it. */
export async function saveSnapshot(files: WalFiles, snapshot: Snapshot): Promise<void> {
  const name = snapshotName(snapshot.metadata.term, snapshot.metadata.index);
  try {
    const file = await files.create(`${name}.tmp`);
    try {
      file.append(encodeSnapshotFile(snapshot));
      await file.sync();
    } finally {
      file.close();
    }
    await files.rename(`${name}.tmp`, name);
    await files.syncDirectory();
  } catch (error) {
    throw new LabError(`cannot write the snapshot: ${errorMessage(error)}`, {
      where: files.pathOf(name),
      remedy: 'make room on the disk or repair it, then start the member again',
      cause: error,
    });
  }
}

/**
 * The newest snapshot that the WAL vouches for and that reads back whole; a broken one is set aside as `.broken` and the
 * one before it tried. Undefined when there is none.
 */
export async function loadNewestSnapshot(
  files: WalFiles,
  valid: readonly WalSnapshot[],
): Promise<Snapshot | undefined> {
  const present = new Set(await files.list());
  const newestFirst = [...valid].sort((a, b) => b.index - a.index);
  for (const { term, index } of newestFirst) {
    const name = snapshotName(term, index);
    if (!present.delete(name)) continue;
    try {
      return decodeSnapshotFile(await files.read(name));
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      await files.rename(name, `${name}.broken`);
    }
  }
  return undefined;
}

/** Removes all but the newest `keep` snapshot files, and unfinished ones; gives their names. */
export async function removeOldSnapshots(files: WalFiles, keep: number): Promise<readonly string[]> {
  const names = [...(await files.list())].sort();
  const snapshots = names.filter((name) => name.endsWith('.snap'));
  const removed = [
    ...snapshots.slice(0, Math.max(0, snapshots.length - keep)),
    ...names.filter((name) => name.endsWith('.snap.tmp')),
  ];
  for (const name of removed) await files.remove(name);
  return removed;
}
