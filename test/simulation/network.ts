import { decodeMessage, encodeMessage, type Message, type NodeId } from '../../src/etcd/raft/index.ts';
import type { Schedule } from './schedule.ts';

/** Loses, delays, reorders and repeats messages, and can be cut in pieces. Every message goes through its wire form. */
export class SimulatedNetwork {
  lossRate = 0;
  duplicateRate = 0;
  maxDelayMs = 5;
  readonly #groups = new Map<NodeId, number>();
  readonly #schedule: Schedule;
  readonly #random: () => number;
  readonly #deliver: (m: Message) => void;

  readonly #snapshotSent: (m: Message, arrived: boolean) => void;

  /** `snapshotSent` is told what became of each snapshot, as a transport must tell its own member. */
  constructor(
    schedule: Schedule,
    random: () => number,
    deliver: (m: Message) => void,
    snapshotSent: (m: Message, arrived: boolean) => void,
  ) {
    this.#schedule = schedule;
    this.#random = random;
    this.#deliver = deliver;
    this.#snapshotSent = snapshotSent;
  }

  /** Members reach each other only within a group. */
  partition(groups: ReadonlyMap<NodeId, number>): void {
    this.#groups.clear();
    for (const [id, group] of groups) this.#groups.set(id, group);
  }

  heal(): void {
    this.#groups.clear();
    this.lossRate = 0;
    this.duplicateRate = 0;
    this.maxDelayMs = 5;
  }

  #connected(m: Message): boolean {
    return (this.#groups.get(m.from) ?? 0) === (this.#groups.get(m.to) ?? 0);
  }

  send(m: Message): void {
    if (!this.#connected(m) || this.#random() < this.lossRate) {
      this.#report(m, false);
      return;
    }
    const wire = encodeMessage(m);
    const copies = this.#random() < this.duplicateRate ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      // A few are held up for long: they arrive when their term may be over.
      const late = this.#random() < 0.02 ? 40 : 1;
      this.#schedule.after(1 + Math.floor(this.#random() * this.maxDelayMs * late), () => {
        const arrives = this.#connected(m);
        if (arrives) this.#deliver(decodeMessage(wire));
        this.#report(m, arrives);
      });
    }
  }

  #report(m: Message, arrived: boolean): void {
    if (m.type === 'MsgSnap') this.#schedule.after(1, () => this.#snapshotSent(m, arrived));
  }
}
