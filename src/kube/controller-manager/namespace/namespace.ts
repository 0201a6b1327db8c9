import { isDeepStrictEqual } from 'node:util';
import type { Namespace } from '../../api/types/core-v1.ts';
import type { ObjectMeta } from '../../api/types/meta-v1.ts';
import { isNotFound, keyOf, ResourceClient, type RestClient, StatusError } from '../../client/index.ts';
import { type Controller, gvr, newQueue, runQueue, timestamp } from '../shared/context.ts';
import { discoverDeletable } from '../shared/discovery.ts';
import { deletionConditions, type Remains } from './conditions.ts';

/** Pods end gracefully; what remains is looked at again after this long. */
const againMs = 1000;

/**
 * Empties a namespace that is being deleted, then takes the finalizer `kubernetes` off, which lets it go. Which kinds
 * there are is asked from discovery, so that kinds of extensions are emptied too. Models pkg/controller/namespace.
 */
export const namespaceController: Controller = {
  name: 'namespace-controller',
  async run(context, signal) {
    const rest = await context.clientFor(this.name);
    const namespaces = new ResourceClient<Namespace>(rest, gvr.namespaces);
    const queue = newQueue(context);
    const enqueue = (namespace: Namespace) => {
      if (namespace.metadata?.deletionTimestamp !== undefined) queue.add(keyOf(namespace));
    };
    context.informers.namespaces.addHandlers({ added: enqueue, updated: enqueue });
    await runQueue(
      context,
      this.name,
      queue,
      async (name) => {
        const namespace = context.informers.namespaces.get(name);
        if (namespace?.metadata?.deletionTimestamp === undefined) return undefined;
        if (!(namespace.spec?.finalizers ?? []).includes('kubernetes')) return undefined;
        const remains = await emptyNamespace(rest, name);
        if (remains.objects.size === 0) {
          await finalize(rest, namespaces, name);
          return undefined;
        }
        const old = namespace.status?.conditions ?? [];
        const conditions = deletionConditions(old, remains, timestamp(context.clock));
        if (!isDeepStrictEqual(conditions, old))
          await namespaces.updateStatus({ ...namespace, status: { ...namespace.status, conditions } });
        return againMs;
      },
      signal,
      2,
    );
  },
};

/** Deletes everything in it; resolves to what is still there. */
async function emptyNamespace(rest: RestClient, namespace: string): Promise<Remains> {
  const objects = new Map<string, number>();
  const finalizers = new Map<string, number>();
  for (const resource of await discoverDeletable(rest)) {
    if (!resource.namespaced) continue;
    const client = new ResourceClient<{ readonly metadata?: ObjectMeta }>(rest, resource, namespace);
    const before = await client.list();
    if (before.items.length === 0) continue;
    await client.deleteCollection({ propagationPolicy: 'Background' });
    const { items } = await client.list();
    if (items.length > 0) objects.set(`${resource.resource}.${resource.group}`, items.length);
    for (const name of items.flatMap(({ metadata }) => metadata?.finalizers ?? []))
      finalizers.set(name, (finalizers.get(name) ?? 0) + 1);
  }
  return { objects, finalizers };
}

async function finalize(
  rest: RestClient,
  namespaces: ResourceClient<Namespace>,
  name: string,
): Promise<void> {
  try {
    const current = await namespaces.get(name);
    const finalizers = (current.spec?.finalizers ?? []).filter((finalizer) => finalizer !== 'kubernetes');
    const body = { ...current, spec: { ...current.spec, finalizers } };
    await rest.request('PUT', `/api/v1/namespaces/${name}/finalize`, { body });
  } catch (error) {
    // Gone already, or changed meanwhile: the watch brings it back if there is something left to do.
    if (!isNotFound(error) && !(error instanceof StatusError && error.code === 409)) throw error;
  }
}
