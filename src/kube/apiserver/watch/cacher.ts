import type { Clock } from '../../../lib/clock.ts';
import { errorMessage } from '../../../lib/errors.ts';
import type { Logger } from '../../../lib/log.ts';
import {
  EtcdCompactedError,
  type EtcdEvent,
  type EtcdKeyValue,
  type EtcdPort,
} from '../storage/etcd-port.ts';
import type { StoredObject } from '../storage/stored-object.ts';
import { ResourceCache } from './resource-cache.ts';

export interface CacherOptions {
  readonly etcd: EtcdPort;
  readonly clock: Clock;
  readonly log: Logger;
  /** `pods` or `services/specs` of a key, undefined for what is no object. */
  readonly folderOf: (key: string) => string | undefined;
  /** Undefined for a folder that holds no objects (ranges, masterleases). */
  readonly decode: (folder: string, kv: EtcdKeyValue) => StoredObject | undefined;
}

const pageSize = 500;
/** First and last key of etcd: "\0" as the end of a range means everything. */
const everything = '\0';
const retryMs = 250;
const barrierPauseMs = 1;

/**
 * Feeds every {@link ResourceCache} from ONE watch on all of etcd. Because nothing in etcd can change without this
 * watch hearing of it, "the cache has seen revision N" is known exactly, and a consistent read is: ask etcd for its
 * revision (one answer serves all who wait), wait until the cache is there, answer from memory.
 * Models pkg/storage/cacher; upstream has a watch a resource and asks for progress notifications instead.
 */
export class Cacher {
  readonly #options: CacherOptions;
  readonly #caches = new Map<string, ResourceCache>();
  readonly #waiting: { revision: number; resolve: () => void }[] = [];
  #revision = 0;
  #loaded = false;
  #cancel: (() => void) | undefined;
  #stopped = false;
  #barrier: { running: boolean; next: Promise<number> | undefined } = { running: false, next: undefined };
  #barrierNow: Promise<number> | undefined;

  constructor(options: CacherOptions) {
    this.#options = options;
  }

  /** The revision up to which the caches know everything. */
  get revision(): number {
    return this.#revision;
  }

  get ready(): boolean {
    return this.#loaded;
  }

