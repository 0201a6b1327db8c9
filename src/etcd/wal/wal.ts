import { errorMessage, LabError } from '../../lib/errors.ts';
import { encodeHardState } from '../raft/codec.ts';
import type { Entry, HardState } from '../raft/types.ts';
import type { WalOptions, WalReplay, WalSnapshot, WriteAheadLog } from './api.ts';
import type { WalFile, WalFiles } from './files.ts';
import { RecordBuffer, RecordType } from './record.ts';
import { replay } from './replay.ts';
import { listSegments, type Segment, searchIndex, segment } from './segments.ts';
import { encodeWalSnapshot } from './snapshot-record.ts';

const SEGMENT_SIZE_BYTES = 64 * 1024 * 1024;

/** What a log is at the moment it is opened for writing. */
interface Tail {
  readonly metadata: Uint8Array;
  readonly hardState: HardState | undefined;
  readonly segments: Segment[];
  readonly file: WalFile;
  readonly size: number;
  readonly records: RecordBuffer;
  readonly lastIndex: number;
}

class Wal implements WriteAheadLog {
  readonly #files: WalFiles;
  readonly #options: WalOptions;
  readonly #segmentSize: number;
  readonly #metadata: Uint8Array;
  readonly #segments: Segment[];
  readonly #records: RecordBuffer;
  #file: WalFile;
  #size: number;
  #hardState: HardState | undefined;
  #lastIndex: number;
  /** The sync under way, and the one that all who came since wait for. */
  #running: Promise<void> | undefined;
  #queued: Promise<void> | undefined;
  #failure: LabError | undefined;

  constructor(files: WalFiles, options: WalOptions, tail: Tail) {
    this.#files = files;
    this.#options = options;
    this.#segmentSize = options.segmentSizeBytes ?? SEGMENT_SIZE_BYTES;
    this.#metadata = tail.metadata;
    this.#hardState = tail.hardState;
    this.#segments = tail.segments;
    this.#file = tail.file;
    this.#size = tail.size;
    this.#records = tail.records;
    this.#lastIndex = tail.lastIndex;
  }

  async save(hardState: HardState | undefined, entries: readonly Entry[], mustSync: boolean): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    // Entries first: a commit index on disk never points beyond the entries on disk.
    for (const entry of entries) this.#records.addEntry(entry);
    if (entries.length > 0) this.#lastIndex = entries[entries.length - 1]!.index;
    if (hardState !== undefined) {
      this.#records.add(RecordType.state, encodeHardState(hardState));
      this.#hardState = hardState;
    }
    if (mustSync) return this.#sync();
    // While a sync runs, the next one takes this along: a write now might wait for the disk and block the program.
    if (this.#running === undefined) this.#writeOut();
  }

