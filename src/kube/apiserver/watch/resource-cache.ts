import type { StoredObject } from '../storage/stored-object.ts';
import { type CacheEvent, defaultLimits, EventWindow, type WindowLimits } from './event-window.ts';

export type CacheListener = (event: CacheEvent) => void;

/**
 * All objects of one storage folder at the newest revision seen, sorted by key as etcd sorts them, with the window of
 * events and those who listen. Pure: the feed tells it what happened.
 */
export class ResourceCache {
  readonly #objects = new Map<string, StoredObject>();
  #keys: string[] = [];
  #window: EventWindow;
  readonly #limits: WindowLimits;
  readonly #listeners = new Set<CacheListener>();
  readonly #onReset = new Set<() => void>();

  constructor(revision: number, limits: WindowLimits = defaultLimits) {
    this.#limits = limits;
    this.#window = new EventWindow(revision, limits);
  }

  get size(): number {
    return this.#keys.length;
  }

  get(key: string): StoredObject | undefined {
    return this.#objects.get(key);
  }

  /** Objects whose key starts with the prefix, in the order of their keys. */
  list(prefix: string): StoredObject[] {
    const found: StoredObject[] = [];
    for (let index = this.#position(prefix); index < this.#keys.length; index++) {
      const key = this.#keys[index]!;
      if (!key.startsWith(prefix)) break;
      found.push(this.#objects.get(key)!);
    }
    return found;
  }

  eventsSince(revision: number): readonly CacheEvent[] | undefined {
    return this.#window.since(revision);
  }

  /** The oldest revision a watch can start from. */
  get floor(): number {
    return this.#window.floor;
  }

  /** Starts from nothing but these objects: the history before the revision is unknown, so watches have to end. */
  replace(objects: Iterable<StoredObject>, revision: number): void {
    this.#objects.clear();
    for (const object of objects) this.#objects.set(object.key, object);
    this.#keys = [...this.#objects.keys()].sort(compareKeys);
    this.#window = new EventWindow(revision, this.#limits);
    for (const reset of [...this.#onReset]) reset();
  }

  put(object: StoredObject, nowMs: number): void {
    const previous = this.#objects.get(object.key);
    // An update through this server may have been put in already.
    if (previous !== undefined && previous.revision >= object.revision) return;
    if (previous === undefined) this.#keys.splice(this.#position(object.key), 0, object.key);
    this.#objects.set(object.key, object);
    this.#emit({ type: 'put', revision: object.revision, object, previous }, nowMs);
  }

  delete(key: string, revision: number, nowMs: number): void {
    const previous = this.#objects.get(key);
    if (previous === undefined || previous.revision >= revision) return;
    this.#objects.delete(key);
    this.#keys.splice(this.#position(key), 1);
    this.#emit({ type: 'delete', revision, object: previous.atRevision(revision), previous }, nowMs);
  }

  /** `onReset` is called when the history was lost. Returns how to stop listening. */
  listen(listener: CacheListener, onReset: () => void): () => void {
    this.#listeners.add(listener);
    this.#onReset.add(onReset);
    return () => {
      this.#listeners.delete(listener);
      this.#onReset.delete(onReset);
    };
  }

  #emit(event: CacheEvent, nowMs: number): void {
    this.#window.add(event, nowMs);
    for (const listener of this.#listeners) listener(event);
  }

  /** Index of the first key that is not before this one. */
  #position(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#keys[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const compareKeys = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
