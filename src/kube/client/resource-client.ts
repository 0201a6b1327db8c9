import { type StatusBody, StatusError, statusErrorOf } from './errors.ts';
import type { ApiList, ApiObject } from './objects.ts';
import { type Query, type RestClient, readAll } from './rest-client.ts';
import { decodeWatchStream, type WatchEvent } from './watch.ts';

/** Where a resource lives: the group ('' is core), its version and its plural name. */
export interface GroupVersionResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

export interface ListOptions {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: string;
  readonly signal?: AbortSignal;
}

export interface WatchOptions extends ListOptions {
  readonly allowWatchBookmarks?: boolean;
  readonly timeoutSeconds?: number;
}

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: readonly string[];
}

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

const patchContentTypes: Readonly<Record<PatchType, string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

/** `/api/v1/namespaces/default/pods/web/log` and the like. */
export function resourcePath(
  gvr: GroupVersionResource,
  namespace?: string,
  name?: string,
  subresource?: string,
): string {
  const parts = gvr.group === '' ? ['/api', gvr.version] : ['/apis', gvr.group, gvr.version];
  if (namespace !== undefined && namespace !== '') parts.push('namespaces', encodeURIComponent(namespace));
  parts.push(gvr.resource);
  if (name !== undefined) parts.push(encodeURIComponent(name));
  if (subresource !== undefined) parts.push(subresource);
  return parts.join('/');
}

/** The verbs on one resource, in one namespace or (undefined) in all of them or outside of any. */
export class ResourceClient<T extends ApiObject> {
  readonly #rest: RestClient;
  readonly gvr: GroupVersionResource;
  readonly namespace: string | undefined;

  constructor(rest: RestClient, gvr: GroupVersionResource, namespace?: string) {
    this.#rest = rest;
    this.gvr = gvr;
    this.namespace = namespace;
  }

  /** The same resource in a namespace. */
  in(namespace: string | undefined): ResourceClient<T> {
    return new ResourceClient<T>(this.#rest, this.gvr, namespace);
  }

  get(name: string, options: { readonly signal?: AbortSignal } = {}): Promise<T> {
    return this.#rest.request('GET', this.#path(name), options);
  }

  list(options: ListOptions = {}): Promise<ApiList<T>> {
    const { signal, ...query } = options;
    return this.#rest.request('GET', this.#path(), { query: { ...query }, ...(signal && { signal }) });
  }

  create(object: T, query: Query = {}): Promise<T> {
    return this.#rest.request('POST', this.#path(), { body: object, query });
  }

  /** POST to a subresource such as binding, eviction or token. */
  createSubresource<R>(name: string, subresource: string, body: unknown): Promise<R> {
    return this.#rest.request('POST', this.#path(name, subresource), { body });
  }

  update(object: T): Promise<T> {
    return this.#rest.request('PUT', this.#path(object.metadata?.name), { body: object });
  }

  updateStatus(object: T): Promise<T> {
    return this.#rest.request('PUT', this.#path(object.metadata?.name, 'status'), { body: object });
  }

  patch(
    name: string,
    patch: unknown,
    type: PatchType = 'merge',
    subresource?: string,
    query: Query = {},
  ): Promise<T> {
    return this.#rest.request('PATCH', this.#path(name, subresource), {
      body: patch,
      contentType: patchContentTypes[type],
      query,
    });
  }

  delete(name: string, options: DeleteOptions = {}): Promise<unknown> {
    return this.#rest.request('DELETE', this.#path(name), {
      body: { kind: 'DeleteOptions', apiVersion: 'v1', ...options },
    });
  }

  deleteCollection(options: ListOptions & DeleteOptions = {}): Promise<unknown> {
    const { labelSelector, fieldSelector, ...body } = options;
    return this.#rest.request('DELETE', this.#path(), {
      query: { labelSelector, fieldSelector },
      body: { kind: 'DeleteOptions', apiVersion: 'v1', ...body },
    });
  }

  /** Events until the server ends the watch or the signal aborts. Throws StatusError when it is refused (410: list again). */
  async *watch(options: WatchOptions = {}): AsyncGenerator<WatchEvent<T>> {
    const { signal, ...query } = options;
    const response = await this.#rest.stream('GET', this.#path(), {
      query: { ...query, watch: true },
      ...(signal && { signal }),
    });
    if (response.status >= 400) throw statusErrorOf(response.status, await readAll(response.body));
    try {
      for await (const event of decodeWatchStream<T>(response.body)) {
        if (event.type === 'ERROR') {
          const status = event.object as StatusBody;
          throw new StatusError(status.code ?? 500, status);
        }
        yield event;
      }
    } finally {
      response.body.destroy();
    }
  }

  #path(name?: string, subresource?: string): string {
    return resourcePath(this.gvr, this.namespace, name, subresource);
  }
}
