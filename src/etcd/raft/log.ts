import { CompactedError, invariant } from './errors.ts';
import { limitSize, type Storage } from './storage.ts';
import type { Entry, Snapshot } from './types.ts';
import { Unstable } from './unstable.ts';

/** The log as one sequence: what the storage has, then what is still on its way there. Models etcd-io/raft log.go. */
export class RaftLog {
  readonly storage: Storage;
  readonly unstable: Unstable;
  /** The highest index known to be on a majority's disks. */
  committed: number;
  /** The highest index handed to the application and confirmed by advance(). applied ≤ committed. */
  applied: number;

  constructor(storage: Storage) {
    this.storage = storage;
    this.unstable = new Unstable(storage.lastIndex() + 1);
    this.committed = storage.firstIndex() - 1;
    this.applied = storage.firstIndex() - 1;
  }

  firstIndex(): number {
    const snapshot = this.unstable.snapshot;
    return snapshot === undefined ? this.storage.firstIndex() : snapshot.metadata.index + 1;
  }

  lastIndex(): number {
    return this.unstable.lastIndex() ?? this.storage.lastIndex();
  }

  /** Undefined for an index that is compacted away or beyond the end. */
  term(index: number): number | undefined {
    if (index > this.lastIndex()) return undefined;
    const unstable = this.unstable.term(index);
    if (unstable !== undefined) return unstable;
    // Where an unstable snapshot or entry overlays the storage, the storage's own answer no longer counts.
    if (index >= this.unstable.offset || this.unstable.snapshot !== undefined) return undefined;
    return this.storage.term(index);
  }

  lastTerm(): number {
    const term = this.term(this.lastIndex());
    invariant(term !== undefined, 'the last entry has no term');
    return term;
  }

  matchTerm(index: number, term: number): boolean {
    return this.term(index) === term;
  }

  /** Raft paper 5.4.1: the later last term wins, then the longer log. */
  isUpToDate(index: number, term: number): boolean {
    const lastTerm = this.lastTerm();
    return term > lastTerm || (term === lastTerm && index >= this.lastIndex());
  }

  append(entries: readonly Entry[]): void {
    const first = entries[0];
    if (first === undefined) return;
    invariant(first.index > this.committed, `entry ${first.index} would overwrite a committed one`);
    this.unstable.append(entries);
  }

  /**
   * A follower's side of log matching (paper 5.3): if it has the entry before, it appends what it lacks and answers the
   * last index that now agrees, else undefined.
   */
  maybeAppend(index: number, term: number, committed: number, entries: readonly Entry[]): number | undefined {
    if (!this.matchTerm(index, term)) return undefined;
    const last = index + entries.length;
    const conflict = this.#findConflict(entries);
    if (conflict >= 0) this.append(conflict === 0 ? entries : entries.slice(conflict));
    this.commitTo(Math.min(committed, last));
    return last;
  }

  /** The position of the first entry that is new or contradicts ours, or -1. */
  #findConflict(entries: readonly Entry[]): number {
    const last = this.lastIndex();
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i]!;
      if (entry.index > last || this.term(entry.index) !== entry.term) return i;
    }
    return -1;
  }

  /**
   * The highest index ≤ `index` whose term is ≤ `term`: the logs cannot agree between it and `index`, so a whole
   * term is skipped in one round trip instead of one entry (paper 5.3, end). The term is 0 when unknown.
   */
  findConflictByTerm(index: number, term: number): { index: number; term: number } {
    for (let at = index; at > 0; at--) {
      const ours = this.term(at);
      if (ours === undefined) return { index: at, term: 0 };
      if (ours <= term) return { index: at, term: ours };
    }
    return { index: 0, term: 0 };
  }

  commitTo(index: number): void {
    if (index <= this.committed) return;
    invariant(
      index <= this.lastIndex(),
      `commit index ${index} is beyond the last entry ${this.lastIndex()}: the log was lost or truncated`,
    );
    this.committed = index;
  }

  appliedTo(index: number): void {
    if (index <= this.applied) return;
    invariant(index <= this.committed, `applied ${index} is beyond committed ${this.committed}`);
    this.applied = index;
  }

  /** Entries in [lo, hi), at least one when lo < hi, as many as fit. Throws CompactedError. */
  slice(lo: number, hi: number, maxSize: number): Entry[] {
    if (lo >= hi) return [];
    if (lo < this.firstIndex()) throw new CompactedError(lo);
    const { offset, entries } = this.unstable;
    if (lo >= offset) return limitSize(entries.slice(lo - offset, hi - offset), maxSize);
    const stableEnd = Math.min(hi, offset);
    const stable = this.storage.entries(lo, stableEnd, maxSize);
    if (hi <= offset || stable.length < stableEnd - lo) return stable;
    return limitSize(stable.concat(entries.slice(0, hi - offset)), maxSize);
  }

  /** Committed and not yet applied. Nothing while a snapshot waits: that comes first. */
  nextCommitted(): Entry[] {
    if (this.unstable.snapshot !== undefined || this.committed <= this.applied) return [];
    return this.slice(this.applied + 1, this.committed + 1, Number.POSITIVE_INFINITY);
  }

  hasNextCommitted(): boolean {
    return this.unstable.snapshot === undefined && this.committed > this.applied;
  }

  snapshot(): Snapshot | undefined {
    return this.unstable.snapshot ?? this.storage.snapshot();
  }

  restore(snapshot: Snapshot): void {
    this.committed = snapshot.metadata.index;
    this.unstable.restore(snapshot);
  }
}
