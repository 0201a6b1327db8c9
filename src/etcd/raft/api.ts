import type { Ready, Status } from './ready.ts';
import type { ConfChange, ConfState, Message, NodeId } from './types.ts';

/** What {@link RawNode} offers; kept apart so that a server's tests can stand in for it. */
export interface RaftNode {
  /** One tick of the logical clock. */
  tick(): void;
  /** Takes a message from a peer. Throws ProposalDroppedError for a forwarded proposal it cannot take. */
  step(message: Message): void;
  /** Asks to append data to the log; a follower forwards to its leader. Throws ProposalDroppedError. */
  propose(data: Uint8Array): void;
  /** Throws ProposalDroppedError without a leader; a leader with a change still unapplied appends an empty entry instead. */
  proposeConfChange(change: ConfChange): void;
  /** Must be called for each committed conf-change entry (decodeConfChange) when it is applied. */
  applyConfChange(change: ConfChange): ConfState;
  /** Asks for a ReadState with this context; lost silently without a leader, so the caller retries. */
  readIndex(context: Uint8Array): void;
  hasReady(): boolean;
  ready(): Ready;
  advance(ready: Ready): void;
  status(): Status;
  /** Allocation-free reads of what a server asks on every request. */
  readonly lead: NodeId;
  readonly isLeader: boolean;
  readonly term: number;
  readonly commit: number;
  readonly applied: number;
  campaign(): void;
  /** The leader hands its office to a member as soon as that one has the whole log; gives up after an election timeout. */
  transferLeadership(to: NodeId): void;
  /** The transport could not deliver to the peer. */
  reportUnreachable(id: NodeId): void;
  /** What became of the snapshot sent to the peer. Must be called for each MsgSnap: until then nothing else is sent to the peer. */
  reportSnapshot(id: NodeId, status: 'finish' | 'failure'): void;
  /** A new cluster's first entries: one ConfChangeAddNode a member, the same on every member. Storage must be empty. */
  bootstrap(peers: readonly { readonly id: NodeId; readonly context: Uint8Array }[]): void;
}
