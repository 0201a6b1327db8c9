import { hasEnded, isReady, isTerminating, readyCondition } from '../../api/pods.ts';
import type { Pod } from '../../api/types/core-v1.ts';

/** Counts for its owner: neither ended nor on its way out. */
export const isActive = (pod: Pod) => !isTerminating(pod) && !hasEnded(pod);

/** Ready for at least this long; how long it still takes is told by {@link availableInMs}. */
export function isAvailable(pod: Pod, minReadySeconds: number, nowMs: number): boolean {
  return isReady(pod) && availableInMs(pod, minReadySeconds, nowMs) <= 0;
}

/** Milliseconds until a ready pod has been ready for so long; 0 or less when it has. */
export function availableInMs(pod: Pod, minReadySeconds: number, nowMs: number): number {
  const since = Date.parse(readyCondition(pod)?.lastTransitionTime ?? '');
  return Number.isNaN(since) || minReadySeconds === 0 ? 0 : since + minReadySeconds * 1000 - nowMs;
}
