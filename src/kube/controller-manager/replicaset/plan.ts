import { isReady, readyCondition } from '../../api/pods.ts';
import type { ReplicaSet, ReplicaSetStatus } from '../../api/types/apps-v1.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import { isAvailable } from '../shared/pods.ts';

/** As many at a time: a quota or a broken admission shall not be hit by hundreds of requests. */
const burstReplicas = 500;

export type ScalePlan = { readonly create: number } | { readonly remove: readonly Pod[] };

/** How to come from the pods there are to the number wanted. Models replica_set.go manageReplicas. */
export function planScale(replicaSet: ReplicaSet, active: readonly Pod[]): ScalePlan {
  const difference = active.length - (replicaSet.spec?.replicas ?? 1);
  if (difference < 0) return { create: Math.min(-difference, burstReplicas) };
  return { remove: byDispensability(active).slice(0, Math.min(difference, burstReplicas)) };
}

const deletionCost = 'controller.kubernetes.io/pod-deletion-cost';
const phaseRank: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/** Those one would miss the least first. Models controller_utils.go ActivePodsWithRanks. */
export function byDispensability(pods: readonly Pod[]): Pod[] {
  const perNode = new Map<string, number>();
  for (const { spec } of pods)
    perNode.set(spec?.nodeName ?? '', (perNode.get(spec?.nodeName ?? '') ?? 0) + 1);
  const readySince = (pod: Pod) => readyCondition(pod)?.lastTransitionTime ?? '';
  const restarts = (pod: Pod) =>
    Math.max(0, ...(pod.status?.containerStatuses ?? []).map(({ restartCount }) => restartCount));
  const rank: readonly ((pod: Pod) => number | string)[] = [
    (pod) => (pod.spec?.nodeName ? 1 : 0),
    (pod) => phaseRank[pod.status?.phase ?? 'Pending'] ?? 1,
    (pod) => (isReady(pod) ? 1 : 0),
    (pod) => Number(pod.metadata?.annotations?.[deletionCost] ?? 0),
    // Where several of them share a node, one of those goes.
    (pod) => -(perNode.get(pod.spec?.nodeName ?? '') ?? 0),
    (pod) => invert(readySince(pod)),
    (pod) => -restarts(pod),
    (pod) => invert(pod.metadata?.creationTimestamp ?? ''),
  ];
  return [...pods].sort((a, b) => {
    for (const key of rank) {
      const [left, right] = [key(a), key(b)];
      if (left !== right) return left < right ? -1 : 1;
    }
    return 0;
  });
}

/** The younger first. */
const invert = (time: string) => -(Date.parse(time) || 0);

/** The status that the pods amount to. */
export function statusOf(
  replicaSet: ReplicaSet,
  active: readonly Pod[],
  failure: string | undefined,
  now: { readonly ms: number; readonly text: string },
): ReplicaSetStatus {
  const templateLabels = Object.entries(replicaSet.spec?.template?.metadata?.labels ?? {});
  const minReadySeconds = replicaSet.spec?.minReadySeconds ?? 0;
  const conditions = (replicaSet.status?.conditions ?? []).filter(({ type }) => type !== 'ReplicaFailure');
  const failed = {
    type: 'ReplicaFailure',
    status: 'True',
    reason: 'FailedCreate',
    message: failure ?? '',
    lastTransitionTime: now.text,
  };
  const all = failure === undefined ? conditions : [...conditions, failed];
  return {
    replicas: active.length,
    fullyLabeledReplicas: active.filter((pod) =>
      templateLabels.every(([key, value]) => pod.metadata?.labels?.[key] === value),
    ).length,
    readyReplicas: active.filter(isReady).length,
    availableReplicas: active.filter((pod) => isAvailable(pod, minReadySeconds, now.ms)).length,
    observedGeneration: replicaSet.metadata?.generation ?? 0,
    ...(all.length > 0 && { conditions: all }),
  };
}
