import { crc32c } from '../../lib/crc32c.ts';
import { errorMessage, LabError } from '../../lib/errors.ts';
import { encodedSnapshotSize, readSnapshot, writeSnapshot } from '../raft/codec.ts';
import { MalformedError, type Snapshot } from '../raft/index.ts';
import { Reader, varintSize, writeVarint } from '../raft/protobuf.ts';
import { EMPTY_BYTES } from '../raft/types.ts';
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

/** A snapshot whose data is in parts, one after the other: a large state need not be copied together to be written. */
export interface SnapshotInParts {
  readonly data: readonly Uint8Array[];
  readonly metadata: Snapshot['metadata'];
}

/** What the checksum covers: the encoded snapshot. */
function coveredParts({ data, metadata }: SnapshotInParts): readonly Uint8Array[] {
  const withoutData: Snapshot = { data: EMPTY_BYTES, metadata };
  const tail = new Uint8Array(encodedSnapshotSize(withoutData));
  writeSnapshot(tail, 0, withoutData);
  const dataSize = sizeOf(data);
  if (dataSize === 0) return [tail];
  const head = new Uint8Array(1 + varintSize(dataSize));
  head[0] = 0x0a;
  writeVarint(head, 1, dataSize);
  return [head, ...data, tail];
}

/** What stands before it. */
function fileHead(crc: number, coveredSize: number): Uint8Array {
  const head = new Uint8Array(2 + varintSize(crc) + varintSize(coveredSize));
  head[0] = 0x08;
  const p = writeVarint(head, 1, crc);
  head[p] = 0x12;
  writeVarint(head, p + 1, coveredSize);
  return head;
}

const sizeOf = (parts: readonly Uint8Array[]) => parts.reduce((sum, part) => sum + part.length, 0);

/** Bytes to work on before others have their turn. */
const bytesPerTurn = 1 << 20;

/** Calls `work` with all of the bytes, piece by piece, and lets others have their turn in between. */
async function inTurns(parts: readonly Uint8Array[], work: (piece: Uint8Array) => void): Promise<void> {
  let sinceTurn = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length; at += bytesPerTurn) {
      const piece = part.subarray(at, at + bytesPerTurn);
      work(piece);
      sinceTurn += piece.length;
      if (sinceTurn < bytesPerTurn) continue;
      sinceTurn = 0;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
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
export async function saveSnapshot(files: WalFiles, snapshot: SnapshotInParts): Promise<void> {
  const name = snapshotName(snapshot.metadata.term, snapshot.metadata.index);
  const covered = coveredParts(snapshot);
  let crc = 0;
  await inTurns(covered, (piece) => {
    crc = crc32c(crc, piece);
  });
  try {
    const file = await files.create(`${name}.tmp`);
    try {
      file.append(fileHead(crc, sizeOf(covered)));
      await inTurns(covered, (piece) => file.append(piece));
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
