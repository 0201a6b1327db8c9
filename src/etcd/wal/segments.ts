import { LabError } from '../../lib/errors.ts';
import type { WalFiles } from './files.ts';

/** A segment file: its number, and the index of the first entry that can be in it. */
export interface Segment {
  readonly name: string;
  readonly sequence: number;
  readonly index: number;
}

const hex = (value: number) => value.toString(16).padStart(16, '0');

/** As etcd names them: `0000000000000001-00000000000186a2.wal`. */
export function segment(sequence: number, index: number): Segment {
  return { name: `${hex(sequence)}-${hex(index)}.wal`, sequence, index };
}

/** The segments in order. Throws LabError when one is missing in between. */
export async function listSegments(files: WalFiles): Promise<Segment[]> {
  const found: Segment[] = [];
  for (const name of await files.list()) {
    const match = /^([0-9a-f]{16})-([0-9a-f]{16})\.wal$/.exec(name);
    if (match === null) continue;
    found.push({ name, sequence: Number.parseInt(match[1]!, 16), index: Number.parseInt(match[2]!, 16) });
  }
  found.sort((a, b) => a.sequence - b.sequence);
  for (let i = 1; i < found.length; i++) {
    const expected = found[i - 1]!.sequence + 1;
    if (found[i]!.sequence !== expected)
      throw new LabError(`the write-ahead log is damaged: segment ${expected} is missing`, {
        where: files.pathOf(found[i]!.name),
        remedy: 'remove this member from the cluster, empty its data folder and add it again',
      });
  }
  return found;
}

/** The position of the last segment that begins at or before the index, or -1. */
export function searchIndex(segments: readonly Segment[], index: number): number {
  for (let i = segments.length - 1; i >= 0; i--) if (segments[i]!.index <= index) return i;
  return -1;
}
