import type { Pod } from '../../api/types/core-v1.ts';

export const isTerminating = (pod: Pod) => pod.metadata?.deletionTimestamp !== undefined;
export const hasEnded = (pod: Pod) => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
/** Counts for its owner: neither ended nor on its way out. */
export const isActive = (pod: Pod) => !isTerminating(pod) && !hasEnded(pod);

const readyCondition = (pod: Pod) => pod.status?.conditions?.find(({ type }) => type === 'Ready');

export const isReady = (pod: Pod) => readyCondition(pod)?.status === 'True';

/** Ready for at least this long; how long it still takes is told by {@link availableInMs}. */
export function isAvailable(pod: Pod, minReadySeconds: number, nowMs: number): boolean {
  return isReady(pod) && availableInMs(pod, minReadySeconds, nowMs) <= 0;
}

export function availableInMs(pod: Pod, minReadySeconds: number, nowMs: number): number {
  const since = Date.parse(readyCondition(pod)?.lastTransitionTime ?? '');
  return Number.isNaN(since) || minReadySeconds === 0 ? 0 : since + minReadySeconds * 1000 - nowMs;
}
