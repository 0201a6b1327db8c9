import { closeSync, fdatasync, fsync, openSync, writeSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';

/** A file that only grows. */
export interface WalFile {
  /** Hands bytes to the operating system; they are safe only after sync(). The buffer may be reused on return. */
  append(data: Uint8Array): void;
  /** Resolves when all that was appended before the call survives a power cut. */
  sync(): Promise<void>;
  close(): void;
}

/** One folder of files: the disk as the WAL sees it. Injected, so that a simulator can lose what was not synced. */
export interface WalFiles {
  /** Names in the folder, in any order; empty when the folder does not exist. */
  list(): Promise<readonly string[]>;
  read(name: string): Promise<Uint8Array>;
  /** Makes an empty file, replacing one of that name, and the folder where needed. */
  create(name: string): Promise<WalFile>;
  /** Opens an existing file for appending at its end. */
  open(name: string): Promise<WalFile>;
  truncate(name: string, sizeBytes: number): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** Makes creations, renames and removals durable. */
  syncDirectory(): Promise<void>;
  /** How to name the file in a message to a person. */
  pathOf(name: string): string;
}

class NodeWalFile implements WalFile {
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
  }

  // Synchronous on purpose: a write into the page cache takes microseconds, a trip through the thread pool tens of them.
  append(data: Uint8Array): void {
    let written = 0;
    while (written < data.length) written += writeSync(this.#fd, data, written, data.length - written);
  }

  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      fdatasync(this.#fd, (error) => (error ? reject(error) : resolve()));
    });
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** The files of a real folder. Files are made with mode 0600, as etcd does. */
export function nodeWalFiles(directory: string): WalFiles {
  const pathOf = (name: string) => join(directory, name);
  return {
    pathOf,
    async list() {
      try {
        return await readdir(directory);
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
        throw error;
      }
    },
    read: (name) => readFile(pathOf(name)),
    async create(name) {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      return new NodeWalFile(openSync(pathOf(name), 'w', 0o600));
    },
    open: async (name) => new NodeWalFile(openSync(pathOf(name), 'a')),
    async truncate(name, sizeBytes) {
      await truncate(pathOf(name), sizeBytes);
      const handle = await open(pathOf(name), 'r+');
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    },
    rename: (from, to) => rename(pathOf(from), pathOf(to)),
    remove: (name) => rm(pathOf(name), { force: true }),
    async syncDirectory() {
      const fd = openSync(directory, 'r');
      try {
        await new Promise<void>((resolve, reject) =>
          fsync(fd, (error) => (error ? reject(error) : resolve())),
        );
      } finally {
        closeSync(fd);
      }
    },
  };
}
