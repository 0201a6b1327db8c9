import type { StoredObject } from '../storage/stored-object.ts';

/** What happened to one key. The revision is the event's; for a delete `object` is the last state at that revision. */
export interface CacheEvent {
  readonly type: 'put' | 'delete';
  readonly revision: number;
  readonly object: StoredObject;
  /** The state before; undefined for a key that is new. */
  readonly previous: StoredObject | undefined;
}

export interface WindowLimits {
  /** Kept whatever their age. */
  readonly minimum: number;
  /** Never more than this. */
  readonly maximum: number;
  /** Between the two, events younger than this are kept. */
  readonly ageMs: number;
}

export const defaultLimits: WindowLimits = { minimum: 200, maximum: 20_000, ageMs: 75_000 };

/**
 * The newest events of a resource, so that a watch can start in the past.
 * Models the ring of pkg/storage/cacher/watch_cache.go.
 */
export class EventWindow {
  readonly #limits: WindowLimits;
  #events: CacheEvent[] = [];
  #times: number[] = [];
  /** Index of the oldest event: a prefix is cut off now and then instead of at each step. */
  #start = 0;
  #floor: number;

  /** `floor`: everything after this revision is in the window. */
  constructor(floor: number, limits: WindowLimits = defaultLimits) {
    this.#floor = floor;
    this.#limits = limits;
  }

  /** A watch may start from this revision or a later one. */
  get floor(): number {
    return this.#floor;
  }

  add(event: CacheEvent, nowMs: number): void {
    this.#events.push(event);
    this.#times.push(nowMs);
    const { minimum, maximum, ageMs } = this.#limits;
    for (;;) {
      const size = this.#events.length - this.#start;
      if (size <= minimum) break;
      if (size <= maximum && this.#times[this.#start]! > nowMs - ageMs) break;
      this.#floor = this.#events[this.#start]!.revision;
      this.#start++;
    }
    if (this.#start > 512 && this.#start * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#start);
      this.#times = this.#times.slice(this.#start);
      this.#start = 0;
    }
  }

  /** Events after the revision, oldest first; undefined when some of them are gone already. */
  since(revision: number): readonly CacheEvent[] | undefined {
    if (revision < this.#floor) return undefined;
    let low = this.#start;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#events[middle]!.revision > revision) high = middle;
      else low = middle + 1;
    }
    return this.#events.slice(low);
  }
}
