import type { Clock } from '../../../lib/clock.ts';

interface Entry {
  readonly delayMs: number;
  readonly updatedAt: number;
}

/**
 * Growing waits by key. Who was well for twice the longest wait starts from the beginning. Models
 * client-go/util/flowcontrol Backoff: containers and image pulls both use 10 s doubling to 5 min.
 */
export class KeyedBackoff {
  readonly #clock: Clock;
  readonly #initialMs: number;
  readonly #maximumMs: number;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock, initialMs = 10_000, maximumMs = 300_000) {
    this.#clock = clock;
    this.#initialMs = initialMs;
    this.#maximumMs = maximumMs;
  }

  /** The wait that is in force, in milliseconds; 0 for an unknown key. */
  get(key: string): number {
    return this.#entries.get(key)?.delayMs ?? 0;
  }

  /** Something failed at `eventAt`: lengthens the wait. */
  next(key: string, eventAt: number): void {
    const entry = this.#entries.get(key);
    const delayMs =
      entry === undefined || this.#expired(entry, eventAt)
        ? this.#initialMs
        : Math.min(this.#maximumMs, entry.delayMs * 2);
    this.#entries.set(key, { delayMs, updatedAt: this.#clock.now() });
  }

  /** Milliseconds still to wait after a failure at `eventAt`; 0 when the time has come. */
  remaining(key: string, eventAt: number): number {
    const entry = this.#entries.get(key);
    if (entry === undefined || this.#expired(entry, eventAt)) return 0;
    return Math.max(0, entry.delayMs - (this.#clock.now() - eventAt));
  }

  /** As {@link remaining}, counted from the last call of {@link next}: for image pulls. */
  remainingSinceUpdate(key: string): number {
    const entry = this.#entries.get(key);
    return entry === undefined ? 0 : this.remaining(key, entry.updatedAt);
  }

  forget(prefix: string): void {
    for (const key of this.#entries.keys()) if (key.startsWith(prefix)) this.#entries.delete(key);
  }

  #expired(entry: Entry, eventAt: number): boolean {
    return eventAt - entry.updatedAt > this.#maximumMs * 2;
  }
}

/** `10s`, `1m20s`, `5m0s`: a duration as Go prints it, to the millisecond. */
export function goDuration(milliseconds: number): string {
  if (milliseconds < 1000) return milliseconds === 0 ? '0s' : `${milliseconds}ms`;
  const seconds = milliseconds / 1000;
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = `${Number((seconds % 60).toFixed(3))}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}
