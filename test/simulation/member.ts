import {
  type ConfState,
  type Entry,
  MemoryStorage,
  type Message,
  type NodeId,
  ProposalDroppedError,
  RawNode,
  type Ready,
} from '../../src/etcd/raft/index.ts';
import { loadNewestSnapshot, removeOldSnapshots, saveSnapshot } from '../../src/etcd/snap/index.ts';
import {
  createWal,
  openWal,
  validSnapshots,
  type WriteAheadLog,
  walExists,
} from '../../src/etcd/wal/index.ts';
import type { SimulatedDisk } from './disk.ts';
import type { Oracle } from './oracle.ts';

export interface MemberOptions {
  readonly id: NodeId;
  readonly confState: ConfState;
  readonly walDisk: SimulatedDisk;
  readonly snapDisk: SimulatedDisk;
  readonly random: () => number;
  readonly send: (m: Message) => void;
  readonly oracle: Oracle;
  readonly snapshotEvery: number;
}

/** One life of a member, from its start to its crash: a register kept by Raft, as a server would use it. */
export class Member {
  readonly #o: MemberOptions;
  #storage = new MemoryStorage();
  #node: RawNode | undefined;
  #wal: WriteAheadLog | undefined;
  #alive = true;
  #working = false;
  #register = '';
  #appliedIndex = 0;
  #snapshotIndex = 0;
  readonly #writes = new Set<string>();
  readonly #readFloors = new Map<string, number>();
  #confirmed: { floor: number; index: number }[] = [];
  snapshotsReceived = 0;
  /** Rejects when a property fails or the member's own code throws. */
  failure: unknown;

  constructor(options: MemberOptions) {
    this.#o = options;
  }

  get node(): RawNode | undefined {
    return this.#alive ? this.#node : undefined;
  }

  get appliedIndex(): number {
    return this.#appliedIndex;
  }

  get storage(): MemoryStorage {
    return this.#storage;
  }

  crash(): void {
    this.#alive = false;
  }

  async start(): Promise<void> {
    const { id, walDisk, snapDisk, confState } = this.#o;
    const metadata = new TextEncoder().encode(`member ${id}`);
    if (await walExists(walDisk)) {
      const snapshot = await loadNewestSnapshot(snapDisk, await validSnapshots(walDisk));
      const from = snapshot?.metadata ?? { index: 0, term: 0 };
      const { wal, hardState, entries } = await openWal(walDisk, from, { segmentSizeBytes: 2000 });
      if (snapshot !== undefined) this.#restore(snapshot.metadata.index, snapshot.data, snapshot);
      this.#storage.setHardState(hardState);
      this.#storage.append(entries);
      this.#wal = wal;
    } else {
      this.#wal = await createWal(walDisk, metadata, { segmentSizeBytes: 2000 });
    }
    this.#storage.setConfState(confState);
    if (!this.#alive) return;
    const config = { id, random: this.#o.random, storage: this.#storage, applied: this.#appliedIndex };
    this.#node = new RawNode({ ...config, maxInflight: 8, maxSizePerMessage: 200 });
  }

  #restore(index: number, data: Uint8Array, snapshot: Parameters<MemoryStorage['applySnapshot']>[0]): void {
    this.#register = new TextDecoder().decode(data);
    this.#o.oracle.checkState(this.#o.id, index, this.#register);
    this.#storage.applySnapshot(snapshot);
    this.#appliedIndex = index;
    this.#snapshotIndex = index;
  }

  write(value: string): void {
    this.#writes.add(value);
    this.#attempt((node) => node.propose(new TextEncoder().encode(value)));
  }

  read(name: string): void {
    this.#readFloors.set(name, this.#o.oracle.floor);
    this.#attempt((node) => node.readIndex(new TextEncoder().encode(name)));
  }

  step(m: Message): void {
    this.#attempt((node) => node.step(m));
  }

  reportSnapshot(to: NodeId, arrived: boolean): void {
    this.#attempt((node) => node.reportSnapshot(to, arrived ? 'finish' : 'failure'));
  }

  tick(): void {
    this.#attempt((node) => node.tick());
  }

  #attempt(act: (node: RawNode) => void): void {
    const node = this.node;
    if (node === undefined) return;
    try {
      act(node);
    } catch (error) {
      if (!(error instanceof ProposalDroppedError)) throw error;
    }
    this.work();
  }

