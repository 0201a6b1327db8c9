import type { EtcdPort } from '../storage/etcd-port.ts';

/** A numbered set of things to give out, such as the addresses of a CIDR: item 0 … size-1. */
export interface AllocationRange {
  readonly size: number;
  /** Such as `10.32.0.0/24` or `30000-32767`: noted beside the bitmap, so that a change is noticed. */
  readonly label: string;
  /** Items from here up to the size are tried first when no one is asked for (upstream's upper band for addresses). */
  readonly dynamicFrom: number;
}

/**
 * A bitmap in etcd at /registry/ranges/…: three API servers give out from the same range, and the transaction on the
 * bitmap decides who gets what. Models pkg/registry/core/service/allocator (a RangeAllocation object there; here the
 * same fields as JSON).
 */
export class RangeAllocator {
  readonly #etcd: EtcdPort;
  readonly #key: string;
  readonly #range: AllocationRange;
  readonly #kind: 'serviceips' | 'servicenodeports';
  readonly #random: () => number;

  constructor(
    etcd: EtcdPort,
    key: string,
    kind: 'serviceips' | 'servicenodeports',
    range: AllocationRange,
    random: () => number = Math.random,
  ) {
    this.#etcd = etcd;
    this.#key = key;
    this.#kind = kind;
    this.#range = range;
    this.#random = random;
  }

  /** False when it is taken already. */
  async allocate(item: number): Promise<boolean> {
    const got = await this.#change((bits) => {
      if (has(bits, item)) return undefined;
      flip(bits, item);
      return item;
    });
    return got !== undefined;
  }

  /** Undefined when the range is full. */
  allocateNext(): Promise<number | undefined> {
    const { size, dynamicFrom } = this.#range;
    return this.#change((bits) => {
      const free =
        freeItem(bits, dynamicFrom, size, this.#random) ?? freeItem(bits, 0, dynamicFrom, this.#random);
      if (free !== undefined) flip(bits, free);
      return free;
    });
  }

  async release(item: number): Promise<void> {
    await this.#change((bits) => {
      if (!has(bits, item)) return undefined;
      flip(bits, item);
      return item;
    });
  }

  /**
   * Marks what is in use, and frees what was found leaked. Gives what is marked but not in use now: a leak only if it
   * is still so the next times, for a service may be on its way between its address and its object.
   */
  async repair(inUse: ReadonlySet<number>, leaked: ReadonlySet<number>): Promise<Set<number>> {
    const suspects = new Set<number>();
    await this.#change((bits) => {
      suspects.clear();
      let changed = false;
      for (let item = 0; item < this.#range.size; item++) {
        const marked = has(bits, item);
        const used = inUse.has(item);
        if (marked === used) continue;
        if (marked && !leaked.has(item)) {
          suspects.add(item);
          continue;
        }
        flip(bits, item);
        changed = true;
      }
      return changed ? 0 : undefined;
    });
    return suspects;
  }

  /** Runs on the newest bitmap until the write succeeds; undefined from `decide` means no change. */
  async #change(decide: (bits: Buffer) => number | undefined): Promise<number | undefined> {
    let current = (await this.#etcd.range(this.#key)).kvs[0];
    for (;;) {
      const bits = this.#decode(current?.value);
      const item = decide(bits);
      if (item === undefined) return undefined;
      const result = await this.#etcd.txn({
        compare: [{ key: this.#key, modRevision: current?.modRevision ?? 0 }],
        success: [{ put: { key: this.#key, value: this.#encode(bits) } }],
        failure: [{ get: { key: this.#key } }],
      });
      if (result.succeeded) return item;
      current = result.found[0];
    }
  }

  #decode(value: Buffer | undefined): Buffer {
    const bits = Buffer.alloc(Math.ceil(this.#range.size / 8));
    if (value === undefined) return bits;
    const stored = JSON.parse(value.toString('utf8')) as { range: string; data: string };
    // Another range than the one in etcd: nothing there holds; repair() puts in what services use.
    if (stored.range === this.#range.label) Buffer.from(stored.data, 'base64').copy(bits);
    return bits;
  }

  #encode(bits: Buffer): Buffer {
    const allocation = {
      apiVersion: 'v1',
      kind: 'RangeAllocation',
      metadata: { name: this.#kind },
      range: this.#range.label,
      data: bits.toString('base64'),
    };
    return Buffer.from(JSON.stringify(allocation));
  }
}

const has = (bits: Buffer, item: number) => ((bits[item >> 3]! >> (item & 7)) & 1) === 1;
function flip(bits: Buffer, item: number): void {
  bits[item >> 3]! ^= 1 << (item & 7);
}

/** A free item of [from, to), beginning at a random place so that replicas seldom want the same one. */
function freeItem(bits: Buffer, from: number, to: number, random: () => number): number | undefined {
  const count = to - from;
  if (count <= 0) return undefined;
  const offset = Math.floor(random() * count);
  for (let step = 0; step < count; step++) {
    const item = from + ((offset + step) % count);
    if (!has(bits, item)) return item;
  }
  return undefined;
}
