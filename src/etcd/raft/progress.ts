import { Inflights } from './inflights.ts';
import type { ProgressState, ProgressStatus } from './ready.ts';

/**
 * What the leader knows of one follower's log.
 *
 * StateProbe: the leader does not know where the logs agree; one message at a time asks.
 * StateReplicate: it knows; messages stream ahead of the answers, as many as the window holds.
 * StateSnapshot: the follower needs entries that were compacted; nothing is sent until the snapshot arrived or failed.
 *
 * Models etcd-io/raft tracker/progress.go.
 */
export class Progress {
  /** The follower's log agrees with the leader's up to here. */
  match = 0;
  /** The next entry to send; those in (match, next) are under way. */
  next: number;
  state: ProgressState = 'StateProbe';
  /** The index of the snapshot under way, in StateSnapshot. */
  pendingSnapshot = 0;
  /** Heard from since the last quorum check. */
  recentActive = false;
  /** A probe is under way; the next waits for an answer or a heartbeat's. */
  probeSent = false;
  /** The highest commit index told; spares messages that would say nothing new. */
  sentCommit = 0;
  isLearner: boolean;
  readonly inflights: Inflights;

  constructor(next: number, isLearner: boolean, maxInflight: number) {
    this.next = next;
    this.isLearner = isLearner;
    this.inflights = new Inflights(maxInflight);
  }

  #resetState(state: ProgressState): void {
    this.state = state;
    this.probeSent = false;
    this.pendingSnapshot = 0;
    this.inflights.reset();
  }

  becomeProbe(): void {
    // After a snapshot, what it holds need not be probed for.
    const next =
      this.state === 'StateSnapshot' ? Math.max(this.match + 1, this.pendingSnapshot + 1) : this.match + 1;
    this.#resetState('StateProbe');
    this.next = next;
    this.sentCommit = Math.min(this.sentCommit, next - 1);
  }

  becomeReplicate(): void {
    this.#resetState('StateReplicate');
    this.next = this.match + 1;
  }

  becomeSnapshot(index: number): void {
    this.#resetState('StateSnapshot');
    this.pendingSnapshot = index;
    this.next = index + 1;
    this.sentCommit = index;
  }

  /** Back to knowing nothing, at the start of a term. */
  reset(lastIndex: number, match: number): void {
    this.#resetState('StateProbe');
    this.match = match;
    this.next = lastIndex + 1;
    this.recentActive = false;
    this.sentCommit = 0;
  }

  sent(count: number, lastIndex: number): void {
    if (this.state === 'StateReplicate') {
      if (count > 0) {
        this.next = lastIndex + 1;
        this.inflights.add(lastIndex);
      }
    } else {
      this.probeSent = true;
    }
  }

  /** Takes an acknowledgement; false when it is old news. */
  maybeUpdate(index: number): boolean {
    if (index <= this.match) return false;
    this.match = index;
    this.next = Math.max(this.next, index + 1);
    this.probeSent = false;
    return true;
  }

  /**
   * Takes the rejection of the append that followed `rejected`; `hint` is where the logs may agree. False when the
   * rejection is stale, as messages may arrive late, twice or out of order.
   */
  maybeDecrementTo(rejected: number, hint: number): boolean {
    if (this.state === 'StateReplicate') {
      if (rejected <= this.match) return false;
      this.next = this.match + 1;
      return true;
    }
    if (this.next - 1 !== rejected) return false;
    this.next = Math.max(Math.min(rejected, hint + 1), this.match + 1);
    this.sentCommit = Math.min(this.sentCommit, this.next - 1);
    this.probeSent = false;
    return true;
  }

  /** Whether nothing may be sent until the follower is heard of. */
  get isPaused(): boolean {
    if (this.state === 'StateReplicate') return this.inflights.full;
    return this.state === 'StateSnapshot' || this.probeSent;
  }

  status(): ProgressStatus {
    return {
      match: this.match,
      next: this.next,
      state: this.state,
      isLearner: this.isLearner,
      recentActive: this.recentActive,
      pendingSnapshot: this.pendingSnapshot,
      inflight: this.inflights.count,
    };
  }
}
