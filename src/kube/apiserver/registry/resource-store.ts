import type { Clock } from '../../../lib/clock.ts';
import type { ResourceInfo } from '../../api/resources.ts';
import type { ManagedFieldsEntry } from '../../api/types/meta-v1.ts';
import type { KubeObject, UserInfo } from '../request.ts';
import { alreadyExists, internalError, notFound } from '../status-errors.ts';
import type { KeySpace } from '../storage/keys.ts';
import type { Storage, WriteOptions } from '../storage/storage.ts';
import { encodeObject, StoredObject } from '../storage/stored-object.ts';
import type { ResourceCache } from '../watch/resource-cache.ts';
import { applyUpdateRules, fillNewMetadata, groupResource } from './before-write.ts';
import { checkPreconditions, type DeleteOptions, deletionStep, goesAfterUpdate } from './deletion.ts';
import type { NameSource } from './names.ts';
import { nothingToUndo, type Strategy, type StrategyContext } from './strategy.ts';

export interface WriteRequest {
  readonly user: UserInfo;
  readonly dryRun: boolean;
  /** Mutating admission; may change the object in place. */
  readonly mutate?: (object: KubeObject, old: KubeObject | undefined) => Promise<void>;
  /** Writes down who owns which field, when mutating admission is done; `sent` are the managedFields of the request. */
  readonly manageFields?: (
    object: KubeObject,
    old: KubeObject | undefined,
    sent: ManagedFieldsEntry[] | undefined,
  ) => void;
  /** Validation and validating admission of the final object; throws to refuse. */
  readonly validate?: (object: KubeObject, old: KubeObject | undefined) => Promise<void>;
}

export interface UpdateRequest extends WriteRequest {
  readonly subresource: string;
  /** The new object from the newest one; called again after a conflict. Undefined when there is none. */
  readonly transform: (current: KubeObject | undefined) => Promise<KubeObject>;
  /** A PUT may create. */
  readonly allowCreate?: boolean;
}

const generateNameAttempts = 8;

/**
 * One resource as upstream's generic registry.Store: the rules all kinds share around the etcd transaction, with a
 * strategy for what is particular. Objects here are always of the storage version.
 */
export class ResourceStore {
  readonly resource: ResourceInfo;
  readonly cache: ResourceCache;
  readonly storage: Storage;
  readonly keys: KeySpace;
  readonly #strategy: Strategy;
  readonly #clock: Clock;
  readonly #names: NameSource;
  readonly #writeOptions: WriteOptions;

  constructor(parts: {
    resource: ResourceInfo;
    cache: ResourceCache;
    storage: Storage;
    keys: KeySpace;
    strategy: Strategy;
    clock: Clock;
    names: NameSource;
    writeOptions?: WriteOptions;
  }) {
    this.resource = parts.resource;
    this.cache = parts.cache;
    this.storage = parts.storage;
    this.keys = parts.keys;
    this.#strategy = parts.strategy;
    this.#clock = parts.clock;
    this.#names = parts.names;
    this.#writeOptions = parts.writeOptions ?? {};
  }

  key(namespace: string, name: string): string {
    return this.keys.key(this.resource, namespace, name);
  }

  /** How the keys of these objects begin: those of a namespace ('' for all), or of one name that a selector asks for. */
  prefix(namespace: string, name = ''): string {
    const folder = this.keys.prefix(this.resource, namespace);
    return this.resource.namespaced && namespace === '' ? folder : folder + name;
  }

  /** `object` must have passed checkAgainstUrl and defaulting. Throws 409 AlreadyExists. */
  async create(object: KubeObject, request: WriteRequest): Promise<StoredObject> {
    const generated = (object.metadata.name ?? '') === '';
    for (let attempt = 1; ; attempt++) {
      const candidate = generated ? structuredClone(object) : object;
      const stored = await this.#createOnce(candidate, request);
      if (stored !== undefined) return stored;
      if (!generated || attempt >= generateNameAttempts) {
        throw alreadyExists(groupResource(this.resource), candidate.metadata.name ?? '');
      }
    }
  }

