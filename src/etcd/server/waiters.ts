import type { GrpcError } from '../../lib/grpc/status.ts';

interface Waiter<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: GrpcError) => void;
  readonly deadline: number;
  /** The term in which a leader got the request; undefined while it still waits for one. */
  term: number | undefined;
}

/**
 * Requests on their way through the log, by id: who proposed one waits here until it is applied. Deadlines are swept with
 * the clock's ticks rather than by a timer each. Models pkg/wait.
 */
export class Waiters<T> {
  readonly #waiters = new Map<bigint, Waiter<T>>();

  get size(): number {
    return this.#waiters.size;
  }

  add(id: bigint, deadline: number): Promise<T> {
    return new Promise((resolve, reject) =>
      this.#waiters.set(id, { resolve, reject, deadline, term: undefined }),
    );
  }

  has(id: bigint): boolean {
    return this.#waiters.has(id);
  }

  resolve(id: bigint, value: T): void {
    this.#take(id)?.resolve(value);
  }

  reject(id: bigint, error: GrpcError): void {
    this.#take(id)?.reject(error);
  }

  #take(id: bigint): Waiter<T> | undefined {
    const waiter = this.#waiters.get(id);
    this.#waiters.delete(id);
    return waiter;
  }

  /** Gives up on those whose time is over. */
  expire(now: number, error: () => GrpcError): void {
    for (const [id, waiter] of this.#waiters) {
      // In order of arrival with one timeout for all, so the first that is in time ends the search.
      if (waiter.deadline > now) break;
      this.#waiters.delete(id);
      waiter.reject(error());
    }
  }

  /** The request went to the leader of this term. */
  handedOver(id: bigint, term: number): void {
    const waiter = this.#waiters.get(id);
    if (waiter !== undefined) waiter.term = term;
  }

  /**
   * A newer term has begun to apply entries, and what an older leader had passed on to the others came before them:
   * requests of older terms that are not applied by now were most likely lost with their leader.
   */
  rejectOlderThan(term: number, error: () => GrpcError): void {
    for (const [id, waiter] of this.#waiters) {
      if (waiter.term === undefined || waiter.term >= term) continue;
      this.#waiters.delete(id);
      waiter.reject(error());
    }
  }

  rejectAll(error: () => GrpcError): void {
    for (const waiter of this.#waiters.values()) waiter.reject(error());
    this.#waiters.clear();
  }
}

/**
 * Ids that no other member makes, and that this one does not repeat after a restart: two bytes of the member, then
 * the time in milliseconds, then a counter. Models pkg/idutil.
 */
export class IdGenerator {
  readonly #prefix: bigint;
  #suffix: bigint;

  constructor(memberId: bigint, nowMs: number) {
    this.#prefix = (memberId & 0xffffn) << 48n;
    this.#suffix = (BigInt(nowMs) & 0xffff_ffff_ffn) << 8n;
  }

  next(): bigint {
    this.#suffix = (this.#suffix + 1n) & 0xffff_ffff_ffffn;
    return this.#prefix | this.#suffix;
  }
}
