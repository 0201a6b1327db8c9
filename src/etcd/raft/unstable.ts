import { invariant } from './errors.ts';
import type { Entry, Snapshot } from './types.ts';

/** The end of the log that is not yet known to be on disk, and perhaps a snapshot received but not yet saved. */
export class Unstable {
  /** The index of entries[0]. */
  offset: number;
  entries: Entry[] = [];
  snapshot: Snapshot | undefined;

  constructor(offset: number) {
    this.offset = offset;
  }

  lastIndex(): number | undefined {
    if (this.entries.length > 0) return this.offset + this.entries.length - 1;
    return this.snapshot?.metadata.index;
  }

  term(index: number): number | undefined {
    if (index < this.offset) {
      return this.snapshot?.metadata.index === index ? this.snapshot.metadata.term : undefined;
    }
    return this.entries[index - this.offset]?.term;
  }

  append(entries: readonly Entry[]): void {
    const first = entries[0];
    if (first === undefined) return;
    if (first.index <= this.offset) {
      // Overwrites what is already on its way to the disk; the disk will be told again.
      this.offset = first.index;
      this.entries = entries.slice();
      return;
    }
    const keep = first.index - this.offset;
    invariant(keep <= this.entries.length, `gap in the unstable log before index ${first.index}`);
    this.entries.length = keep;
    for (const entry of entries) this.entries.push(entry);
  }

  /** Entries up to the index are on disk, unless they have been overwritten since: then the term differs. */
  stableTo(index: number, term: number): void {
    if (index < this.offset || this.entries[index - this.offset]?.term !== term) return;
    this.entries = this.entries.slice(index + 1 - this.offset);
    this.offset = index + 1;
  }

  stableSnapshotTo(index: number): void {
    if (this.snapshot?.metadata.index === index) this.snapshot = undefined;
  }

  restore(snapshot: Snapshot): void {
    this.offset = snapshot.metadata.index + 1;
    this.entries = [];
    this.snapshot = snapshot;
  }
}
