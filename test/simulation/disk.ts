import type { WalFile, WalFiles } from '../../src/etcd/wal/index.ts';

interface Inode {
  bytes: Buffer;
  length: number;
  /** How much of it survives a crash for certain. */
  synced: number;
}

export interface DiskOptions {
  readonly random: () => number;
  /** Called with the completion of each sync; the simulator decides when, or whether, it happens. Default: at once. */
  readonly schedule?: (complete: () => void) => void;
}

/**
 * A disk that keeps what it must and no more: of bytes not synced a crash leaves a random prefix, perhaps with a sector of
 * zeros; of names not synced (creations, renames, removals) nothing.
 */
export class SimulatedDisk implements WalFiles {
  #live = new Map<string, Inode>();
  #durable = new Map<string, Inode>();
  readonly #random: () => number;
  readonly #schedule: (complete: () => void) => void;
  /** Grows with each crash; a sync begun before it never completes. */
  #epoch = 0;
  syncs = 0;

  constructor(options: DiskOptions) {
    this.#random = options.random;
    this.#schedule = options.schedule ?? ((complete) => complete());
  }

  crash(): void {
    this.#epoch++;
    this.#live = new Map(this.#durable);
    for (const inode of this.#live.values()) {
      const unsynced = inode.length - inode.synced;
      if (unsynced > 0) {
        inode.length = inode.synced + Math.floor(this.#random() * (unsynced + 1));
        const sector = Math.ceil(inode.synced / 512) * 512;
        if (this.#random() < 0.3 && sector + 512 <= inode.length) inode.bytes.fill(0, sector, sector + 512);
      }
      inode.synced = inode.length;
    }
  }

  /** Lets a test damage what is on the disk. */
  corrupt(name: string, change: (bytes: Buffer) => void): void {
    const inode = this.#find(name);
    change(inode.bytes.subarray(0, inode.length));
  }

  #find(name: string): Inode {
    const inode = this.#live.get(name);
    if (inode === undefined) throw Object.assign(new Error(`no such file: ${name}`), { code: 'ENOENT' });
    return inode;
  }

  #handle(inode: Inode): WalFile {
    const epoch = this.#epoch;
    return {
      append: (data) => {
        if (epoch !== this.#epoch) return;
        if (inode.length + data.length > inode.bytes.length) {
          const larger = Buffer.alloc(Math.max(inode.bytes.length * 2, inode.length + data.length));
          inode.bytes.copy(larger, 0, 0, inode.length);
          inode.bytes = larger;
        }
        inode.bytes.set(data, inode.length);
        inode.length += data.length;
      },
      sync: () => {
        this.syncs++;
        const upTo = inode.length;
        return new Promise((resolve) => {
          this.#schedule(() => {
            if (epoch !== this.#epoch) return;
            inode.synced = Math.max(inode.synced, upTo);
            resolve();
          });
        });
      },
      close: () => {},
    };
  }

  async list() {
    return [...this.#live.keys()];
  }

  async read(name: string) {
    const inode = this.#find(name);
    return Uint8Array.from(inode.bytes.subarray(0, inode.length));
  }

  async create(name: string) {
    const inode: Inode = { bytes: Buffer.alloc(1024), length: 0, synced: 0 };
    this.#live.set(name, inode);
    return this.#handle(inode);
  }

  async open(name: string) {
    return this.#handle(this.#find(name));
  }

  async truncate(name: string, sizeBytes: number) {
    const inode = this.#find(name);
    inode.length = sizeBytes;
    inode.synced = Math.min(inode.synced, sizeBytes);
  }

  async rename(from: string, to: string) {
    this.#live.set(to, this.#find(from));
    this.#live.delete(from);
  }

  async remove(name: string) {
    this.#live.delete(name);
  }

  async syncDirectory() {
    this.#durable = new Map(this.#live);
  }

  pathOf(name: string) {
    return `/disk/${name}`;
  }
}
