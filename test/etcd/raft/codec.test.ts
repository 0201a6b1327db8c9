import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeConfChange,
  decodeMessage,
  type Entry,
  type EntryType,
  encodeConfChange,
  encodeMessage,
  MalformedError,
  type Message,
  type MessageType,
  message,
} from '../../../src/etcd/raft/index.ts';
import { committedIndex, majority } from '../../../src/etcd/raft/quorum.ts';

const number = fc.maxSafeNat();
const id = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const data = fc.uint8Array({ maxLength: 300 });
const entry: fc.Arbitrary<Entry> = fc.record({
  term: number,
  index: number,
  type: fc.constantFrom<EntryType>('normal', 'conf-change', 'conf-change-v2'),
  data,
});
const snapshot = fc.record({
  data,
  metadata: fc.record({
    confState: fc.record({ voters: fc.array(id), learners: fc.array(id) }),
    index: fc.integer({ min: 1 }),
    term: number,
  }),
});
const types: MessageType[] = [
  'MsgApp',
  'MsgAppResp',
  'MsgVote',
  'MsgSnap',
  'MsgHeartbeat',
  'MsgPreVoteResp',
  'MsgTimeoutNow',
];
const anyMessage: fc.Arbitrary<Message> = fc.record({
  type: fc.constantFrom(...types),
  to: id,
  from: id,
  term: number,
  logTerm: number,
  index: number,
  entries: fc.array(entry, { maxLength: 5 }),
  commit: number,
  reject: fc.boolean(),
  rejectHint: number,
  snapshot: fc.option(snapshot, { nil: undefined }),
  context: data,
});

test('every message survives the wire', () => {
  fc.assert(
    fc.property(anyMessage, (m) => {
      expect(decodeMessage(encodeMessage(m))).toEqual(m);
    }),
  );
});

test('a read’s context travels as an entry, as etcd’s does', () => {
  const m = message({ type: 'MsgReadIndex', to: 1n, from: 2n, context: new Uint8Array([7, 8]) });
  expect(decodeMessage(encodeMessage(m))).toEqual(m);
});

test('the bytes are raftpb’s', () => {
  const m = message({ type: 'MsgHeartbeat', to: 2n, from: 1n, term: 300, commit: 5 });
  expect(Buffer.from(encodeMessage(m)).toString('hex')).toBe(
    '080810021801' + '20ac02' + '28003000' + '4005' + '50005800',
  );
});

test('bytes that are no message are refused, never misread without end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        decodeMessage(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedError);
      }
    }),
  );
});

test('a membership change survives its entry', () => {
  fc.assert(
    fc.property(id, id, data, (changeId, nodeId, context) => {
      const change = { id: changeId, type: 'ConfChangeAddLearnerNode', nodeId, context } as const;
      const encoded: Entry = { term: 1, index: 1, type: 'conf-change', data: encodeConfChange(change) };
      expect(decodeConfChange(encoded)).toEqual(change);
    }),
  );
});

test('the committed index is the highest that a majority has', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { minLength: 1, maxLength: 7 }), (matches) => {
      const have = (index: number) => matches.filter((match) => match >= index).length;
      const index = committedIndex([...matches]);
      expect(have(index)).toBeGreaterThanOrEqual(majority(matches.length));
      expect(have(index + 1)).toBeLessThan(majority(matches.length));
    }),
  );
});