  cache(folder: string): ResourceCache {
    let cache = this.#caches.get(folder);
    if (cache === undefined) {
      cache = new ResourceCache(this.#revision);
      this.#caches.set(folder, cache);
    }
    return cache;
  }

  /** Loads all objects and goes on watching until {@link stop}; resolves after the first load. */
  async start(): Promise<void> {
    for (;;) {
      try {
        await this.#load();
        return;
      } catch (error) {
        if (this.#stopped) return;
        this.#options.log.warning('cannot load the watch cache from etcd, trying again', {
          err: errorMessage(error),
        });
        await new Promise<void>((resolve) => this.#options.clock.after(1000, resolve));
      }
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
    for (const waiter of this.#waiting.splice(0)) waiter.resolve();
  }

  /** Resolves true when the caches have seen the revision, false after the timeout. */
  async waitFor(revision: number, timeoutMs: number): Promise<boolean> {
    if (this.#loaded && this.#revision >= revision) return true;
    const { clock } = this.#options;
    return new Promise((resolve) => {
      const waiter = {
        revision,
        resolve: () => {
          cancel();
          resolve(this.#loaded && this.#revision >= revision);
        },
      };
      const cancel = clock.after(timeoutMs, () => {
        const index = this.#waiting.indexOf(waiter);
        if (index >= 0) this.#waiting.splice(index, 1);
        resolve(this.#loaded && this.#revision >= revision);
      });
      this.#waiting.push(waiter);
    });
  }

  /**
   * etcd's revision at some moment after the call: what a linearizable read must have seen. Calls that come while a
   * question is under way share the next one, since its answer may be older than they are.
   */
  currentRevision(): Promise<number> {
    // One that waits has not been asked yet: it serves this call too.
    if (this.#barrier.next !== undefined) return this.#barrier.next;
    if (!this.#barrier.running) {
      this.#barrierNow = this.#askRevision();
      return this.#barrierNow;
    }
    this.#barrier.next = this.#barrierNow!.catch(() => 0).then(async () => {
      // Those who were just answered ask again at once: a moment of patience makes one question of two.
      await new Promise<void>((resolve) => this.#options.clock.after(barrierPauseMs, resolve));
      this.#barrier.next = undefined;
      this.#barrierNow = this.#askRevision();
      return this.#barrierNow;
    });
    return this.#barrier.next;
  }

  async #askRevision(): Promise<number> {
    this.#barrier.running = true;
    try {
      return (await this.#options.etcd.range('health', { countOnly: true })).revision;
    } finally {
      this.#barrier.running = false;
    }
  }

  async #load(): Promise<void> {
    const { etcd } = this.#options;
    const found = new Map<string, StoredObject[]>();
    let start = everything;
    let revision = 0;
    for (;;) {
      const page = await etcd.range(start, { end: everything, limit: pageSize, revision });
      if (revision === 0) revision = page.revision;
      for (const kv of page.kvs) {
        const object = this.#decode(kv);
        if (object === undefined) continue;
        const folder = this.#options.folderOf(kv.key)!;
        const objects = found.get(folder);
        if (objects === undefined) found.set(folder, [object]);
        else objects.push(object);
      }
      const last = page.kvs.at(-1);
      if (!page.more || last === undefined) break;
      start = `${last.key}\0`;
    }
    if (this.#stopped) return;
    for (const folder of new Set([...found.keys(), ...this.#caches.keys()])) {
      this.cache(folder).replace(found.get(folder) ?? [], revision);
    }
    this.#loaded = true;
    this.#advance(revision);
    this.#watch();
  }

  #watch(): void {
    this.#cancel = this.#options.etcd.watch(everything, everything, this.#revision + 1, {
      onEvents: (events) => this.#apply(events),
      onEnd: (error) => this.#recover(error),
    });
  }

  #recover(error: Error): void {
    if (this.#stopped) return;
    const { clock, log } = this.#options;
    if (error instanceof EtcdCompactedError) {
      log.warning('the watch on etcd fell behind compaction, loading everything again');
      this.#loaded = false;
      void this.start();
      return;
    }
    log.warning('the watch on etcd ended, starting it again', { err: error.message });
    clock.after(retryMs, () => {
      if (!this.#stopped) this.#watch();
    });
  }

  #apply(events: readonly EtcdEvent[]): void {
    const now = this.#options.clock.now();
    let revision = this.#revision;
    for (const { type, kv } of events) {
      // After a watch was started again, events may come twice.
      if (kv.modRevision <= this.#revision) continue;
      revision = Math.max(revision, kv.modRevision);
      const folder = this.#options.folderOf(kv.key);
      if (folder === undefined) continue;
      if (type === 'delete') {
        this.#caches.get(folder)?.delete(kv.key, kv.modRevision, now);
        continue;
      }
      const object = this.#decode(kv);
      if (object !== undefined) this.cache(folder).put(object, now);
    }
    this.#advance(revision);
  }

  #decode(kv: EtcdKeyValue): StoredObject | undefined {
    const folder = this.#options.folderOf(kv.key);
    if (folder === undefined) return undefined;
    try {
      return this.#options.decode(folder, kv);
    } catch (error) {
      // Upstream would fail every list of the resource; one unreadable object must not take the others along.
      this.#options.log.error('cannot read an object from etcd, leaving it out', {
        key: kv.key,
        err: errorMessage(error),
      });
      return undefined;
    }
  }

  #advance(revision: number): void {
    this.#revision = Math.max(this.#revision, revision);
    if (this.#waiting.length === 0) return;
    const due = this.#waiting.filter((waiter) => waiter.revision <= this.#revision);
    if (due.length === 0) return;
    for (const waiter of due) this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
    for (const waiter of due) waiter.resolve();
  }
}
