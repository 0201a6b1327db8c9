import type { Namespace } from '../../api/types/core-v1.ts';
import { isNotFound, keyOf, ResourceClient, type RestClient, StatusError } from '../../client/index.ts';
import { type Controller, gvr, newQueue, runQueue } from '../shared/context.ts';
import { discoverDeletable } from '../shared/discovery.ts';

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
        if ((await emptyNamespace(rest, name)) > 0) return againMs;
        await finalize(rest, namespaces, name);
        return undefined;
      },
      signal,
      2,
    );
  },
};

/** Deletes everything in it; resolves to the number of objects that are still there. */
async function emptyNamespace(rest: RestClient, namespace: string): Promise<number> {
  let remaining = 0;
  for (const resource of await discoverDeletable(rest)) {
    if (!resource.namespaced) continue;
    const client = new ResourceClient<object>(rest, resource, namespace);
    const before = await client.list();
    if (before.items.length === 0) continue;
    await client.deleteCollection({ propagationPolicy: 'Background' });
    remaining += (await client.list()).items.length;
  }
  return remaining;
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
