/**
 * An ordered map from strings to values, as a list of sorted blocks: an insertion moves at most one block's worth of
 * pointers, a lookup is two binary searches, and a scan walks plain arrays. Small and quick up to millions of keys.
 *
 * Keys are bytes kept as latin1 strings (a byte a character), so that JavaScript's order is the order of bytes.
 */
const blockSize = 512;

interface Block<T> {
  readonly keys: string[];
  readonly values: T[];
}

/** The first position in the sorted list whose key is not below the given one. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

export class SortedKeys<T> {
  #blocks: Block<T>[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The block that holds the key, or would: the last one that begins at or below it. */
  #blockOf(key: string): number {
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#blocks[middle]!.keys[0]! <= key) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  get(key: string): T | undefined {
    const block = this.#blocks[this.#blockOf(key)];
    if (block === undefined) return undefined;
    const at = lowerBound(block.keys, key);
    return block.keys[at] === key ? block.values[at] : undefined;
  }

  set(key: string, value: T): void {
    const index = this.#blockOf(key);
    const block = this.#blocks[index];
    if (block === undefined) {
      this.#blocks.push({ keys: [key], values: [value] });
      this.#size++;
      return;
    }
    const at = lowerBound(block.keys, key);
    if (block.keys[at] === key) {
      block.values[at] = value;
      return;
    }
    block.keys.splice(at, 0, key);
    block.values.splice(at, 0, value);
    this.#size++;
    if (block.keys.length > blockSize) {
      // Keys often arrive in order; leaving the left block nearly full then wastes no room.
      const half = at === block.keys.length - 1 ? blockSize : blockSize / 2;
      this.#blocks.splice(index + 1, 0, { keys: block.keys.splice(half), values: block.values.splice(half) });
    }
  }

  delete(key: string): boolean {
    const index = this.#blockOf(key);
    const block = this.#blocks[index];
    if (block === undefined) return false;
    const at = lowerBound(block.keys, key);
    if (block.keys[at] !== key) return false;
    block.keys.splice(at, 1);
    block.values.splice(at, 1);
    if (block.keys.length === 0) this.#blocks.splice(index, 1);
    this.#size--;
    return true;
  }

  /** Values of the keys in [start, end), in order; without an end, to the last key. The map must not change meanwhile. */
  *values(start = '', end?: string): Generator<T> {
    for (let index = this.#blockOf(start); index < this.#blocks.length; index++) {
      const { keys, values } = this.#blocks[index]!;
      for (let at = lowerBound(keys, start); at < keys.length; at++) {
        if (end !== undefined && keys[at]! >= end) return;
        yield values[at]!;
      }
    }
  }
}