  /** Carries out batches as long as there are any; returns at once and goes on as the disk allows. */
  work(): void {
    if (this.#working || !this.node?.hasReady()) return;
    this.#working = true;
    this.#workAll()
      .catch((error: unknown) => {
        this.failure ??= error;
      })
      .finally(() => {
        this.#working = false;
      });
  }

  async #workAll(): Promise<void> {
    for (let node = this.node; node?.hasReady(); node = this.node) {
      const ready = node.ready();
      this.#observe(node);
      if (ready.sendBeforePersist) for (const m of ready.messages) this.#o.send(m);
      await this.#persist(ready);
      if (!this.#alive) return;
      if (!ready.sendBeforePersist) for (const m of ready.messages) this.#o.send(m);
      for (const entry of ready.committedEntries) this.#apply(entry);
      for (const { index, context } of ready.readStates) {
        const floor = this.#readFloors.get(new TextDecoder().decode(context));
        if (floor !== undefined) this.#confirmed.push({ floor, index });
      }
      this.#answerReads();
      node.advance(ready);
      await this.#maybeSnapshot();
    }
  }

  #observe(node: RawNode): void {
    if (!node.isLeader || !this.#o.oracle.sawLeader(node.term, this.#o.id)) return;
    const storage = this.#storage;
    this.#o.oracle.checkLeader(this.#o.id, storage.firstIndex(), (index) => storage.term(index));
  }

  async #persist(ready: Ready): Promise<void> {
    const { snapshot } = ready;
    if (snapshot !== undefined) {
      await saveSnapshot(this.#o.snapDisk, { ...snapshot, data: [snapshot.data] });
      await this.#wal!.saveSnapshot(snapshot.metadata);
    }
    if (ready.hardState !== undefined || ready.entries.length > 0 || ready.mustSync)
      await this.#wal!.save(ready.hardState, ready.entries, ready.mustSync);
    if (!this.#alive) return;
    if (snapshot !== undefined) {
      this.snapshotsReceived++;
      this.#restore(snapshot.metadata.index, snapshot.data, snapshot);
    }
    if (ready.hardState !== undefined) this.#storage.setHardState(ready.hardState);
    this.#storage.append(ready.entries);
  }

  #apply(entry: Entry): void {
    if (entry.data.length > 0) this.#register = new TextDecoder().decode(entry.data);
    this.#appliedIndex = entry.index;
    this.#o.oracle.apply(this.#o.id, entry, this.#register);
    if (entry.data.length > 0 && this.#writes.delete(this.#register))
      this.#o.oracle.acknowledgeWrite(entry.index);
  }

  #answerReads(): void {
    this.#confirmed = this.#confirmed.filter(({ floor, index }) => {
      if (index > this.#appliedIndex) return true;
      this.#o.oracle.finishRead(this.#o.id, floor, this.#appliedIndex, this.#register);
      return false;
    });
  }

  async #maybeSnapshot(): Promise<void> {
    const index = this.#appliedIndex;
    if (!this.#alive || index - this.#snapshotIndex < this.#o.snapshotEvery) return;
    const data = new TextEncoder().encode(this.#register);
    const snapshot = this.#storage.createSnapshot(index, this.#o.confState, data);
    await saveSnapshot(this.#o.snapDisk, { ...snapshot, data: [snapshot.data] });
    await this.#wal!.saveSnapshot(snapshot.metadata);
    await this.#wal!.release(index);
    if (!this.#alive) return;
    await removeOldSnapshots(this.#o.snapDisk, 2);
    this.#snapshotIndex = index;
    const compactTo = index - 3;
    if (compactTo >= this.#storage.firstIndex()) this.#storage.compact(compactTo);
  }
}
