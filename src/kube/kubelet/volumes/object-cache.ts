import type { Clock } from '../../../lib/clock.ts';
import type { ConfigMap, Secret } from '../../api/types/core-v1.ts';
import { type ApiObject, isNotFound, ResourceClient, type RestClient } from '../../client/index.ts';
import type { ObjectSource } from '../env/environment.ts';

interface Entry<T> {
  readonly readAt: number;
  readonly object: Promise<T | undefined>;
}

/**
 * ConfigMaps and Secrets that pods of this node use. Read by name, for a kubelet may not list them; an answer serves
 * for `ttlMs`, so that the pods of one Deployment share a request.
 */
export class ObjectCache implements ObjectSource {
  readonly #configMaps: ResourceClient<ConfigMap>;
  readonly #secrets: ResourceClient<Secret>;
  readonly #clock: Clock;
  readonly #ttlMs: number;
  readonly #entries = new Map<string, Entry<unknown>>();

  constructor(rest: RestClient, clock: Clock, ttlMs = 20_000) {
    this.#configMaps = new ResourceClient(rest, { group: '', version: 'v1', resource: 'configmaps' });
    this.#secrets = new ResourceClient(rest, { group: '', version: 'v1', resource: 'secrets' });
    this.#clock = clock;
    this.#ttlMs = ttlMs;
  }

  configMap(namespace: string, name: string): Promise<ConfigMap | undefined> {
    return this.#read(this.#configMaps, namespace, name);
  }

  secret(namespace: string, name: string): Promise<Secret | undefined> {
    return this.#read(this.#secrets, namespace, name);
  }

  /** What a new pod refers to is read anew: it was perhaps made a moment before the pod. */
  forgetNamespace(namespace: string): void {
    for (const key of this.#entries.keys()) if (key.includes(`/${namespace}/`)) this.#entries.delete(key);
  }

  #read<T extends ApiObject>(
    client: ResourceClient<T>,
    namespace: string,
    name: string,
  ): Promise<T | undefined> {
    const key = `${client.gvr.resource}/${namespace}/${name}`;
    const now = this.#clock.now();
    const known = this.#entries.get(key);
    if (known !== undefined && now - known.readAt < this.#ttlMs)
      return known.object as Promise<T | undefined>;
    const object = client
      .in(namespace)
      .get(name)
      .catch((error: unknown) => {
        // What is missing may be made any moment.
        this.#entries.delete(key);
        if (isNotFound(error)) return undefined;
        throw error;
      });
    this.#entries.set(key, { readAt: now, object });
    return object;
  }
}
