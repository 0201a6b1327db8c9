import {
  encodedEntrySize,
  encodedSnapshotSize,
  readEntry,
  readSnapshot,
  writeEntry,
  writeSnapshot,
} from './codec.ts';
import {
  bigVarintSize,
  MalformedError,
  Reader,
  varintSize,
  writeBigVarint,
  writeVarint,
} from './protobuf.ts';
import { EMPTY_BYTES, type Entry, type Message, type MessageType, type Snapshot } from './types.ts';

/** Messages between members, as raftpb.Message. The position of a name is its number there. */
const MESSAGE_TYPES: readonly (MessageType | undefined)[] = [
  'MsgHup',
  'MsgBeat',
  'MsgProp',
  'MsgApp',
  'MsgAppResp',
  'MsgVote',
  'MsgVoteResp',
  'MsgSnap',
  'MsgHeartbeat',
  'MsgHeartbeatResp',
  'MsgUnreachable',
  'MsgSnapStatus',
  'MsgCheckQuorum',
  'MsgTransferLeader',
  'MsgTimeoutNow',
  'MsgReadIndex',
  'MsgReadIndexResp',
  'MsgPreVote',
  'MsgPreVoteResp',
];

const TYPE_NUMBERS = new Map(MESSAGE_TYPES.map((type, number) => [type, number]));

/** Reads carry their context as the data of an entry on the wire. */
const isRead = (type: MessageType) => type === 'MsgReadIndex' || type === 'MsgReadIndexResp';

const contextEntry = (data: Uint8Array): readonly Entry[] => [{ term: 0, index: 0, type: 'normal', data }];

export function encodeMessage(m: Message): Uint8Array {
  const entries = isRead(m.type) ? contextEntry(m.context) : m.entries;
  const context = isRead(m.type) ? EMPTY_BYTES : m.context;
  let size =
    2 +
    (1 + bigVarintSize(m.to)) +
    (1 + bigVarintSize(m.from)) +
    (1 + varintSize(m.term)) +
    (1 + varintSize(m.logTerm)) +
    (1 + varintSize(m.index)) +
    (1 + varintSize(m.commit)) +
    2 +
    (1 + varintSize(m.rejectHint));
  const entrySizes: number[] = [];
  for (const entry of entries) {
    const inner = encodedEntrySize(entry);
    entrySizes.push(inner);
    size += 1 + varintSize(inner) + inner;
  }
  const snapshotSize = m.snapshot === undefined ? 0 : encodedSnapshotSize(m.snapshot);
  if (m.snapshot !== undefined) size += 1 + varintSize(snapshotSize) + snapshotSize;
  if (context.length > 0) size += 1 + varintSize(context.length) + context.length;

  const buffer = new Uint8Array(size);
  let p = 0;
  buffer[p++] = 0x08;
  buffer[p++] = TYPE_NUMBERS.get(m.type)!;
  buffer[p++] = 0x10;
  p = writeBigVarint(buffer, p, m.to);
  buffer[p++] = 0x18;
  p = writeBigVarint(buffer, p, m.from);
  buffer[p++] = 0x20;
  p = writeVarint(buffer, p, m.term);
  buffer[p++] = 0x28;
  p = writeVarint(buffer, p, m.logTerm);
  buffer[p++] = 0x30;
  p = writeVarint(buffer, p, m.index);
  for (let i = 0; i < entries.length; i++) {
    buffer[p++] = 0x3a;
    p = writeVarint(buffer, p, entrySizes[i]!);
    p = writeEntry(buffer, p, entries[i]!);
  }
  buffer[p++] = 0x40;
  p = writeVarint(buffer, p, m.commit);
  if (m.snapshot !== undefined) {
    buffer[p++] = 0x4a;
    p = writeVarint(buffer, p, snapshotSize);
    p = writeSnapshot(buffer, p, m.snapshot);
  }
  buffer[p++] = 0x50;
  buffer[p++] = m.reject ? 1 : 0;
  buffer[p++] = 0x58;
  p = writeVarint(buffer, p, m.rejectHint);
  if (context.length > 0) {
    buffer[p++] = 0x62;
    p = writeVarint(buffer, p, context.length);
    buffer.set(context, p);
  }
  return buffer;
}

/** Throws MalformedError. Entries' data are views into the given bytes. */
export function decodeMessage(bytes: Uint8Array): Message {
  const reader = new Reader(bytes);
  let type: MessageType | undefined;
  let to = 0n;
  let from = 0n;
  let term = 0;
  let logTerm = 0;
  let index = 0;
  let entries: Entry[] = [];
  let commit = 0;
  let snapshot: Snapshot | undefined;
  let reject = false;
  let rejectHint = 0;
  let context: Uint8Array = EMPTY_BYTES;
  while (!reader.done) {
    const tag = reader.varint();
    switch (tag) {
      case 0x08:
        type = MESSAGE_TYPES[reader.varint()];
        break;
      case 0x10:
        to = reader.bigVarint();
        break;
      case 0x18:
        from = reader.bigVarint();
        break;
      case 0x20:
        term = reader.varint();
        break;
      case 0x28:
        logTerm = reader.varint();
        break;
      case 0x30:
        index = reader.varint();
        break;
      case 0x3a:
        entries.push(readEntry(reader.message()));
        break;
      case 0x40:
        commit = reader.varint();
        break;
      case 0x4a: {
        const read = readSnapshot(reader.message());
        // etcd writes an empty snapshot into every message.
        if (read.metadata.index > 0) snapshot = read;
        break;
      }
      case 0x50:
        reject = reader.varint() !== 0;
        break;
      case 0x58:
        rejectHint = reader.varint();
        break;
      case 0x62:
        context = reader.bytes();
        break;
      default:
        reader.skip(tag & 7);
    }
  }
  if (type === undefined) throw new MalformedError('a raft message of a type that is not known');
  if (isRead(type) && entries.length > 0) {
    context = entries[0]!.data;
    entries = [];
  }
  return { type, to, from, term, logTerm, index, entries, commit, reject, rejectHint, snapshot, context };
}
