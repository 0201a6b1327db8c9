import { confStateSize, readConfState, writeConfState } from '../raft/codec.ts';
import { Reader, varintSize, writeVarint } from '../raft/protobuf.ts';
import type { ConfState } from '../raft/types.ts';
import type { WalSnapshot } from './api.ts';

/** walpb.Snapshot: the marker that a snapshot file covers the log up to an index. */
export function encodeWalSnapshot(snapshot: WalSnapshot): Uint8Array {
  const { index, term, confState } = snapshot;
  const inner = confState === undefined ? 0 : confStateSize(confState);
  const conf = confState === undefined ? 0 : 1 + varintSize(inner) + inner;
  const buffer = new Uint8Array(2 + varintSize(index) + varintSize(term) + conf);
  let p = 0;
  buffer[p++] = 0x08;
  p = writeVarint(buffer, p, index);
  buffer[p++] = 0x10;
  p = writeVarint(buffer, p, term);
  if (confState !== undefined) {
    buffer[p++] = 0x1a;
    p = writeVarint(buffer, p, inner);
    writeConfState(buffer, p, confState);
  }
  return buffer;
}

export function decodeWalSnapshot(bytes: Uint8Array): WalSnapshot {
  const reader = new Reader(bytes);
  let index = 0;
  let term = 0;
  let confState: ConfState | undefined;
  while (!reader.done) {
    const tag = reader.varint();
    if (tag === 0x08) index = reader.varint();
    else if (tag === 0x10) term = reader.varint();
    else if (tag === 0x1a) confState = readConfState(reader.message());
    else reader.skip(tag & 7);
  }
  return confState === undefined ? { index, term } : { index, term, confState };
}
