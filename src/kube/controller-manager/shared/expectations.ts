import type { Clock } from '../../../lib/clock.ts';

/** After so long a lost event is more likely than a slow one. */
const timeoutMs = 5 * 60_000;

/**
 * What a controller has asked for and has not yet seen in its local copy. Until it has, it must not count again: the
 * copy still lacks the pods it has just created, and it would create them twice. Models controller_utils.go.
 */
export class Expectations {
  readonly #clock: Clock;
  readonly #byKey = new Map<
    string,
    { creations: number; readonly deletions: Set<string>; readonly since: number }
  >();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  expectCreations(key: string, count: number): void {
    this.#byKey.set(key, { creations: count, deletions: new Set(), since: this.#clock.monotonic() });
  }

  expectDeletions(key: string, uids: readonly string[]): void {
    this.#byKey.set(key, { creations: 0, deletions: new Set(uids), since: this.#clock.monotonic() });
  }

  /** A creation was seen, or failed and will never be. */
  creationObserved(key: string): void {
    const entry = this.#byKey.get(key);
    if (entry !== undefined) entry.creations--;
  }

  deletionObserved(key: string, uid: string): void {
    this.#byKey.get(key)?.deletions.delete(uid);
  }

  satisfied(key: string): boolean {
    const entry = this.#byKey.get(key);
    if (entry === undefined) return true;
    const fulfilled = entry.creations <= 0 && entry.deletions.size === 0;
    return fulfilled || this.#clock.monotonic() - entry.since > timeoutMs;
  }

  forget(key: string): void {
    this.#byKey.delete(key);
  }
}
