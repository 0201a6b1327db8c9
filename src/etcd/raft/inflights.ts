/** A window on the append messages under way to one follower: the last index of each, oldest first, in a ring. */
export class Inflights {
  readonly #ring: Float64Array;
  #start = 0;
  #count = 0;

  constructor(size: number) {
    this.#ring = new Float64Array(size);
  }

  get count(): number {
    return this.#count;
  }

  get full(): boolean {
    return this.#count === this.#ring.length;
  }

  add(lastIndex: number): void {
    this.#ring[(this.#start + this.#count) % this.#ring.length] = lastIndex;
    this.#count++;
  }

  /** Frees all messages whose entries are acknowledged up to the index. */
  freeTo(index: number): void {
    while (this.#count > 0 && this.#ring[this.#start]! <= index) this.freeFirst();
  }

  freeFirst(): void {
    if (this.#count === 0) return;
    this.#start = (this.#start + 1) % this.#ring.length;
    this.#count--;
  }

  reset(): void {
    this.#start = 0;
    this.#count = 0;
  }
}
