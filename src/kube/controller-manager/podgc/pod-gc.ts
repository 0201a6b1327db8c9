import { whenAborted } from '../../../lib/abort.ts';
import { errorMessage } from '../../../lib/errors.ts';
import { hasEnded, isTerminating } from '../../api/pods.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import { isNotFound, ResourceClient } from '../../client/index.ts';
import { type Controller, gvr } from '../shared/context.ts';

const periodMs = 20_000;
/** So many ended pods may stay for a person to look at (--terminated-pod-gc-threshold). */
const keepEnded = 12_500;

export interface Garbage {
  readonly pod: Pod;
  readonly why: string;
}

/** Pods nobody will ever end: their node is gone, or they never had one; and ended ones beyond the threshold. */
export function findGarbage(
  pods: readonly Pod[],
  nodeExists: (name: string) => boolean,
  threshold = keepEnded,
): readonly Garbage[] {
  const orphaned = pods
    .filter(({ spec }) => spec?.nodeName && !nodeExists(spec.nodeName))
    .map((pod) => ({ pod, why: 'its node is gone' }));
  const unscheduled = pods
    .filter((pod) => isTerminating(pod) && !pod.spec?.nodeName)
    .map((pod) => ({ pod, why: 'it was deleted before it had a node' }));
  const ended = pods.filter(hasEnded).sort((a, b) => created(a).localeCompare(created(b)));
  const surplus = ended
    .slice(0, Math.max(0, ended.length - threshold))
    .map((pod) => ({ pod, why: 'too many pods have ended' }));
  return [...orphaned, ...unscheduled, ...surplus];
}

const created = ({ metadata }: Pod) => metadata?.creationTimestamp ?? '';

/** Models pkg/controller/podgc. */
export const podGarbageCollector: Controller = {
  name: 'pod-garbage-collector',
  async run(context, signal) {
    const rest = await context.clientFor(this.name);
    const pods = new ResourceClient<Pod>(rest, gvr.pods);
    const { informers, clock, logger } = context;
    /** A node that is not in the local copy may only not be there yet: it must be missing twice in a row. */
    let suspects = new Set<string>();
    const stop = clock.every(periodMs, () => {
      const garbage = findGarbage(informers.pods.list(), (name) => informers.nodes.get(name) !== undefined);
      const confirmed = garbage.filter(({ pod }) => suspects.has(pod.metadata?.uid ?? ''));
      suspects = new Set(garbage.map(({ pod }) => pod.metadata?.uid ?? ''));
      for (const { pod, why } of confirmed) {
        const { name = '', namespace } = pod.metadata ?? {};
        logger.info('PodGC is force deleting Pod', { pod: `${namespace}/${name}`, why });
        pods
          .in(namespace)
          .delete(name, { gracePeriodSeconds: 0 })
          .catch((error: unknown) => {
            if (!isNotFound(error))
              logger.warning('cannot delete', { pod: `${namespace}/${name}`, err: errorMessage(error) });
          });
      }
    });
    await whenAborted(signal);
    stop();
  },
};
