/** The nouns of Raft that every file here shares. Models etcd-io/raft raftpb/raft.proto. */

/**
 * A member's id: etcd draws the full 64 bits, which a number cannot hold, so ids are bigint. They are compared and
 * used as Map keys, never computed with, so the cost is small. Terms and indexes are numbers: at a million entries a
 * second 2^53 lasts 285 years.
 */
export type NodeId = bigint;

/** No member: no leader known, no vote given. */
export const NONE: NodeId = 0n;

export const EMPTY_BYTES = new Uint8Array(0);

export type EntryType = 'normal' | 'conf-change' | 'conf-change-v2';

export interface Entry {
  readonly term: number;
  readonly index: number;
  readonly type: EntryType;
  /** What the application proposed; empty for the entry a new leader starts its term with. */
  readonly data: Uint8Array;
}

/** What must be on disk before a member may answer anybody (Raft paper, figure 2, persistent state). */
export interface HardState {
  readonly term: number;
  readonly vote: NodeId;
  readonly commit: number;
}

export const EMPTY_HARD_STATE: HardState = { term: 0, vote: NONE, commit: 0 };

export interface ConfState {
  readonly voters: readonly NodeId[];
  readonly learners: readonly NodeId[];
}

export interface SnapshotMetadata {
  readonly confState: ConfState;
  readonly index: number;
  readonly term: number;
}

export interface Snapshot {
  readonly data: Uint8Array;
  readonly metadata: SnapshotMetadata;
}

/** Names are raftpb's. Hup, Beat, CheckQuorum, Unreachable and SnapStatus are local: they never travel. */
export type MessageType =
  | 'MsgHup'
  | 'MsgBeat'
  | 'MsgProp'
  | 'MsgApp'
  | 'MsgAppResp'
  | 'MsgVote'
  | 'MsgVoteResp'
  | 'MsgSnap'
  | 'MsgHeartbeat'
  | 'MsgHeartbeatResp'
  | 'MsgUnreachable'
  | 'MsgSnapStatus'
  | 'MsgCheckQuorum'
  | 'MsgTransferLeader'
  | 'MsgTimeoutNow'
  | 'MsgReadIndex'
  | 'MsgReadIndexResp'
  | 'MsgPreVote'
  | 'MsgPreVoteResp';

/** One shape for all messages, so that the engine sees one hidden class on the hot path. Unused fields are 0 or empty. */
export interface Message {
  readonly type: MessageType;
  readonly to: NodeId;
  from: NodeId;
  term: number;
  /** The term of the entry at `index`; in a rejected MsgAppResp the term at `rejectHint`. */
  readonly logTerm: number;
  readonly index: number;
  readonly entries: readonly Entry[];
  readonly commit: number;
  readonly reject: boolean;
  readonly rejectHint: number;
  readonly snapshot: Snapshot | undefined;
  /** Carries the id of a read, or `CampaignTransfer` in a vote request that a leadership transfer caused. */
  readonly context: Uint8Array;
}

/** A message with everything but the given fields empty. */
export function message(fields: Partial<Message> & Pick<Message, 'type' | 'to'>): Message {
  return {
    type: fields.type,
    to: fields.to,
    from: fields.from ?? NONE,
    term: fields.term ?? 0,
    logTerm: fields.logTerm ?? 0,
    index: fields.index ?? 0,
    entries: fields.entries ?? [],
    commit: fields.commit ?? 0,
    reject: fields.reject ?? false,
    rejectHint: fields.rejectHint ?? 0,
    snapshot: fields.snapshot,
    context: fields.context ?? EMPTY_BYTES,
  };
}

export type StateType = 'StateFollower' | 'StatePreCandidate' | 'StateCandidate' | 'StateLeader';

/** What is worth knowing but not worth saving. */
export interface SoftState {
  readonly lead: NodeId;
  readonly state: StateType;
}

/** The answer to readIndex(context): a read is linearizable once entries up to `index` are applied. */
export interface ReadState {
  readonly index: number;
  readonly context: Uint8Array;
}

export type ConfChangeType =
  | 'ConfChangeAddNode'
  | 'ConfChangeRemoveNode'
  | 'ConfChangeUpdateNode'
  | 'ConfChangeAddLearnerNode';

/** One change of the membership. Adding a learner as a node promotes it. */
export interface ConfChange {
  readonly id: bigint;
  readonly type: ConfChangeType;
  readonly nodeId: NodeId;
  /** The application's own, such as the member's URLs. */
  readonly context: Uint8Array;
}

/** Bytes an entry counts for against the limits on messages; what it takes on the wire, roughly. */
export function entrySize(entry: Entry): number {
  return entry.data.length + 16;
}
