import { Progress } from './progress.ts';
import { committedIndex, type VoteResult, voteResult } from './quorum.ts';
import type { ConfState, NodeId } from './types.ts';

const byValue = (a: NodeId, b: NodeId) => (a < b ? -1 : a > b ? 1 : 0);

/** The members, what is known of each one's log, and the votes of the election under way. */
export class Tracker {
  readonly voters = new Set<NodeId>();
  readonly learners = new Set<NodeId>();
  readonly progress = new Map<NodeId, Progress>();
  readonly #votes = new Map<NodeId, boolean>();
  readonly #maxInflight: number;
  readonly #scratch: number[] = [];
  /** Ascending, so that what a member does depends on nothing but its input. */
  ids: readonly NodeId[] = [];

  constructor(maxInflight: number) {
    this.#maxInflight = maxInflight;
  }

  /** Replaces the membership, keeping what is known of those who stay. */
  setMembers(state: ConfState, next: number): void {
    this.voters.clear();
    this.learners.clear();
    for (const id of state.voters) this.voters.add(id);
    for (const id of state.learners) this.learners.add(id);
    for (const id of this.progress.keys())
      if (!this.voters.has(id) && !this.learners.has(id)) this.progress.delete(id);
    this.ids = [...this.voters, ...this.learners].sort(byValue);
    for (const id of this.ids) {
      const isLearner = this.learners.has(id);
      const known = this.progress.get(id);
      if (known !== undefined) known.isLearner = isLearner;
      else {
        const progress = new Progress(next, isLearner, this.#maxInflight);
        // A newcomer gets the benefit of the doubt, lest the next quorum check count it as dead.
        progress.recentActive = true;
        this.progress.set(id, progress);
      }
    }
  }

  confState(): ConfState {
    return { voters: [...this.voters].sort(byValue), learners: [...this.learners].sort(byValue) };
  }

  isSingleton(): boolean {
    return this.voters.size === 1;
  }

  /** The highest index that a majority of voters is known to have. */
  committed(): number {
    const matches = this.#scratch;
    matches.length = 0;
    for (const id of this.voters) matches.push(this.progress.get(id)?.match ?? 0);
    return committedIndex(matches);
  }

  quorumActive(): boolean {
    const active = new Map<NodeId, boolean>();
    for (const id of this.voters) active.set(id, this.progress.get(id)?.recentActive ?? false);
    return voteResult(this.voters, active) === 'won';
  }

  resetVotes(): void {
    this.#votes.clear();
  }

  /** The first vote of a member counts; a duplicate changes nothing. */
  recordVote(id: NodeId, granted: boolean): VoteResult {
    if (!this.#votes.has(id)) this.#votes.set(id, granted);
    return voteResult(this.voters, this.#votes);
  }
}
