/** Waits that double up to a ceiling, with a share of chance so that many clients do not come back at once. */
export class Backoff {
  readonly #initialMs: number;
  readonly #maximumMs: number;
  readonly #random: () => number;
  #next: number;

  constructor(initialMs: number, maximumMs: number, random: () => number = Math.random) {
    this.#initialMs = initialMs;
    this.#maximumMs = maximumMs;
    this.#random = random;
    this.#next = initialMs;
  }

  /** Milliseconds to wait now. */
  next(): number {
    const base = this.#next;
    this.#next = Math.min(this.#maximumMs, this.#next * 2);
    return base * (1 + this.#random() * 0.5);
  }

  reset(): void {
    this.#next = this.#initialMs;
  }
}
