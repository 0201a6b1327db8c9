/** Cancels what was scheduled; calling it again, or too late, does nothing. */
export type Cancel = () => void;

/** Time as a dependency, so that tests decide what time it is. All durations are milliseconds. */
export interface Clock {
  /** Wall-clock time, milliseconds since the epoch. */
  now(): number;
  /** Time that never jumps back, for measuring durations. */
  monotonic(): number;
  after(delayMs: number, fn: () => void): Cancel;
  every(periodMs: number, fn: () => void): Cancel;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, fn) {
    const timer = setTimeout(fn, delayMs);
    return () => clearTimeout(timer);
  },
  every(periodMs, fn) {
    const timer = setInterval(fn, periodMs);
    return () => clearInterval(timer);
  },
};

/** Resolves after the delay, or at once when the signal aborts (without an error: the caller looks at the signal). */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(delayMs, done);
    signal?.addEventListener('abort', done, { once: true });
  });
}

/** Lets every promise chain that can go on do so: a turn of the event loop comes after all of them. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

interface Scheduled {
  at: number;
  readonly order: number;
  readonly periodMs: number | undefined;
  readonly fn: () => void;
}

/** A clock that stands still until {@link advance} moves it, running what falls due on the way, in order. */
export class FakeClock implements Clock {
  #now: number;
  #order = 0;
  readonly #scheduled = new Set<Scheduled>();

  constructor(startMs = 1_700_000_000_000) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  after(delayMs: number, fn: () => void): Cancel {
    return this.#schedule(delayMs, undefined, fn);
  }

  every(periodMs: number, fn: () => void): Cancel {
    return this.#schedule(periodMs, periodMs, fn);
  }

  #schedule(delayMs: number, periodMs: number | undefined, fn: () => void): Cancel {
    const entry: Scheduled = { at: this.#now + Math.max(0, delayMs), order: this.#order++, periodMs, fn };
    this.#scheduled.add(entry);
    return () => this.#scheduled.delete(entry);
  }

  /** Moves time on; promises settled by what ran get their turn between two timers. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (;;) {
      let next: Scheduled | undefined;
      for (const entry of this.#scheduled) {
        if (entry.at > end) continue;
        if (next === undefined || entry.at < next.at || (entry.at === next.at && entry.order < next.order))
          next = entry;
      }
      if (next === undefined) break;
      this.#now = Math.max(this.#now, next.at);
      if (next.periodMs === undefined) this.#scheduled.delete(next);
      else next.at += next.periodMs;
      next.fn();
      await settle();
    }
    this.#now = end;
  }
}
