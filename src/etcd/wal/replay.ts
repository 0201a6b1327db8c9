import { LabError } from '../../lib/errors.ts';
import { readEntry, readHardState } from '../raft/codec.ts';
import { Reader } from '../raft/protobuf.ts';
import { EMPTY_BYTES, EMPTY_HARD_STATE, type Entry, type HardState } from '../raft/types.ts';
import type { WalSnapshot } from './api.ts';
import type { WalFiles } from './files.ts';
import { RecordType } from './record.ts';
import { RecordReader } from './record-reader.ts';
import { listSegments, type Segment, searchIndex } from './segments.ts';
import { decodeWalSnapshot } from './snapshot-record.ts';

/** What stands in the log after a snapshot, and where the log can be continued. */
export interface Replayed {
  readonly metadata: Uint8Array;
  readonly hardState: HardState;
  readonly entries: Entry[];
  /** Every snapshot marker met, oldest first. */
  readonly snapshots: readonly WalSnapshot[];
  readonly segments: readonly Segment[];
  readonly crc: number;
  /** Of the last segment: its size, and where whole records end. */
  readonly tailSize: number;
  readonly tailEnd: number;
  readonly lastIndex: number;
}

const damaged = (what: string, where: string) =>
  new LabError(`the write-ahead log is damaged: ${what}`, {
    where,
    remedy: 'remove this member from the cluster, empty its data folder and add it again',
  });

/** Takes an entry into the list of those after `base`; it replaces entries of its index and after (a new leader's). */
function takeEntry(entries: Entry[], base: number, data: Uint8Array, where: string): void {
  const entry = readEntry(new Reader(data));
  if (entry.index <= base) return;
  const position = entry.index - base - 1;
  if (position > entries.length)
    throw damaged(`entry ${entry.index} follows entry ${base + entries.length}`, where);
  entries.length = position;
  // A copy, lest one small entry keep a whole segment in memory.
  entries.push({ ...entry, data: entry.data.length === 0 ? EMPTY_BYTES : Buffer.from(entry.data) });
}

/**
 * Reads the log without changing it. With `markers` entries are skipped, which may have gaps where a leader's snapshot
 * came in between. Throws LabError when there is no log, or when it is damaged.
 */
export async function replay(
  files: WalFiles,
  from: WalSnapshot,
  wanted: 'all' | 'markers' = 'all',
): Promise<Replayed> {
  const all = await listSegments(files);
  const first = wanted === 'all' ? searchIndex(all, from.index) : 0;
  const base = wanted === 'all' ? from.index : Number.POSITIVE_INFINITY;
  if (first < 0 || all.length === 0)
    throw new LabError('no write-ahead log reaches back to the snapshot', {
      where: files.pathOf(''),
      remedy: 'restore the missing files, or remove this member from the cluster and add it again',
    });
  const segments = all.slice(first);
  const entries: Entry[] = [];
  const snapshots: WalSnapshot[] = [];
  let metadata: Uint8Array | undefined;
  let hardState = EMPTY_HARD_STATE;
  let crc: number | undefined;
  let tailSize = 0;
  let tailEnd = 0;
  let lastIndex = from.index;
  for (const [i, { name }] of segments.entries()) {
    const path = files.pathOf(name);
    const bytes = await files.read(name);
    const reader = new RecordReader(bytes, path, i === segments.length - 1, crc);
    for (
      let at = 0, record = reader.next();
      record !== undefined;
      at = reader.offset, record = reader.next()
    ) {
      const where = `${path}, offset ${at}`;
      switch (record.type) {
        case RecordType.metadata:
          if (metadata !== undefined && Buffer.compare(metadata, record.data) !== 0)
            throw damaged('segments of two members are mixed', where);
          metadata ??= record.data.slice();
          break;
        case RecordType.entry:
          takeEntry(entries, base, record.data, where);
          lastIndex = entries[entries.length - 1]?.index ?? lastIndex;
          break;
        case RecordType.state:
          hardState = readHardState(new Reader(record.data));
          break;
        case RecordType.snapshot: {
          const snapshot = decodeWalSnapshot(record.data);
          if (snapshot.index === from.index && snapshot.term !== from.term)
            throw damaged(
              `snapshot ${snapshot.index} has term ${snapshot.term}, expected ${from.term}`,
              where,
            );
          lastIndex = Math.max(lastIndex, snapshot.index);
          snapshots.push(snapshot);
          break;
        }
        case RecordType.crc:
          break;
        default:
          throw damaged(`a record of unknown type ${record.type}`, where);
      }
    }
    crc = reader.crc;
    tailSize = bytes.length;
    tailEnd = reader.offset;
  }
  if (wanted === 'all' && from.index > 0 && !snapshots.some(({ index }) => index === from.index))
    throw damaged(`it has no marker for snapshot ${from.index}`, files.pathOf(segments[0]!.name));
  if (metadata === undefined) throw damaged('it does not say whose it is', files.pathOf(segments[0]!.name));
  return {
    metadata,
    hardState,
    entries,
    snapshots,
    segments,
    crc: crc ?? 0,
    tailSize,
    tailEnd,
    lastIndex,
  };
}
