import type { NodeId } from '../../src/etcd/raft/index.ts';
import { SimulatedDisk } from './disk.ts';
import { Member } from './member.ts';
import { SimulatedNetwork } from './network.ts';
import { Oracle } from './oracle.ts';
import { seededRandom } from './random.ts';
import { Schedule } from './schedule.ts';

export interface SimulationOptions {
  readonly seed: number;
  readonly size: number;
  /** Simulated time of faults, milliseconds; then everything is repaired and must come to rest. */
  readonly faultsMs?: number;
}

export interface SimulationResult {
  readonly acknowledged: number;
  readonly reads: number;
  readonly elections: number;
  readonly crashes: number;
  readonly partitions: number;
  readonly snapshotsReceived: number;
  readonly applied: number;
}

const TICK_MS = 10;

interface Slot {
  readonly id: NodeId;
  readonly walDisk: SimulatedDisk;
  readonly snapDisk: SimulatedDisk;
  member: Member | undefined;
}

/**
 * One cluster's life under faults that a seed decides: slow disks, crashes that lose what was not synced, partitions,
 * a network that loses, delays, reorders and repeats. The oracle checks safety at every step; at the end all is repaired,
 * and liveness is checked: a leader is there, a new write is taken and reaches every member.
 */
export class Simulation {
  readonly #schedule = new Schedule();
  readonly #random: () => number;
  readonly #oracle = new Oracle();
  readonly #network: SimulatedNetwork;
  readonly #slots: Slot[];
  readonly #options: SimulationOptions;
  #calm = false;
  #names = 0;
  #crashes = 0;
  #partitions = 0;
  #snapshotsReceived = 0;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
    const memberOf = (id: NodeId) => this.#slots.find((slot) => slot.id === id)?.member;
    this.#network = new SimulatedNetwork(
      this.#schedule,
      this.#random,
      (m) => memberOf(m.to)?.step(m),
      (m, arrived) => memberOf(m.from)?.reportSnapshot(m.to, arrived && memberOf(m.to)?.node !== undefined),
    );
    const newDisk = () =>
      new SimulatedDisk({
        random: this.#random,
        schedule: (complete) => this.#schedule.after(this.#calm ? 1 : this.#between(1, 15), complete),
      });
    this.#slots = Array.from({ length: options.size }, (_, i) => {
      return { id: BigInt(i + 1), walDisk: newDisk(), snapDisk: newDisk(), member: undefined };
    });
  }

  #between(low: number, high: number): number {
    return low + Math.floor(this.#random() * (high - low + 1));
  }

  #pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random() * items.length)]!;
  }

  #start(slot: Slot): void {
    const voters = this.#slots.map(({ id }) => id);
    const member = new Member({
      id: slot.id,
      confState: { voters, learners: [] },
      walDisk: slot.walDisk,
      snapDisk: slot.snapDisk,
      random: this.#random,
      send: (m) => this.#network.send(m),
      oracle: this.#oracle,
      snapshotEvery: 15,
    });
    slot.member = member;
    member.start().catch((error: unknown) => {
      member.failure ??= error;
    });
  }

  #crash(slot: Slot): void {
    const { member } = slot;
    if (member === undefined) return;
    this.#check(member);
    this.#crashes++;
    this.#snapshotsReceived += member.snapshotsReceived;
    member.crash();
    slot.member = undefined;
    slot.walDisk.crash();
    slot.snapDisk.crash();
  }

  #check(member: Member): void {
    if (member.failure !== undefined) throw member.failure;
  }

  /** Each member's own clock, and they drift. */
  #tick(slot: Slot): void {
    slot.member?.tick();
    this.#schedule.after(TICK_MS + (this.#random() < 0.1 ? 1 : 0), () => this.#tick(slot));
  }

  #clients(): void {
    const { member } = this.#pick(this.#slots);
    const name = `${this.#names++}`;
    if (this.#random() < 0.7) member?.write(name);
    else member?.read(name);
    this.#schedule.after(this.#between(1, 25), () => this.#clients());
  }

  #faults(): void {
    if (this.#calm) return;
    const dice = this.#random();
    if (dice < 0.35) {
      // Sometimes all at once, as when the power goes.
      const victims = this.#random() < 0.15 ? this.#slots : [this.#pick(this.#slots)];
      for (const slot of victims) {
        this.#crash(slot);
        this.#schedule.after(this.#between(20, 600), () => {
          if (slot.member === undefined) this.#start(slot);
        });
      }
    } else if (dice < 0.6) {
      this.#partitions++;
      this.#network.partition(new Map(this.#slots.map(({ id }) => [id, this.#random() < 0.6 ? 0 : 1])));
    } else if (dice < 0.8) {
      this.#network.heal();
    } else if (dice < 0.9) {
      this.#network.lossRate = this.#random() * 0.3;
      this.#network.duplicateRate = this.#random() * 0.3;
      this.#network.maxDelayMs = this.#between(1, 30);
    } else {
      const leader = this.#slots.find(({ member }) => member?.node?.isLeader);
      leader?.member?.node?.transferLeadership(this.#pick(this.#slots).id);
      leader?.member?.work();
    }
    this.#schedule.after(this.#between(50, 400), () => this.#faults());
  }

  async #runUntil(end: number): Promise<void> {
    while (this.#schedule.runNext(end)) {
      // The members' promises get their turns; more than they need costs little.
      for (let turn = 0; turn < 12; turn++) await Promise.resolve();
    }
    for (const { member } of this.#slots) if (member !== undefined) this.#check(member);
  }

  /** Log matching: where two logs have the same term at an index, they are the same up to there. */
  #checkLogMatching(): void {
    const logs = this.#slots.flatMap(({ member }) => (member === undefined ? [] : [member.storage]));
    for (const a of logs)
      for (const b of logs) {
        let agreed = false;
        const first = Math.max(a.firstIndex(), b.firstIndex());
        for (let i = Math.min(a.lastIndex(), b.lastIndex()); i >= first; i--) {
          const same = a.term(i) === b.term(i);
          if (agreed && !same) throw new Error(`log matching: logs agree after index ${i} but not there`);
          agreed ||= same;
        }
      }
  }

  async run(): Promise<SimulationResult> {
    for (const slot of this.#slots) {
      this.#start(slot);
      this.#schedule.after(this.#between(0, TICK_MS), () => this.#tick(slot));
    }
    this.#schedule.after(100, () => this.#clients());
    this.#schedule.after(300, () => this.#faults());
    const faultsMs = this.#options.faultsMs ?? 2500;
    for (let at = 250; at <= faultsMs; at += 250) {
      await this.#runUntil(at);
      this.#checkLogMatching();
    }
    await this.#checkLiveness();
    this.#checkLogMatching();
    const { acknowledged, reads, elections, lastApplied } = this.#oracle;
    for (const { member } of this.#slots) this.#snapshotsReceived += member?.snapshotsReceived ?? 0;
    const [crashes, partitions] = [this.#crashes, this.#partitions];
    return {
      acknowledged,
      reads,
      elections,
      crashes,
      partitions,
      snapshotsReceived: this.#snapshotsReceived,
      applied: lastApplied,
    };
  }

  async #checkLiveness(): Promise<void> {
    this.#calm = true;
    this.#network.heal();
    for (const slot of this.#slots) if (slot.member === undefined) this.#start(slot);
    await this.#runUntil(this.#schedule.now + 1000);
    const leaders = this.#slots.filter(({ member }) => member?.node?.isLeader);
    if (leaders.length !== 1) throw new Error(`liveness: ${leaders.length} leaders after all was repaired`);
    const [before, readsBefore] = [this.#oracle.acknowledged, this.#oracle.reads];
    await this.#runUntil(this.#schedule.now + 300);
    if (this.#oracle.acknowledged === before) throw new Error('liveness: no write is acknowledged');
    if (this.#oracle.reads === readsBefore) throw new Error('liveness: no read is answered');
    const newest = this.#oracle.lastApplied;
    await this.#runUntil(this.#schedule.now + 300);
    for (const { id, member } of this.#slots)
      if ((member?.appliedIndex ?? 0) < newest)
        throw new Error(`liveness: member ${id} stays at ${member?.appliedIndex}, others reached ${newest}`);
  }
}
