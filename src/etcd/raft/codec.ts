import { bigVarintSize, type Reader, varintSize, writeBigVarint, writeVarint } from './protobuf.ts';
import {
  type ConfState,
  EMPTY_BYTES,
  type Entry,
  type EntryType,
  type HardState,
  type Snapshot,
} from './types.ts';

/**
 * raftpb's records as protobuf, field for field as etcd writes them, so that its tools can read our files and ours read
 * its. Models etcd-io/raft raftpb/raft.proto. Each pair of functions is `size` and `write`, so that a caller can place a
 * record inside a larger buffer without a copy.
 */

const ENTRY_TYPES: readonly EntryType[] = ['normal', 'conf-change', 'conf-change-v2'];

/** Everything of an entry but its data, which follows directly: at most this many bytes. */
export const MAX_ENTRY_HEAD = 32;

/** Writes an entry up to where its data begins; gives the position after that. */
export function writeEntryHead(buffer: Uint8Array, at: number, entry: Entry): number {
  let p = at;
  buffer[p++] = 0x08;
  buffer[p++] = ENTRY_TYPES.indexOf(entry.type);
  buffer[p++] = 0x10;
  p = writeVarint(buffer, p, entry.term);
  buffer[p++] = 0x18;
  p = writeVarint(buffer, p, entry.index);
  if (entry.data.length > 0) {
    buffer[p++] = 0x22;
    p = writeVarint(buffer, p, entry.data.length);
  }
  return p;
}

export function encodedEntrySize(entry: Entry): number {
  const length = entry.data.length;
  const data = length === 0 ? 0 : 1 + varintSize(length) + length;
  return 4 + varintSize(entry.term) + varintSize(entry.index) + data;
}

export function writeEntry(buffer: Uint8Array, at: number, entry: Entry): number {
  const p = writeEntryHead(buffer, at, entry);
  buffer.set(entry.data, p);
  return p + entry.data.length;
}

export function readEntry(reader: Reader): Entry {
  let type: EntryType = 'normal';
  let term = 0;
  let index = 0;
  let data: Uint8Array = EMPTY_BYTES;
  while (!reader.done) {
    const tag = reader.varint();
    if (tag === 0x08) type = ENTRY_TYPES[reader.varint()] ?? 'normal';
    else if (tag === 0x10) term = reader.varint();
    else if (tag === 0x18) index = reader.varint();
    else if (tag === 0x22) data = reader.bytes();
    else reader.skip(tag & 7);
  }
  return { term, index, type, data };
}

export function encodeHardState(state: HardState): Uint8Array {
  const buffer = new Uint8Array(
    3 + varintSize(state.term) + bigVarintSize(state.vote) + varintSize(state.commit),
  );
  let p = 0;
  buffer[p++] = 0x08;
  p = writeVarint(buffer, p, state.term);
  buffer[p++] = 0x10;
  p = writeBigVarint(buffer, p, state.vote);
  buffer[p++] = 0x18;
  writeVarint(buffer, p, state.commit);
  return buffer;
}

export function readHardState(reader: Reader): HardState {
  let term = 0;
  let vote = 0n;
  let commit = 0;
  while (!reader.done) {
    const tag = reader.varint();
    if (tag === 0x08) term = reader.varint();
    else if (tag === 0x10) vote = reader.bigVarint();
    else if (tag === 0x18) commit = reader.varint();
    else reader.skip(tag & 7);
  }
  return { term, vote, commit };
}

export function confStateSize(state: ConfState): number {
  let size = 2; // auto_leave, which etcd always writes
  for (const id of state.voters) size += 1 + bigVarintSize(id);
  for (const id of state.learners) size += 1 + bigVarintSize(id);
  return size;
}

export function writeConfState(buffer: Uint8Array, at: number, state: ConfState): number {
  let p = at;
  for (const id of state.voters) {
    buffer[p++] = 0x08;
    p = writeBigVarint(buffer, p, id);
  }
  for (const id of state.learners) {
    buffer[p++] = 0x10;
    p = writeBigVarint(buffer, p, id);
  }
  buffer[p++] = 0x28;
  buffer[p++] = 0;
  return p;
}

export function readConfState(reader: Reader): ConfState {
  const voters: bigint[] = [];
  const learners: bigint[] = [];
  while (!reader.done) {
    const tag = reader.varint();
    if (tag === 0x08) voters.push(reader.bigVarint());
    else if (tag === 0x10) learners.push(reader.bigVarint());
    else reader.skip(tag & 7);
  }
  return { voters, learners };
}

function metadataSize(snapshot: Snapshot): number {
  const { confState, index, term } = snapshot.metadata;
  const inner = confStateSize(confState);
  return 1 + varintSize(inner) + inner + 2 + varintSize(index) + varintSize(term);
}

export function encodedSnapshotSize(snapshot: Snapshot): number {
  const length = snapshot.data.length;
  const data = length === 0 ? 0 : 1 + varintSize(length) + length;
  const metadata = metadataSize(snapshot);
  return data + 1 + varintSize(metadata) + metadata;
}

export function writeSnapshot(buffer: Uint8Array, at: number, snapshot: Snapshot): number {
  const { confState, index, term } = snapshot.metadata;
  let p = at;
  if (snapshot.data.length > 0) {
    buffer[p++] = 0x0a;
    p = writeVarint(buffer, p, snapshot.data.length);
    buffer.set(snapshot.data, p);
    p += snapshot.data.length;
  }
  buffer[p++] = 0x12;
  p = writeVarint(buffer, p, metadataSize(snapshot));
  buffer[p++] = 0x0a;
  p = writeVarint(buffer, p, confStateSize(confState));
  p = writeConfState(buffer, p, confState);
  buffer[p++] = 0x10;
  p = writeVarint(buffer, p, index);
  buffer[p++] = 0x18;
  return writeVarint(buffer, p, term);
}

export function readSnapshot(reader: Reader): Snapshot {
  let data: Uint8Array = EMPTY_BYTES;
  let confState: ConfState = { voters: [], learners: [] };
  let index = 0;
  let term = 0;
  while (!reader.done) {
    const tag = reader.varint();
    if (tag === 0x0a) data = reader.bytes();
    else if (tag === 0x12) {
      const metadata = reader.message();
      while (!metadata.done) {
        const inner = metadata.varint();
        if (inner === 0x0a) confState = readConfState(metadata.message());
        else if (inner === 0x10) index = metadata.varint();
        else if (inner === 0x18) term = metadata.varint();
        else metadata.skip(inner & 7);
      }
    } else reader.skip(tag & 7);
  }
  return { data, metadata: { confState, index, term } };
}
