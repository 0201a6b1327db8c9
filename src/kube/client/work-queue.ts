import { type Cancel, type Clock, systemClock } from '../../lib/clock.ts';

export interface WorkQueueOptions {
  readonly clock?: Clock;
  readonly initialBackoffMs?: number;
  readonly maximumBackoffMs?: number;
}

/**
 * Keys waiting to be reconciled. A key is in it once however often it is added; a key that is being worked on and is
 * added again waits until that is done, so that no two workers ever hold the same key. Failures come back after a wait
 * that doubles (5 ms to 1000 s upstream). Models client-go/util/workqueue.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #initialBackoffMs: number;
  readonly #maximumBackoffMs: number;
  readonly #queue: string[] = [];
  readonly #dirty = new Set<string>();
  readonly #processing = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #delayed = new Map<string, { readonly at: number; readonly cancel: Cancel }>();
  readonly #waiters: ((key: string | undefined) => void)[] = [];
  #closed = false;

  constructor(options: WorkQueueOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#initialBackoffMs = options.initialBackoffMs ?? 5;
    this.#maximumBackoffMs = options.maximumBackoffMs ?? 60_000;
  }

  get length(): number {
    return this.#queue.length;
  }

  add(key: string): void {
    if (this.#closed || this.#dirty.has(key)) return;
    this.#dirty.add(key);
    if (!this.#processing.has(key)) this.#push(key);
  }

  /** Adds later; of two delays for one key the earlier counts. */
  addAfter(key: string, delayMs: number): void {
    if (this.#closed) return;
    if (delayMs <= 0) {
      this.add(key);
      return;
    }
    const at = this.#clock.monotonic() + delayMs;
    const earlier = this.#delayed.get(key);
    if (earlier !== undefined && earlier.at <= at) return;
    earlier?.cancel();
    const cancel = this.#clock.after(delayMs, () => {
      this.#delayed.delete(key);
      this.add(key);
    });
    this.#delayed.set(key, { at, cancel });
  }

  addRateLimited(key: string): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.addAfter(key, Math.min(this.#maximumBackoffMs, this.#initialBackoffMs * 2 ** failures));
  }

  /** The key succeeded: its next failure starts from the shortest wait. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** The next key, when there is one; undefined once the queue is closed. Call {@link done} afterwards. */
  get(): Promise<string | undefined> {
    const key = this.#queue.shift();
    if (key !== undefined) return Promise.resolve(this.#take(key));
    if (this.#closed) return Promise.resolve(undefined);
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  done(key: string): void {
    this.#processing.delete(key);
    if (this.#dirty.has(key)) this.#push(key);
  }

  close(): void {
    this.#closed = true;
    for (const { cancel } of this.#delayed.values()) cancel();
    this.#delayed.clear();
    for (const waiter of this.#waiters.splice(0)) waiter(undefined);
  }

  #push(key: string): void {
    const waiter = this.#waiters.shift();
    if (waiter === undefined) this.#queue.push(key);
    else waiter(this.#take(key));
  }

  #take(key: string): string {
    this.#dirty.delete(key);
    this.#processing.add(key);
    return key;
  }
}

export interface WorkerOptions {
  readonly workers?: number;
  readonly onError?: (key: string, error: unknown) => void;
}

/**
 * Runs `reconcile` for each key until the queue is closed. An error puts the key back with a growing wait; a returned
 * number of milliseconds puts it back after that time.
 */
export async function runWorkers(
  queue: WorkQueue,
  reconcile: (key: string) => Promise<number | undefined>,
  options: WorkerOptions = {},
): Promise<void> {
  const worker = async () => {
    for (;;) {
      const key = await queue.get();
      if (key === undefined) return;
      try {
        const againMs = await reconcile(key);
        queue.forget(key);
        if (againMs !== undefined) queue.addAfter(key, againMs);
      } catch (error) {
        options.onError?.(key, error);
        queue.addRateLimited(key);
      } finally {
        queue.done(key);
      }
    }
  };
  await Promise.all(Array.from({ length: options.workers ?? 1 }, worker));
}
