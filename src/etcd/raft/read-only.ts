import { type VoteResult, voteResult } from './quorum.ts';
import type { Message, NodeId } from './types.ts';

interface ReadRequest {
  readonly request: Message;
  /** The commit index when the request came: what the read must see. */
  readonly index: number;
  readonly acks: Map<NodeId, boolean>;
  readonly key: string;
}

const keyOf = (context: Uint8Array) =>
  Buffer.from(context.buffer, context.byteOffset, context.byteLength).toString('latin1');

/**
 * Reads that wait for proof that this member is still the leader: a majority must answer a heartbeat sent after the
 * read came (thesis 6.4). No clock is trusted. Models etcd-io/raft read_only.go, ReadOnlySafe.
 */
export class ReadOnly {
  readonly #pending = new Map<string, ReadRequest>();
  #queue: ReadRequest[] = [];

  add(request: Message, index: number, self: NodeId): void {
    const key = keyOf(request.context);
    if (this.#pending.has(key)) return;
    const read: ReadRequest = { request, index, acks: new Map([[self, true]]), key };
    this.#pending.set(key, read);
    this.#queue.push(read);
  }

  recordAck(from: NodeId, context: Uint8Array, voters: ReadonlySet<NodeId>): VoteResult {
    const read = this.#pending.get(keyOf(context));
    if (read === undefined) return 'pending';
    read.acks.set(from, true);
    return voteResult(voters, read.acks);
  }

  /** Confirms the read with this context and, as heartbeats are ordered, all that came before it. */
  confirm(context: Uint8Array): readonly ReadRequest[] {
    const key = keyOf(context);
    const at = this.#queue.findIndex((read) => read.key === key);
    if (at < 0) return [];
    const confirmed = this.#queue.slice(0, at + 1);
    this.#queue = this.#queue.slice(at + 1);
    for (const read of confirmed) this.#pending.delete(read.key);
    return confirmed;
  }

  /** The context of the newest read: heartbeats repeat it, so that a lost one does not lose the read. */
  lastContext(): Uint8Array | undefined {
    return this.#queue[this.#queue.length - 1]?.request.context;
  }

  reset(): void {
    this.#pending.clear();
    this.#queue = [];
  }
}
