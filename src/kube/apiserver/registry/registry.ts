import type { Clock } from '../../../lib/clock.ts';
import { LabError } from '../../../lib/errors.ts';
import type { Logger } from '../../../lib/log.ts';
import type { ResourceInfo } from '../../api/resources.ts';
import type { Machinery } from '../machinery.ts';
import type { KubeObject, ObjectReader, ObjectWriter, UserInfo } from '../request.ts';
import type { TransformerFor } from '../storage/encryption-config.ts';
import type { EtcdPort } from '../storage/etcd-port.ts';
import type { KeySpace } from '../storage/keys.ts';
import { Storage } from '../storage/storage.ts';
import { Cacher } from '../watch/cacher.ts';
import type { NameSource } from './names.ts';
import { ResourceStore } from './resource-store.ts';
import type { Strategy } from './strategy.ts';

export interface RegistryOptions {
  readonly etcd: EtcdPort;
  readonly keys: KeySpace;
  readonly machinery: Machinery;
  readonly transformerFor: TransformerFor;
  readonly strategyFor: (resource: ResourceInfo) => Strategy;
  readonly clock: Clock;
  readonly log: Logger;
  readonly names: NameSource;
  /** --event-ttl in seconds. */
  readonly eventTtlSeconds: number;
}

/** The server itself, in its own requests: past authorization, as upstream's loopback client. */
export const loopbackUser: UserInfo = { username: 'system:apiserver', groups: ['system:masters'] };

/** All stores, one a folder of etcd: the versions of a resource share one. */
export class Registry {
  readonly cacher: Cacher;
  readonly etcd: EtcdPort;
  readonly keys: KeySpace;
  readonly #options: RegistryOptions;
  readonly #stores = new Map<string, ResourceStore>();

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.etcd = options.etcd;
    this.keys = options.keys;
    const storages = new Map<string, Storage>();
    const storedResources = options.machinery.resources.filter(({ keyPrefix }) => keyPrefix !== '');
    for (const resource of storedResources) {
      const folder = options.keys.folder(resource);
      if (storages.has(folder)) continue;
      const transformer = options.transformerFor(resource.group, resource.plural);
      storages.set(folder, new Storage(options.etcd, transformer, () => options.clock.now()));
    }
    this.cacher = new Cacher({
      etcd: options.etcd,
      clock: options.clock,
      log: options.log,
      folderOf: (key) => options.keys.folderOf(key),
      decode: (folder, kv) => storages.get(folder)?.decode(kv),
    });
    for (const resource of storedResources) {
      const folder = options.keys.folder(resource);
      if (this.#stores.has(folder)) continue;
      const isEvent = resource.plural === 'events';
      this.#stores.set(
        folder,
        new ResourceStore({
          resource,
          cache: this.cacher.cache(folder),
          storage: storages.get(folder)!,
          keys: options.keys,
          strategy: options.strategyFor(resource),
          clock: options.clock,
          names: options.names,
          ...(isEvent ? { writeOptions: { ttlSeconds: options.eventTtlSeconds } } : {}),
        }),
      );
    }
  }

  store(resource: ResourceInfo): ResourceStore {
    const store = this.#stores.get(this.keys.folder(resource));
    if (store === undefined) throw new LabError(`${resource.plural} are not stored`);
    return store;
  }

  /** The store of a resource by its names. */
  storeOf(group: string, plural: string): ResourceStore {
    const resource = this.#options.machinery.resources.find(
      (one) => one.group === group && one.plural === plural && one.keyPrefix !== '',
    );
    if (resource === undefined)
      throw new LabError(`there is no resource ${plural} in group ${JSON.stringify(group)}`);
    return this.store(resource);
  }

  counts(): (readonly [resource: string, count: number])[] {
    return [...this.#stores].map(([, { resource, cache }]) => {
      const name = resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
      return [name, cache.size] as const;
    });
  }

  /** From the watch cache. Objects are shared: readers must not change them. */
  readonly reader: ObjectReader = {
    get: async (group, resource, namespace, name) => {
      const store = this.storeOf(group, resource);
      return store.cache.get(store.key(namespace, name))?.object;
    },
    list: async (group, resource, namespace = '') => {
      const store = this.storeOf(group, resource);
      return store.cache.list(store.prefix(namespace)).map(({ object }) => object);
    },
  };

  /** Defaults are applied; admission and authorization are not asked. */
  readonly writer: ObjectWriter = {
    create: async (group, resource, namespace, object) => {
      const store = this.storeOf(group, resource);
      const own = this.#ownCopy(store, namespace, object);
      const stored = await store.create(own, { user: loopbackUser, dryRun: false });
      return stored.copy();
    },
    update: async (group, resource, namespace, object) => {
      const store = this.storeOf(group, resource);
      const { stored } = await store.update(namespace, object.metadata.name ?? '', {
        user: loopbackUser,
        dryRun: false,
        subresource: '',
        transform: async () => this.#ownCopy(store, namespace, object),
      });
      return stored.copy();
    },
  };

  #ownCopy(store: ResourceStore, namespace: string, object: KubeObject): KubeObject {
    const own = structuredClone(object);
    if (store.resource.namespaced) own.metadata.namespace = namespace;
    this.#options.machinery.applyDefaults(own);
    return own;
  }
}