  async #createOnce(object: KubeObject, request: WriteRequest): Promise<StoredObject | undefined> {
    const context = this.#context(request, '');
    const sent = object.metadata.managedFields;
    fillNewMetadata(this.resource, object, this.#names, context.nowMs);
    this.#strategy.prepareForCreate?.(object, context);
    await request.mutate?.(object, undefined);
    request.manageFields?.(object, undefined, sent);
    await request.validate?.(object, undefined);
    const key = this.key(object.metadata.namespace ?? '', object.metadata.name!);
    if (request.dryRun && (this.cache.get(key) ?? (await this.storage.get(key))) !== undefined)
      return undefined;
    const undo = (await this.#strategy.beginCreate?.(object, context)) ?? nothingToUndo;
    let stored: StoredObject | undefined;
    try {
      stored = request.dryRun
        ? unstored(key, object)
        : await this.storage.create(key, object, this.#writeOptions);
    } finally {
      await undo(stored === undefined || request.dryRun);
    }
    return stored;
  }

  /** Throws 404 unless allowCreate. `created` tells which of the two happened. */
  async update(
    namespace: string,
    name: string,
    request: UpdateRequest,
  ): Promise<{ stored: StoredObject; created: boolean }> {
    const key = this.key(namespace, name);
    const suggestion = this.cache.get(key);
    const context = this.#context(request, request.subresource);
    if (
      suggestion === undefined &&
      request.allowCreate === true &&
      (await this.storage.get(key)) === undefined
    ) {
      const object = await request.transform(undefined);
      return { stored: await this.create(object, request), created: true };
    }
    let dryRunResult: StoredObject | undefined;
    /** The state that nothing holds any longer after this update. */
    let last: KubeObject | undefined;
    let undo = nothingToUndo;
    let written = false;
    try {
      const stored = await this.storage.guaranteedUpdate(
        key,
        suggestion,
        async (current) => {
          if (current === undefined) throw notFound(groupResource(this.resource), name);
          await undo(true);
          undo = nothingToUndo;
          last = undefined;
          const old = current.copy();
          const wanted = await request.transform(current.copy());
          const sent = wanted.metadata.managedFields;
          const object = applyUpdateRules(
            { resource: this.resource, subresource: request.subresource },
            wanted,
            old,
          );
          this.#strategy.prepareForUpdate?.(object, old, context);
          await request.mutate?.(object, old);
          request.manageFields?.(object, old, sent);
          await request.validate?.(object, old);
          if (request.dryRun) {
            dryRunResult = new StoredObject(key, encodeObject(object), current.revision);
            return undefined;
          }
          undo = (await this.#strategy.beginUpdate?.(object, old, context)) ?? nothingToUndo;
          // It is deleted instead of written: nobody may see it without the finalizers that held it.
          if (goesAfterUpdate(object, this.#strategy)) last = object;
          return last === undefined ? object : undefined;
        },
        this.#writeOptions,
      );
      if (stored === undefined) throw internalError(`update of ${key} gave no object`);
      if (dryRunResult !== undefined) return { stored: dryRunResult, created: false };
      written = true;
      if (last === undefined) return { stored, created: false };
      const outcome = await this.storage.delete(key, stored.revision);
      if (!('deletedAt' in outcome)) return await this.update(namespace, name, request);
      await this.#strategy.afterDelete?.(last);
      return { stored: new StoredObject(key, encodeObject(last), outcome.deletedAt), created: false };
    } finally {
      await undo(!written);
    }
  }

  /**
   * Deletes, or marks as being deleted. `removed`: the object is gone; else `stored` is how it stays for now.
   * `validate` runs on the object about to be deleted.
   */
  async delete(
    namespace: string,
    name: string,
    options: DeleteOptions,
    request: WriteRequest,
  ): Promise<{ stored: StoredObject; removed: boolean }> {
    const key = this.key(namespace, name);
    const suggestion = this.cache.get(key);
    let current = suggestion ?? (await this.storage.get(key));
    for (;;) {
      if (current === undefined) throw notFound(groupResource(this.resource), name);
      const object = current.copy();
      try {
        checkPreconditions(this.resource, object, options);
        await request.validate?.(object, object);
      } catch (error) {
        // A refusal by what the cache knew must hold for the newest state too.
        if (current !== suggestion) throw error;
        current = await this.storage.get(key);
        if (current?.revision === suggestion.revision) throw error;
        continue;
      }
      const step = deletionStep(object, options, this.#strategy, this.#clock.now());
      if (request.dryRun) {
        const shown = 'keep' in step ? unstored(key, step.keep) : current;
        return { stored: shown, removed: 'remove' in step };
      }
      if ('keep' in step) {
        const { keep } = step;
        const seen: StoredObject = current;
        let changedMeanwhile = false;
        const stored: StoredObject | undefined = await this.storage.guaranteedUpdate(
          key,
          seen,
          async (now) => {
            changedMeanwhile = now?.revision !== seen.revision;
            return changedMeanwhile ? undefined : keep;
          },
        );
        if (!changedMeanwhile && stored !== undefined) return { stored, removed: false };
        current = stored;
        continue;
      }
      const outcome = await this.storage.delete(key, current.revision);
      if ('deletedAt' in outcome) {
        await this.#strategy.afterDelete?.(object);
        return { stored: current.atRevision(outcome.deletedAt), removed: true };
      }
      current = outcome.current;
    }
  }

  #context({ user, dryRun }: WriteRequest, subresource: string): StrategyContext {
    return { user, dryRun, subresource, nowMs: this.#clock.now() };
  }
}

/** An answer to a dry run: an object without a revision of its own. */
function unstored(key: string, object: KubeObject): StoredObject {
  return new StoredObject(key, encodeObject(object), 0);
}
