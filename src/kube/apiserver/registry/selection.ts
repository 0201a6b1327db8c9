import type { KubeObject } from '../request.ts';
import { badRequest, internalError } from '../status-errors.ts';
import { EtcdCompactedError } from '../storage/etcd-port.ts';
import type { StoredObject } from '../storage/stored-object.ts';
import type { Cacher } from '../watch/cacher.ts';
import {
  decodeContinue,
  encodeContinue,
  expiredContinue,
  tooLargeResourceVersion,
  tooOldResourceVersion,
} from '../watch/continue-token.ts';
import type { ResourceStore } from './resource-store.ts';

/** How long a read waits for the cache to reach the revision it must show. Upstream's figure. */
const freshnessTimeoutMs = 3000;

export interface ListRequest {
  readonly namespace: string;
  /** Where a field selector asks for one name, so that no other object need be looked at; '' for all. */
  readonly name: string;
  readonly matches: ((object: KubeObject) => boolean) | undefined;
  readonly limit: number;
  readonly continueToken: string;
  readonly resourceVersion: string;
  readonly resourceVersionMatch: string;
}

export interface ListResult {
  readonly objects: readonly StoredObject[];
  readonly revision: number;
  readonly continueToken?: string;
  readonly remainingItemCount?: number;
}

/** A resourceVersion from a client. Throws 400 for what is no number. */
export function parseResourceVersion(text: string): number {
  if (text === '' || text === '0') return 0;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw badRequest(
    `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
  );
}

/**
 * Waits until the caches show what etcd held when the call came: a consistent read without reading the objects again.
 * False: the cache is behind (its watch is being mended), and etcd has to be read itself.
 */
async function isFresh(cacher: Cacher): Promise<boolean> {
  return cacher.waitFor(await cacher.currentRevision(), freshnessTimeoutMs);
}

/** As {@link isFresh} for those who read only the cache. Throws 500 when it stays behind. */
export async function waitUntilFresh(cacher: Cacher): Promise<void> {
  if (!(await isFresh(cacher))) throw internalError('the watch cache does not catch up with etcd');
}

async function waitUntilRevision(cacher: Cacher, revision: number): Promise<void> {
  if (!(await cacher.waitFor(revision, freshnessTimeoutMs))) {
    throw tooLargeResourceVersion(revision, cacher.revision);
  }
}

/** GET of one object: '' consistent, '0' from the cache as it is, N at least as new as N. */
export async function readObject(
  cacher: Cacher,
  store: ResourceStore,
  namespace: string,
  name: string,
  resourceVersion: string,
): Promise<StoredObject | undefined> {
  const key = store.key(namespace, name);
  if (resourceVersion === '') {
    if (!(await isFresh(cacher))) return store.storage.get(key);
  } else await waitUntilRevision(cacher, parseResourceVersion(resourceVersion));
  const cached = store.cache.get(key);
  // An object the cache left out because it cannot be read gives its error here.
  return cached ?? (resourceVersion === '' ? store.storage.get(key) : undefined);
}

/** Models pkg/storage/cacher/delegator.go and pkg/storage/etcd3/store.go GetList. */
export async function listObjects(
  cacher: Cacher,
  store: ResourceStore,
  request: ListRequest,
): Promise<ListResult> {
  const { resourceVersion, resourceVersionMatch, continueToken } = request;
  if (continueToken !== '') return listContinued(store, request);
  const prefix = store.prefix(request.namespace, request.name);
  const exact = parseResourceVersion(resourceVersion);
  const tooOld = (): never => {
    throw tooOldResourceVersion(exact, store.cache.floor);
  };
  // A page of a version without a match means just that version, as clients before the match existed expect.
  const isExact = resourceVersionMatch === 'Exact' || (resourceVersionMatch === '' && request.limit > 0);
  if (exact > 0 && isExact) {
    await waitUntilRevision(cacher, exact);
    return listFromEtcd(store, request, { revision: exact, start: prefix }, tooOld);
  }
  if (resourceVersion === '') {
    if (!(await isFresh(cacher))) return listFromEtcd(store, request, { revision: 0, start: prefix }, tooOld);
  } else await waitUntilRevision(cacher, parseResourceVersion(resourceVersion));

  const { limit, matches } = request;
  const revision = cacher.revision;
  const all = store.cache.list(prefix);
  const objects: StoredObject[] = [];
  for (const [index, object] of all.entries()) {
    if (matches !== undefined && !matches(object.object)) continue;
    if (limit > 0 && objects.length === limit) {
      const last = all[index - 1]!;
      return {
        objects,
        revision,
        continueToken: encodeContinue({ revision, start: `${last.key.slice(store.prefix('').length)}\0` }),
        ...(matches === undefined ? { remainingItemCount: all.length - index } : {}),
      };
    }
    objects.push(object);
  }
  return { objects, revision };
}

async function listContinued(store: ResourceStore, request: ListRequest): Promise<ListResult> {
  const token = decodeContinue(request.continueToken);
  if (request.resourceVersion !== '' && request.resourceVersion !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue');
  }
  const start = store.prefix('') + token.start;
  if (!start.startsWith(store.prefix(request.namespace))) {
    throw badRequest(`continue key is not valid: ${token.start}`);
  }
  const revision = Math.max(0, token.revision);
  return listFromEtcd(store, request, { revision, start }, () => {
    throw expiredContinue(token.start);
  });
}

/** The state of an old revision is only in etcd. */
async function listFromEtcd(
  store: ResourceStore,
  request: ListRequest,
  from: { revision: number; start: string },
  onCompacted: () => never,
): Promise<ListResult> {
  const { limit, matches } = request;
  const objects: StoredObject[] = [];
  let { start, revision } = from;
  try {
    for (;;) {
      const page = await store.storage.list(store.prefix(request.namespace), { start, revision, limit });
      revision = page.revision;
      for (const [index, object] of page.objects.entries()) {
        if (matches !== undefined && !matches(object.object)) continue;
        objects.push(object);
        const more = index + 1 < page.objects.length || page.more;
        if (limit > 0 && objects.length === limit && more) {
          return {
            objects,
            revision,
            continueToken: encodeContinue({
              revision,
              start: `${object.key.slice(store.prefix('').length)}\0`,
            }),
            ...(matches === undefined ? { remainingItemCount: page.remaining } : {}),
          };
        }
      }
      const last = page.objects.at(-1);
      if (!page.more || last === undefined) return { objects, revision };
      start = `${last.key}\0`;
    }
  } catch (error) {
    if (error instanceof EtcdCompactedError) return onCompacted();
    throw error;
  }
}
