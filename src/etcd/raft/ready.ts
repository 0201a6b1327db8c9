import type { Storage } from './storage.ts';
import type {
  Entry,
  HardState,
  Message,
  NodeId,
  ReadState,
  Snapshot,
  SoftState,
  StateType,
} from './types.ts';

/** What makes a member. Times are in ticks; the caller decides how long a tick is (etcd: 100 ms). */
export interface Config {
  readonly id: NodeId;
  /** A follower that hears nothing for [electionTick, 2 × electionTick) ticks campaigns. Default 10. */
  readonly electionTick?: number;
  /** The leader sends heartbeats every so many ticks. Default 1. */
  readonly heartbeatTick?: number;
  /** Ask whether an election could be won before raising the term (thesis 9.6). Default true. */
  readonly preVote?: boolean;
  /** A leader that does not hear from a quorum for an election timeout steps down (thesis 6.2). Default true. */
  readonly checkQuorum?: boolean;
  /** Append messages on their way to one follower before the leader waits. Default 512, as etcd. */
  readonly maxInflight?: number;
  /** Bytes of entries in one append message. At least one entry goes, whatever its size. Default 512 KiB, as etcd. */
  readonly maxSizePerMessage?: number;
  /** Bytes proposed but not yet committed before proposals are dropped. Default: no limit. */
  readonly maxUncommittedSize?: number;
  /** The last index the application has applied; committed entries after it are handed out again. Default 0. */
  readonly applied?: number;
  /** Uniform in [0, 1); the only source of chance. Seed it and the member is deterministic. */
  readonly random: () => number;
  readonly storage: Storage;
}

/**
 * A batch of work, in this order: write `snapshot`, `entries` and `hardState` to disk (and sync when `mustSync`) and
 * put them into the Storage; send `messages`; apply `snapshot` and `committedEntries`; then advance(ready).
 */
export interface Ready {
  /** Undefined when unchanged since the last batch. */
  readonly hardState: HardState | undefined;
  readonly softState: SoftState | undefined;
  /** To persist. May overwrite entries of the same index that were persisted earlier. */
  readonly entries: readonly Entry[];
  readonly snapshot: Snapshot | undefined;
  /** To apply, in order; all of them are persisted once this batch's entries are. */
  readonly committedEntries: readonly Entry[];
  readonly messages: readonly Message[];
  readonly readStates: readonly ReadState[];
  /** False when only the commit index moved: losing that costs nothing, so it need not wait for the disk. */
  readonly mustSync: boolean;
  /**
   * A leader's messages promise nothing about its own disk, so they may leave before or while it writes
   * (thesis 10.2.1). A follower's answers are promises and must wait.
   */
  readonly sendBeforePersist: boolean;
}

export type ProgressState = 'StateProbe' | 'StateReplicate' | 'StateSnapshot';

export interface ProgressStatus {
  readonly match: number;
  readonly next: number;
  readonly state: ProgressState;
  readonly isLearner: boolean;
  readonly recentActive: boolean;
  readonly pendingSnapshot: number;
  readonly inflight: number;
}

export interface Status {
  readonly id: NodeId;
  readonly state: StateType;
  readonly lead: NodeId;
  readonly term: number;
  readonly vote: NodeId;
  readonly commit: number;
  readonly applied: number;
  readonly lastIndex: number;
  readonly leadTransferee: NodeId;
  readonly voters: readonly NodeId[];
  readonly learners: readonly NodeId[];
  /** Only a leader knows it; empty elsewhere. */
  readonly progress: ReadonlyMap<NodeId, ProgressStatus>;
}
