import type { GrpcError } from '../../lib/grpc/status.ts';

interface Batch {
  readonly waiters: { resolve: () => void; reject: (error: GrpcError) => void }[];
  readonly context: Buffer;
  index: number | undefined;
  askedAt: number;
  deadline: number;
}

export interface ReadIndexOptions {
  readonly memberId: bigint;
  /** Starts a confirmation round of the leadership for this context. */
  readonly ask: (context: Buffer) => void;
  readonly appliedIndex: () => number;
  readonly monotonic: () => number;
  readonly timeoutMs: number;
  readonly retryMs: number;
  readonly timeoutError: () => GrpcError;
}

/**
 * Linearizable reads: before a member answers from its own state it learns from the leader how far the log was
 * committed when the read arrived, and waits until it has applied that much. Reads that arrive while one round
 * is under way share the next. Models the linearizableReadLoop of server/etcdserver/v3_server.go.
 */
export class ReadIndexes {
  readonly #options: ReadIndexOptions;
  #current: Batch | undefined;
  #next: Batch['waiters'] = [];
  #counter = 0;

  constructor(options: ReadIndexOptions) {
    this.#options = options;
  }

  /** Resolves when the local state is at least as new as any write acknowledged before the call. */
  wait(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#next.push({ resolve, reject });
      if (this.#current === undefined && this.#next.length === 1) queueMicrotask(() => this.#start());
    });
  }

  #start(): void {
    if (this.#current !== undefined || this.#next.length === 0) return;
    // The leader keeps the questions of all members in one table.
    const context = Buffer.alloc(16);
    context.writeBigUInt64BE(this.#options.memberId, 0);
    context.writeUIntBE(++this.#counter, 10, 6);
    const now = this.#options.monotonic();
    this.#current = {
      waiters: this.#next,
      context,
      index: undefined,
      askedAt: now,
      deadline: now + this.#options.timeoutMs,
    };
    this.#next = [];
    this.#options.ask(context);
  }

  /** The leader's answer. */
  confirmed(context: Uint8Array, index: number): void {
    const batch = this.#current;
    if (batch === undefined || !batch.context.equals(context)) return;
    batch.index = index;
    this.applied();
  }

  /** Call whenever entries were applied. */
  applied(): void {
    const batch = this.#current;
    if (batch?.index === undefined || batch.index > this.#options.appliedIndex()) return;
    this.#current = undefined;
    for (const waiter of batch.waiters) waiter.resolve();
    this.#start();
  }

  /** A question may be lost with a leader, so it is asked again; after the timeout the reads fail. */
  tick(): void {
    const batch = this.#current;
    if (batch === undefined) return;
    const now = this.#options.monotonic();
    if (now >= batch.deadline) {
      this.#current = undefined;
      for (const waiter of batch.waiters) waiter.reject(this.#options.timeoutError());
      this.#start();
    } else if (batch.index === undefined && now - batch.askedAt >= this.#options.retryMs) {
      batch.askedAt = now;
      this.#options.ask(batch.context);
    }
  }

  rejectAll(error: () => GrpcError): void {
    const waiters = [...(this.#current?.waiters ?? []), ...this.#next];
    this.#current = undefined;
    this.#next = [];
    for (const waiter of waiters) waiter.reject(error());
  }
}
