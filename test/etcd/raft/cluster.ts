import {
  type Config,
  MemoryStorage,
  type Message,
  type NodeId,
  RawNode,
  type ReadState,
} from '../../../src/etcd/raft/index.ts';

export const text = (data: Uint8Array) => new TextDecoder().decode(data);
export const bytes = (value: string) => new TextEncoder().encode(value);

interface Member {
  readonly node: RawNode;
  readonly storage: MemoryStorage;
  readonly applied: string[];
  readonly reads: ReadState[];
}

export type ClusterOptions = Partial<Omit<Config, 'id' | 'storage' | 'random'>> & {
  readonly learners?: readonly NodeId[];
};

/** Members on a perfect network and disk that a test can cut; nothing moves until settle() or deliver(). */
export class Cluster {
  readonly members = new Map<NodeId, Member>();
  readonly cut = new Set<string>();
  /** Messages waiting to be delivered, oldest first. */
  inbox: Message[] = [];
  /** Tests may watch, or swallow a message by answering false. */
  filter: (m: Message) => boolean = () => true;

  constructor(size: number, options: ClusterOptions = {}) {
    const ids = Array.from({ length: size }, (_, i) => BigInt(i + 1));
    const learners = options.learners ?? [];
    for (const id of ids) {
      const storage = new MemoryStorage();
      storage.setConfState({ voters: ids.filter((each) => !learners.includes(each)), learners });
      // Each member waits a different, fixed time, so that tests decide who campaigns.
      const node = new RawNode({ ...options, id, storage, random: () => (Number(id) - 1) / size });
      this.members.set(id, { node, storage, applied: [], reads: [] });
    }
  }

  node(id: NodeId): RawNode {
    return this.members.get(id)!.node;
  }

  member(id: NodeId): Member {
    return this.members.get(id)!;
  }

  /** Carries out the batches of one member: persist, send, apply. */
  work(id: NodeId): void {
    const { node, storage, applied, reads } = this.member(id);
    while (node.hasReady()) {
      const ready = node.ready();
      if (ready.hardState !== undefined) storage.setHardState(ready.hardState);
      if (ready.snapshot !== undefined) {
        storage.applySnapshot(ready.snapshot);
        applied.length = 0;
        applied.push(...text(ready.snapshot.data).split(',').filter(Boolean));
      }
      storage.append(ready.entries);
      this.inbox.push(...ready.messages);
      for (const entry of ready.committedEntries) if (entry.data.length > 0) applied.push(text(entry.data));
      reads.push(...ready.readStates);
      node.advance(ready);
    }
  }

  isolate(id: NodeId): void {
    for (const other of this.members.keys()) if (other !== id) this.disconnect(id, other);
  }

  disconnect(a: NodeId, b: NodeId): void {
    this.cut.add(`${a}-${b}`).add(`${b}-${a}`);
  }

  heal(): void {
    this.cut.clear();
  }

  /** Delivers what is under way now, but not the answers to it. */
  deliver(): void {
    for (const id of this.members.keys()) this.work(id);
    const batch = this.inbox;
    this.inbox = [];
    for (const m of batch) {
      if (this.cut.has(`${m.from}-${m.to}`) || !this.filter(m)) continue;
      this.members.get(m.to)?.node.step(m);
    }
    for (const id of this.members.keys()) this.work(id);
  }

  settle(): void {
    do this.deliver();
    while (this.inbox.length > 0);
  }

  tick(id: NodeId, times = 1): void {
    for (let i = 0; i < times; i++) this.node(id).tick();
  }

  /** All members' clocks together, delivering in between. */
  tickAll(times: number): void {
    for (let i = 0; i < times; i++) {
      for (const id of this.members.keys()) this.tick(id);
      this.settle();
    }
  }

  elect(id: NodeId): void {
    this.node(id).campaign();
    this.settle();
    if (!this.node(id).isLeader) throw new Error(`member ${id} did not become leader`);
  }

  propose(id: NodeId, value: string): void {
    this.node(id).propose(bytes(value));
  }
}
