import type { Pod, Service } from '../../api/types/core-v1.ts';
import { keyOf } from '../../client/index.ts';
import { type ControllerContext, newQueue, runQueue } from '../shared/context.ts';
import { selects } from './endpoints-of.ts';

/** What both endpoint controllers share: a service is looked at when it changes, or when a pod it selects does. */
export async function runServiceLoop(
  context: ControllerContext,
  name: string,
  signal: AbortSignal,
  reconcile: (key: string, service: Service | undefined, pods: readonly Pod[]) => Promise<void>,
  wire?: (enqueue: (key: string) => void) => void,
): Promise<void> {
  const { services, pods } = context.informers;
  const queue = newQueue(context);
  const enqueueService = (service: Service) => queue.add(keyOf(service));
  services.addHandlers({ added: enqueueService, updated: enqueueService, deleted: enqueueService });
  const enqueueSelecting = (pod: Pod) => {
    for (const service of services.byIndex('namespace', pod.metadata?.namespace ?? '')) {
      if (selects(service, pod)) enqueueService(service);
    }
  };
  pods.addHandlers({
    added: enqueueSelecting,
    updated(pod, old) {
      enqueueSelecting(pod);
      // Labels that changed may have taken it away from a service.
      if (JSON.stringify(old.metadata?.labels) !== JSON.stringify(pod.metadata?.labels))
        enqueueSelecting(old);
    },
    deleted: enqueueSelecting,
  });
  wire?.((key) => queue.add(key));
  await runQueue(
    context,
    name,
    queue,
    async (key) => {
      const service = services.get(key);
      const candidates =
        service === undefined ? [] : pods.byIndex('namespace', service.metadata?.namespace ?? '');
      await reconcile(key, service, candidates);
      return undefined;
    },
    signal,
  );
}
