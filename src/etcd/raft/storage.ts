import { CompactedError, invariant, SnapshotOutOfDateError, UnavailableError } from './errors.ts';
import {
  type ConfState,
  EMPTY_BYTES,
  EMPTY_HARD_STATE,
  type Entry,
  entrySize,
  type HardState,
  type Snapshot,
} from './types.ts';

/** What Raft reads back of what was persisted. Calls are synchronous: etcd, too, keeps the recent log in memory. */
export interface Storage {
  initialState(): { readonly hardState: HardState; readonly confState: ConfState };
  firstIndex(): number;
  lastIndex(): number;
  /** The term of an index in [firstIndex-1, lastIndex], or undefined when it is compacted or not there. */
  term(index: number): number | undefined;
  /** Entries in [lo, hi), at least one, as many as fit into maxSize bytes. Throws CompactedError, UnavailableError. */
  entries(lo: number, hi: number, maxSize: number): Entry[];
  /** The newest snapshot, to send to a member that lags behind firstIndex; undefined while it is being prepared. */
  snapshot(): Snapshot | undefined;
}

export const EMPTY_SNAPSHOT: Snapshot = {
  data: EMPTY_BYTES,
  metadata: { confState: { voters: [], learners: [] }, index: 0, term: 0 },
};

/** As many of the entries as fit into maxSize bytes, but at least one. */
export function limitSize(entries: Entry[], maxSize: number): Entry[] {
  let size = 0;
  for (let i = 0; i < entries.length; i++) {
    size += entrySize(entries[i]!);
    if (i > 0 && size > maxSize) return entries.slice(0, i);
  }
  return entries;
}

/** The log since the last snapshot, in memory. The application appends to it what it has written to the WAL. */
export class MemoryStorage implements Storage {
  #hardState: HardState = EMPTY_HARD_STATE;
  #confState: ConfState | undefined;
  #snapshot: Snapshot = EMPTY_SNAPSHOT;
  /** Index and term of the entry before the first one held. */
  #offset = 0;
  #offsetTerm = 0;
  #entries: Entry[] = [];

  initialState() {
    return {
      hardState: this.#hardState,
      confState: this.#confState ?? this.#snapshot.metadata.confState,
    };
  }

  setHardState(hardState: HardState): void {
    this.#hardState = hardState;
  }

  /** Starts with members that no snapshot names; for tests and for bootstrapping. */
  setConfState(confState: ConfState): void {
    this.#confState = confState;
  }

  firstIndex(): number {
    return this.#offset + 1;
  }

  lastIndex(): number {
    return this.#offset + this.#entries.length;
  }

  term(index: number): number | undefined {
    if (index === this.#offset) return this.#offsetTerm;
    return this.#entries[index - this.#offset - 1]?.term;
  }

  entries(lo: number, hi: number, maxSize: number): Entry[] {
    if (lo <= this.#offset) throw new CompactedError(lo);
    if (hi > this.lastIndex() + 1) throw new UnavailableError(hi - 1);
    return limitSize(this.#entries.slice(lo - this.#offset - 1, hi - this.#offset - 1), maxSize);
  }

  snapshot(): Snapshot | undefined {
    return this.#snapshot;
  }

  /** Adds persisted entries, overwriting those with the same index and dropping what came after them. */
  append(entries: readonly Entry[]): void {
    const last = entries[entries.length - 1];
    if (last === undefined || last.index <= this.#offset) return;
    const firstKept = Math.max(0, this.#offset + 1 - entries[0]!.index);
    const at = entries[firstKept]!.index - this.#offset - 1;
    invariant(at <= this.#entries.length, `log gap: has ${this.lastIndex()}, appends ${entries[0]!.index}`);
    this.#entries.length = at;
    for (let i = firstKept; i < entries.length; i++) this.#entries.push(entries[i]!);
  }

  /** Replaces everything by a snapshot received from the leader. */
  applySnapshot(snapshot: Snapshot): void {
    const { index, term, confState } = snapshot.metadata;
    if (this.#snapshot.metadata.index >= index && index > 0) throw new SnapshotOutOfDateError(index);
    this.#snapshot = snapshot;
    this.#confState = confState;
    this.#offset = index;
    this.#offsetTerm = term;
    this.#entries = [];
  }

  /** Makes a snapshot of the state at an applied index; what is sent to members that lag. Does not compact. */
  createSnapshot(index: number, confState: ConfState, data: Uint8Array): Snapshot {
    if (index <= this.#snapshot.metadata.index) throw new SnapshotOutOfDateError(index);
    const term = this.term(index);
    if (term === undefined) throw new UnavailableError(index);
    this.#snapshot = { data, metadata: { index, term, confState } };
    return this.#snapshot;
  }

  /** Forgets the entries up to and including an applied index. */
  compact(index: number): void {
    if (index <= this.#offset) throw new CompactedError(index);
    const term = this.term(index);
    if (term === undefined) throw new UnavailableError(index);
    this.#entries = this.#entries.slice(index - this.#offset);
    this.#offset = index;
    this.#offsetTerm = term;
  }
}
