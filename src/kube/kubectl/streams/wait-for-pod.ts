import type { Pod } from '../../api/types/core-v1.ts';
import { StatusError } from '../../client/errors.ts';
import type { ApiList } from '../../client/objects.ts';
import { resourcePath } from '../../client/resource-client.ts';
import { decodeWatchStream } from '../../client/watch.ts';
import type { Session } from '../cli/command.ts';
import { KubectlError } from '../cli/errors.ts';

export const pods = { group: '', version: 'v1', resource: 'pods' } as const;

/**
 * The first pod of those that the query finds, as it is or as it becomes, that satisfies. Throws KubectlError when none
 * does in time (0 waits as long as it takes), StatusError when a pod is deleted meanwhile.
 */
export async function waitForPod(
  session: Session,
  namespace: string | undefined,
  query: { readonly fieldSelector?: string; readonly labelSelector?: string },
  timeoutMs: number,
  satisfies: (pod: Pod) => boolean,
): Promise<Pod> {
  const limit = new AbortController();
  const cancel = timeoutMs > 0 ? session.clock.after(timeoutMs, () => limit.abort()) : () => undefined;
  try {
    for (;;) {
      const found = await lookAndWatch(session, namespace, query, limit.signal, satisfies);
      // The server ends a watch now and then: look again.
      if (found !== undefined) return found;
    }
  } catch (error) {
    if (limit.signal.aborted) throw new KubectlError('timed out waiting for the condition');
    throw error;
  } finally {
    cancel();
  }
}

async function lookAndWatch(
  session: Session,
  namespace: string | undefined,
  query: { readonly fieldSelector?: string; readonly labelSelector?: string },
  limit: AbortSignal,
  satisfies: (pod: Pod) => boolean,
): Promise<Pod | undefined> {
  const cluster = session.cluster();
  const path = resourcePath(pods, namespace ?? cluster.namespace);
  const signal = AbortSignal.any([session.signal, limit]);
  const list = await cluster.request<ApiList<Pod>>('GET', path, { query, signal });
  const present = list.items.find(satisfies);
  if (present !== undefined) return present;
  const { resourceVersion } = list.metadata;
  const { body } = await cluster.streamOrThrow('GET', path, {
    query: { ...query, watch: true, ...(resourceVersion !== undefined && { resourceVersion }) },
    signal,
  });
  try {
    for await (const { type, object } of decodeWatchStream<Pod>(body)) {
      if (type === 'DELETED') throw notFound(object.metadata.name ?? '');
      if ((type === 'ADDED' || type === 'MODIFIED') && satisfies(object)) return object;
    }
  } finally {
    body.destroy();
  }
  signal.throwIfAborted();
  return undefined;
}

const notFound = (name: string) =>
  new StatusError(404, { reason: 'NotFound', message: `pods ${JSON.stringify(name)} not found` });
