import { type Clock, sleep, systemClock } from '../../lib/clock.ts';
import { errorMessage } from '../../lib/errors.ts';
import type { Logger } from '../../lib/log.ts';
import { Backoff } from './backoff.ts';
import { isGone } from './errors.ts';
import type { ApiObject } from './objects.ts';
import type { ResourceClient } from './resource-client.ts';
import type { WatchEvent } from './watch.ts';

export interface InformerHandlers<T> {
  added?(object: T): void;
  updated?(object: T, old: T): void;
  deleted?(object: T): void;
}

export interface InformerOptions<T> {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Names of indexes, and the values an object is found under. */
  readonly indexes?: Readonly<Record<string, (object: T) => readonly string[]>>;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/** `namespace/name`, or the name alone for what lies in no namespace. */
export function keyOf(object: ApiObject): string {
  const { namespace, name } = object.metadata ?? {};
  return namespace === undefined || namespace === '' ? (name ?? '') : `${namespace}/${name}`;
}

export function splitKey(key: string): { readonly namespace: string; readonly name: string } {
  const at = key.indexOf('/');
  return at === -1 ? { namespace: '', name: key } : { namespace: key.slice(0, at), name: key.slice(at + 1) };
}

/**
 * A local copy of a resource, kept true by one list and then a watch from its resourceVersion; after a break the watch
 * goes on where it stopped, and only an answer of 410 Gone costs a new list. Models client-go's reflector, store and
 * shared informer in one piece: lister, index and handlers.
 */
export class Informer<T extends ApiObject> {
  readonly #client: ResourceClient<T>;
  readonly #options: InformerOptions<T>;
  readonly #clock: Clock;
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, Map<string, Set<string>>>();
  readonly #handlers: InformerHandlers<T>[] = [];
  readonly #stop = new AbortController();
  #synced = false;
  #resolveSynced: () => void = () => {};
  readonly #syncedPromise: Promise<void>;
  #resourceVersion: string | undefined;

  constructor(client: ResourceClient<T>, options: InformerOptions<T> = {}) {
    this.#client = client;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    for (const name of Object.keys(options.indexes ?? {})) this.#indexes.set(name, new Map());
    this.#syncedPromise = new Promise((resolve) => {
      this.#resolveSynced = resolve;
    });
  }

  /** Handlers that come late hear of everything that is there already. */
  addHandlers(handlers: InformerHandlers<T>): void {
    this.#handlers.push(handlers);
    for (const object of this.#objects.values()) handlers.added?.(object);
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(): T[] {
    return [...this.#objects.values()];
  }

  byIndex(index: string, value: string): T[] {
    const keys = this.#indexes.get(index)?.get(value) ?? [];
    return [...keys].map((key) => this.#objects.get(key)!);
  }

  get synced(): boolean {
    return this.#synced;
  }

  /** Resolves when the first list has arrived. */
  whenSynced(): Promise<void> {
    return this.#syncedPromise;
  }

  /** Runs until the signal aborts or {@link stop} is called. Never throws: it tries again. */
  async run(signal?: AbortSignal): Promise<void> {
    const stop = signal === undefined ? this.#stop.signal : AbortSignal.any([signal, this.#stop.signal]);
    const backoff = new Backoff(200, 10_000);
    while (!stop.aborted) {
      try {
        if (this.#resourceVersion === undefined) await this.#listAll(stop);
        const sawEvents = await this.#watchOnce(stop);
        if (sawEvents) backoff.reset();
        // A server that ends each watch at once must not be asked again in a tight loop.
        else await sleep(this.#clock, backoff.next(), stop);
      } catch (error) {
        if (stop.aborted) return;
        if (isGone(error)) this.#resourceVersion = undefined;
        else {
          this.#options.logger?.warning(
            `failed to ${this.#resourceVersion === undefined ? 'list' : 'watch'}`,
            {
              resource: this.#client.gvr.resource,
              err: errorMessage(error),
            },
          );
        }
        await sleep(this.#clock, backoff.next(), stop);
      }
    }
  }

  stop(): void {
    this.#stop.abort();
  }

  #selectors() {
    const { labelSelector, fieldSelector } = this.#options;
    return { ...(labelSelector && { labelSelector }), ...(fieldSelector && { fieldSelector }) };
  }

  async #listAll(signal: AbortSignal): Promise<void> {
    const list = await this.#client.list({ ...this.#selectors(), resourceVersion: '0', signal });
    const seen = new Set<string>();
    for (const object of list.items) {
      seen.add(keyOf(object));
      this.#store(object);
    }
    for (const [key, object] of this.#objects) if (!seen.has(key)) this.#remove(object);
    this.#resourceVersion = list.metadata.resourceVersion;
    if (!this.#synced) {
      this.#synced = true;
      this.#resolveSynced();
    }
  }

  async #watchOnce(signal: AbortSignal): Promise<boolean> {
    const started = this.#clock.monotonic();
    let events = 0;
    const stream = this.#client.watch({
      ...this.#selectors(),
      resourceVersion: this.#resourceVersion!,
      allowWatchBookmarks: true,
      timeoutSeconds: 300 + Math.floor(Math.random() * 300),
      signal,
    });
    for await (const event of stream) {
      events++;
      this.#apply(event);
    }
    return events > 0 || this.#clock.monotonic() - started > 1000;
  }

  #apply(event: WatchEvent<T>): void {
    this.#resourceVersion = event.object.metadata?.resourceVersion ?? this.#resourceVersion;
    if (event.type === 'DELETED') this.#remove(event.object);
    else if (event.type === 'ADDED' || event.type === 'MODIFIED') this.#store(event.object);
  }

  #store(object: T): void {
    const key = keyOf(object);
    const old = this.#objects.get(key);
    if (old !== undefined && old.metadata?.resourceVersion === object.metadata?.resourceVersion) return;
    if (old !== undefined) this.#unindex(key, old);
    this.#objects.set(key, object);
    this.#index(key, object);
    // The same name with another uid is another object: the old one went while nobody looked.
    const replaced = old !== undefined && old.metadata?.uid !== object.metadata?.uid;
    for (const handlers of this.#handlers) {
      if (replaced) handlers.deleted?.(old);
      if (old === undefined || replaced) handlers.added?.(object);
      else handlers.updated?.(object, old);
    }
  }

  #remove(object: T): void {
    const key = keyOf(object);
    const old = this.#objects.get(key);
    if (old === undefined) return;
    this.#unindex(key, old);
    this.#objects.delete(key);
    for (const handlers of this.#handlers) handlers.deleted?.(object);
  }

  #index(key: string, object: T): void {
    for (const [name, valuesOf] of Object.entries(this.#options.indexes ?? {})) {
      const index = this.#indexes.get(name)!;
      for (const value of valuesOf(object)) {
        const keys = index.get(value) ?? new Set();
        index.set(value, keys.add(key));
      }
    }
  }

  #unindex(key: string, object: T): void {
    for (const [name, valuesOf] of Object.entries(this.#options.indexes ?? {})) {
      const index = this.#indexes.get(name)!;
      for (const value of valuesOf(object)) {
        const keys = index.get(value);
        keys?.delete(key);
        if (keys?.size === 0) index.delete(value);
      }
    }
  }
}
