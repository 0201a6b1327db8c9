import { LabError } from '../../lib/errors.ts';
import { invariant } from './errors.ts';
import { bigVarintSize, Reader, varintSize, writeBigVarint, writeVarint } from './protobuf.ts';
import type { Tracker } from './tracker.ts';
import {
  type ConfChange,
  type ConfChangeType,
  type ConfState,
  EMPTY_BYTES,
  type Entry,
  type NodeId,
} from './types.ts';

/** Changes of the membership, one member at a time (thesis 4.1), as raftpb.ConfChange in the entry's data. */

const TYPES: readonly ConfChangeType[] = [
  'ConfChangeAddNode',
  'ConfChangeRemoveNode',
  'ConfChangeUpdateNode',
  'ConfChangeAddLearnerNode',
];

export function encodeConfChange(change: ConfChange): Uint8Array {
  const length = change.context.length;
  const context = length === 0 ? 0 : 1 + varintSize(length) + length;
  const buffer = new Uint8Array(4 + bigVarintSize(change.id) + bigVarintSize(change.nodeId) + context);
  let p = 0;
  buffer[p++] = 0x08;
  p = writeBigVarint(buffer, p, change.id);
  buffer[p++] = 0x10;
  buffer[p++] = TYPES.indexOf(change.type);
  buffer[p++] = 0x18;
  p = writeBigVarint(buffer, p, change.nodeId);
  if (length > 0) {
    buffer[p++] = 0x22;
    p = writeVarint(buffer, p, length);
    buffer.set(change.context, p);
  }
  return buffer;
}

/** The change in a committed entry of type conf-change. Throws LabError for joint consensus (ConfChangeV2). */
export function decodeConfChange(entry: Entry): ConfChange {
  if (entry.type === 'conf-change-v2')
    throw new LabError('joint consensus (ConfChangeV2) is not supported', {
      where: `raft entry ${entry.index}`,
      remedy: 'change one member at a time',
    });
  invariant(entry.type === 'conf-change', `entry ${entry.index} holds no membership change`);
  const reader = new Reader(entry.data);
  let id = 0n;
  let type: ConfChangeType = 'ConfChangeAddNode';
  let nodeId = 0n;
  let context: Uint8Array = EMPTY_BYTES;
  while (!reader.done) {
    const tag = reader.varint();
    if (tag === 0x08) id = reader.bigVarint();
    else if (tag === 0x10) type = TYPES[reader.varint()] ?? 'ConfChangeAddNode';
    else if (tag === 0x18) nodeId = reader.bigVarint();
    else if (tag === 0x22) context = reader.bytes();
    else reader.skip(tag & 7);
  }
  return { id, type, nodeId, context };
}

const without = (ids: readonly NodeId[], id: NodeId) => ids.filter((other) => other !== id);

/** The membership after a change. Throws InvariantError when it would leave no voter. */
function changedConfState(state: ConfState, change: ConfChange): ConfState {
  const voters = without(state.voters, change.nodeId);
  const learners = without(state.learners, change.nodeId);
  switch (change.type) {
    case 'ConfChangeAddNode':
      return { voters: [...voters, change.nodeId], learners };
    case 'ConfChangeAddLearnerNode':
      // A voter is not demoted by the back door; etcd, too, refuses this before it proposes.
      if (state.voters.includes(change.nodeId)) return state;
      return { voters, learners: [...learners, change.nodeId] };
    case 'ConfChangeRemoveNode':
      invariant(voters.length > 0, 'a membership change would remove the last voter');
      return { voters, learners };
    case 'ConfChangeUpdateNode':
      return state; // concerns the application's context alone
  }
}

export function applyToTracker(tracker: Tracker, change: ConfChange, lastIndex: number): ConfState {
  tracker.setMembers(changedConfState(tracker.confState(), change), Math.max(lastIndex, 1));
  return tracker.confState();
}
