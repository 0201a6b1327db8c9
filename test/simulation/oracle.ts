import type { Entry, NodeId } from '../../src/etcd/raft/index.ts';

/** What an outside observer that sees every member at once knows; each method states a property and throws when it fails. */
export class Oracle {
  readonly #leaders = new Map<number, NodeId>();
  /** The one sequence of commands that all members apply; position 0 is unused. */
  readonly #applied: Entry[] = [];
  /** The state after each index: the value a read there must see. */
  readonly #values: string[] = [''];
  /** Every read and write that starts now must take effect after this index. */
  floor = 0;
  acknowledged = 0;
  reads = 0;
  elections = 0;

  get lastApplied(): number {
    return this.#values.length - 1;
  }

  /** Election safety: at most one leader a term (paper, figure 3). */
  sawLeader(term: number, id: NodeId): boolean {
    const known = this.#leaders.get(term);
    if (known === id) return false;
    if (known !== undefined) throw new Error(`election safety: term ${term} has leaders ${known} and ${id}`);
    this.#leaders.set(term, id);
    this.elections++;
    return true;
  }

  /** Leader completeness: a leader has every entry that was committed before. */
  checkLeader(id: NodeId, firstIndex: number, termOf: (index: number) => number | undefined): void {
    for (let index = firstIndex; index <= this.lastApplied; index++)
      if (termOf(index) !== this.#applied[index]!.term)
        throw new Error(`leader completeness: leader ${id} lacks committed entry ${index}`);
  }

  /** State-machine safety: no two members apply different commands at the same index, now or after a restart. */
  apply(id: NodeId, entry: Entry, value: string): void {
    const known = this.#applied[entry.index];
    if (known === undefined) {
      if (entry.index !== this.lastApplied + 1)
        throw new Error(`member ${id} skipped to index ${entry.index}`);
      this.#applied[entry.index] = entry;
      this.#values.push(value);
      return;
    }
    if (known.term !== entry.term || Buffer.compare(known.data, entry.data) !== 0)
      throw new Error(`state-machine safety: member ${id} applies another entry at ${entry.index}`);
    this.checkState(id, entry.index, value);
  }

  checkState(id: NodeId, index: number, value: string): void {
    if (this.#values[index] !== value)
      throw new Error(
        `state-machine safety: member ${id} has "${value}" at ${index}, not "${this.#values[index]}"`,
      );
  }

  acknowledgeWrite(index: number): void {
    this.acknowledged++;
    this.floor = Math.max(this.floor, index);
  }

  /** Linearizability: a read sees all that was acknowledged, written or read, before it began. */
  finishRead(id: NodeId, floorAtStart: number, index: number, value: string): void {
    if (index < floorAtStart)
      throw new Error(
        `linearizability: member ${id} read at ${index} after ${floorAtStart} was acknowledged`,
      );
    this.checkState(id, index, value);
    this.reads++;
    this.floor = Math.max(this.floor, index);
  }
}