  saveSnapshot(snapshot: WalSnapshot): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#records.add(RecordType.snapshot, encodeWalSnapshot(snapshot));
    this.#lastIndex = Math.max(this.#lastIndex, snapshot.index);
    return this.#sync();
  }

  async release(index: number): Promise<readonly string[]> {
    const keepFrom = searchIndex(this.#segments, index);
    if (keepFrom <= 0) return [];
    const released = this.#segments.splice(0, keepFrom);
    // Oldest first, so that a crash in between leaves no gap.
    for (const { name } of released) await this.#files.remove(name);
    await this.#files.syncDirectory();
    return released.map(({ name }) => name);
  }

  async close(): Promise<void> {
    while (this.#running !== undefined) await this.#running.catch(() => {});
    try {
      if (this.#failure === undefined) await this.#sync();
    } finally {
      this.#file.close();
    }
  }

  /** Group commit: at most one sync runs; all that comes meanwhile shares the next. */
  #sync(): Promise<void> {
    if (this.#running === undefined) {
      this.#running = this.#syncNow().finally(() => {
        this.#running = undefined;
      });
      return this.#running;
    }
    this.#queued ??= this.#running
      .catch(() => {})
      .then(() => {
        this.#queued = undefined;
        return this.#sync();
      });
    return this.#queued;
  }

  async #syncNow(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      this.#writeOut();
      // A segment's head must stand in the chain of checksums before whatever is saved while we wait.
      const head = this.#size >= this.#segmentSize ? this.#nextSegmentHead() : undefined;
      const { onSync, monotonic } = this.#options;
      const begin = monotonic?.() ?? 0;
      await this.#file.sync();
      if (monotonic !== undefined) onSync?.(monotonic() - begin);
      if (head !== undefined) await this.#cut(head.next, head.bytes);
    } catch (error) {
      throw this.#fail(error);
    }
  }

  #writeOut(): void {
    if (this.#records.length === 0) return;
    const bytes = this.#records.take();
    try {
      this.#file.append(bytes);
    } catch (error) {
      throw this.#fail(error);
    }
    this.#size += bytes.length;
  }

  /** After a failed write nobody knows what is on the disk, and a second sync may falsely succeed: so no more writes. */
  #fail(error: unknown): LabError {
    this.#failure ??= new LabError(`cannot write the write-ahead log: ${errorMessage(error)}`, {
      where: this.#files.pathOf(this.#segments[this.#segments.length - 1]?.name ?? ''),
      remedy: 'make room on the disk or repair it, then start the member again',
      cause: error,
    });
    return this.#failure;
  }

  #nextSegmentHead(): { next: Segment; bytes: Uint8Array } {
    const next = segment(this.#segments[this.#segments.length - 1]!.sequence + 1, this.#lastIndex + 1);
    addHead(this.#records, this.#metadata);
    if (this.#hardState !== undefined) this.#records.add(RecordType.state, encodeHardState(this.#hardState));
    return { next, bytes: this.#records.take().slice() };
  }

  async #cut(next: Segment, head: Uint8Array): Promise<void> {
    const file = await createSegment(this.#files, next, head);
    this.#file.close();
    this.#file = file;
    this.#size = head.length;
    this.#segments.push(next);
  }
}

function addHead(records: RecordBuffer, metadata: Uint8Array): void {
  records.addCrc();
  records.add(RecordType.metadata, metadata);
}

/** A segment appears under its name only when its head is on disk, so that none is ever without one. */
async function createSegment(files: WalFiles, { name }: Segment, head: Uint8Array): Promise<WalFile> {
  const temporary = `${name}.tmp`;
  const file = await files.create(temporary);
  file.append(head);
  await file.sync();
  await files.rename(temporary, name);
  await files.syncDirectory();
  return file;
}

export async function walExists(files: WalFiles): Promise<boolean> {
  return (await listSegments(files)).length > 0;
}

/** Begins a log. `metadata` says whose it is and comes back on opening (etcd: etcdserverpb.Metadata {NodeID, ClusterID}). */
export async function createWal(
  files: WalFiles,
  metadata: Uint8Array,
  options: WalOptions = {},
): Promise<WriteAheadLog> {
  if (await walExists(files))
    throw new LabError('there is a write-ahead log already', {
      where: files.pathOf(''),
      remedy: 'open it, or choose an empty data folder',
    });
  const records = new RecordBuffer(0);
  addHead(records, metadata);
  records.add(RecordType.snapshot, encodeWalSnapshot({ index: 0, term: 0 }));
  const first = segment(0, 0);
  const head = records.take().slice();
  const file = await createSegment(files, first, head);
  const tail = {
    metadata,
    hardState: undefined,
    segments: [first],
    file,
    size: head.length,
    records,
    lastIndex: 0,
  };
  return new Wal(files, options, tail);
}

/**
 * Replays the log from a snapshot on and opens it for appending. A record cut short at the very end is what a crash
 * leaves: nobody was told it is safe, and it is cut off. Throws LabError, naming file and offset, for any other damage.
 */
export async function openWal(
  files: WalFiles,
  from: WalSnapshot,
  options: WalOptions = {},
): Promise<WalReplay> {
  for (const name of await files.list()) if (name.endsWith('.wal.tmp')) await files.remove(name);
  const found = await replay(files, from);
  const { metadata, hardState, entries, lastIndex, tailEnd } = found;
  const last = found.segments[found.segments.length - 1]!;
  if (found.tailSize > tailEnd) await files.truncate(last.name, tailEnd);
  const file = await files.open(last.name);
  const segments = await listSegments(files);
  const records = new RecordBuffer(found.crc);
  const wal = new Wal(files, options, {
    metadata,
    hardState,
    segments,
    file,
    size: tailEnd,
    records,
    lastIndex,
  });
  return { wal, metadata, hardState, entries, truncatedBytes: found.tailSize - tailEnd };
}

/** The markers whose snapshot the log can be continued from, oldest first: those that are committed. */
export async function validSnapshots(files: WalFiles): Promise<readonly WalSnapshot[]> {
  const { snapshots, hardState } = await replay(files, { index: 0, term: 0 }, 'markers');
  return snapshots.filter(({ index }) => index <= hardState.commit);
}
