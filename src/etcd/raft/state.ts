import { invariant } from './errors.ts';
import { RaftLog } from './log.ts';
import { ReadOnly } from './read-only.ts';
import type { Config } from './ready.ts';
import { Tracker } from './tracker.ts';
import {
  type Entry,
  type HardState,
  type Message,
  message,
  NONE,
  type NodeId,
  type ReadState,
  type StateType,
} from './types.ts';

/** One member's Raft: all it knows, and the changes of role. What it does with messages stands in step.ts. */
export class RaftState {
  readonly id: NodeId;
  readonly log: RaftLog;
  readonly tracker: Tracker;
  readonly readOnly = new ReadOnly();

  readonly electionTimeout: number;
  readonly heartbeatTimeout: number;
  readonly preVote: boolean;
  readonly checkQuorum: boolean;
  readonly maxSizePerMessage: number;
  readonly maxUncommittedSize: number;
  readonly #random: () => number;

  term: number;
  vote: NodeId;
  state: StateType = 'StateFollower';
  lead: NodeId = NONE;
  /** The member that a leadership transfer under way aims at; while it is set, no proposals are taken. */
  leadTransferee: NodeId = NONE;
  /** No new membership change is taken until the log up to here is applied. */
  pendingConfIndex = 0;
  uncommittedSize = 0;
  /** Reads that came to a leader before it committed anything in its term. */
  pendingReads: Message[] = [];
  electionElapsed = 0;
  heartbeatElapsed = 0;
  randomizedElectionTimeout = 0;

  /** There is something new for the followers; sent once, when the batch is made, however many proposals it holds. */
  broadcastDue = false;
  messages: Message[] = [];
  /** Promises: to peers they go out with the batch, to ourselves they count once the batch is on disk. */
  messagesAfterPersist: Message[] = [];
  readStates: ReadState[] = [];

  constructor(config: Config) {
    invariant(config.id !== NONE, 'the id 0 means nobody and cannot be a member');
    this.id = config.id;
    this.electionTimeout = config.electionTick ?? 10;
    this.heartbeatTimeout = config.heartbeatTick ?? 1;
    invariant(
      this.electionTimeout > this.heartbeatTimeout,
      'electionTick must be greater than heartbeatTick',
    );
    this.preVote = config.preVote ?? true;
    this.checkQuorum = config.checkQuorum ?? true;
    this.maxSizePerMessage = config.maxSizePerMessage ?? 512 * 1024;
    this.maxUncommittedSize = config.maxUncommittedSize ?? Number.POSITIVE_INFINITY;
    this.#random = config.random;

    this.log = new RaftLog(config.storage);
    this.tracker = new Tracker(config.maxInflight ?? 512);
    const { hardState, confState } = config.storage.initialState();
    this.term = hardState.term;
    this.vote = hardState.vote;
    invariant(
      hardState.commit <= this.log.lastIndex(),
      `saved commit index ${hardState.commit} is beyond the last entry ${this.log.lastIndex()}`,
    );
    this.log.committed = Math.max(this.log.committed, hardState.commit);
    if (config.applied !== undefined) this.log.appliedTo(config.applied);
    this.tracker.setMembers(confState, this.log.lastIndex() + 1);
    this.becomeFollower(this.term, NONE);
  }

  hardState(): HardState {
    return { term: this.term, vote: this.vote, commit: this.log.committed };
  }

  /** Whether this member may campaign: a voter whose log is not about to be replaced. */
  promotable(): boolean {
    return this.tracker.voters.has(this.id) && this.log.unstable.snapshot === undefined;
  }

  send(m: Message): void {
    m.from = this.id;
    switch (m.type) {
      case 'MsgVote':
      case 'MsgPreVote':
        this.messages.push(m); // carries the term campaigned for, which for a pre-vote is not ours yet
        return;
      case 'MsgVoteResp':
      case 'MsgPreVoteResp':
        this.messagesAfterPersist.push(m);
        return;
      case 'MsgAppResp':
        if (m.term === 0) m.term = this.term;
        this.messagesAfterPersist.push(m);
        return;
      case 'MsgProp':
      case 'MsgReadIndex':
        this.messages.push(m); // forwarded on behalf of a client: belongs to no term
        return;
      default:
        m.term = this.term;
        this.messages.push(m);
    }
  }

  /** Puts entries at the end of a leader's log; false when too much is uncommitted already. */
  appendEntries(entries: readonly Pick<Entry, 'type' | 'data'>[]): boolean {
    let size = 0;
    for (const { data } of entries) size += data.length;
    // One over-large batch is let through when nothing else waits, else it could never be proposed at all.
    if (size > 0 && this.uncommittedSize > 0 && this.uncommittedSize + size > this.maxUncommittedSize)
      return false;
    this.uncommittedSize += size;
    let index = this.log.lastIndex();
    const term = this.term;
    this.log.append(entries.map(({ type, data }) => ({ term, index: ++index, type, data })));
    // Our own log counts towards the majority only once it is on disk, as everybody else's.
    this.send(message({ type: 'MsgAppResp', to: this.id, index }));
    this.broadcastDue = true;
    return true;
  }

  reduceUncommittedSize(entries: readonly Entry[]): void {
    if (this.uncommittedSize === 0) return;
    let size = 0;
    for (const { data } of entries) size += data.length;
    this.uncommittedSize = Math.max(0, this.uncommittedSize - size);
  }

  #reset(term: number): void {
    if (this.term !== term) {
      this.term = term;
      this.vote = NONE;
    }
    this.lead = NONE;
    this.electionElapsed = 0;
    this.heartbeatElapsed = 0;
    this.randomizedElectionTimeout = this.electionTimeout + Math.floor(this.#random() * this.electionTimeout);
    this.leadTransferee = NONE;
    this.tracker.resetVotes();
    const lastIndex = this.log.lastIndex();
    for (const [id, progress] of this.tracker.progress)
      progress.reset(lastIndex, id === this.id ? lastIndex : 0);
    this.pendingConfIndex = 0;
    this.uncommittedSize = 0;
    this.pendingReads = [];
    this.readOnly.reset();
    this.broadcastDue = false;
  }

  becomeFollower(term: number, lead: NodeId): void {
    this.#reset(term);
    this.lead = lead;
    this.state = 'StateFollower';
  }

  becomeCandidate(): void {
    invariant(this.state !== 'StateLeader', 'a leader cannot become a candidate');
    this.#reset(this.term + 1);
    this.vote = this.id;
    this.state = 'StateCandidate';
  }

  /** Asks for votes without raising the term or giving away its own vote (thesis 9.6). */
  becomePreCandidate(): void {
    invariant(this.state !== 'StateLeader', 'a leader cannot become a pre-candidate');
    this.tracker.resetVotes();
    this.lead = NONE;
    this.electionElapsed = 0;
    this.state = 'StatePreCandidate';
  }

  becomeLeader(): void {
    invariant(this.state !== 'StateFollower', 'a follower cannot become leader without an election');
    this.#reset(this.term);
    this.lead = this.id;
    this.state = 'StateLeader';
    const self = this.tracker.progress.get(this.id);
    self?.becomeReplicate();
    if (self !== undefined) self.recentActive = true;
    // A change may hide among the entries that are not yet applied: assume the last of them is one.
    this.pendingConfIndex = this.log.lastIndex();
    // An empty entry of the new term: committing it commits all that earlier terms left behind (paper 5.4.2, 8).
    this.appendEntries([{ type: 'normal', data: new Uint8Array(0) }]);
  }
}
