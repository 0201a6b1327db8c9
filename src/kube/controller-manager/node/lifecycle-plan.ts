import type { Node, NodeCondition, Pod, Taint } from '../../api/types/core-v1.ts';
import { findCondition } from '../shared/conditions.ts';

const notReadyTaint = 'node.kubernetes.io/not-ready';
const unreachableTaint = 'node.kubernetes.io/unreachable';

/** Taints that follow from conditions: condition, the status that brings the taint, the taint's key. */
const conditionTaints: readonly (readonly [string, string, string])[] = [
  ['Ready', 'False', notReadyTaint],
  ['Ready', 'Unknown', unreachableTaint],
  ['MemoryPressure', 'True', 'node.kubernetes.io/memory-pressure'],
  ['DiskPressure', 'True', 'node.kubernetes.io/disk-pressure'],
  ['PIDPressure', 'True', 'node.kubernetes.io/pid-pressure'],
  ['NetworkUnavailable', 'True', 'node.kubernetes.io/network-unavailable'],
];
const managedKeys = new Set([...conditionTaints.map(([, , key]) => key), 'node.kubernetes.io/unschedulable']);

/** What was seen of a node's life, on this controller's own clock. */
export interface Heartbeat {
  /** The renew time of its lease and the heartbeat of its status, as one text: any change is a sign of life. */
  readonly sign: string;
  readonly seenAtMs: number;
}

export function observeHeartbeat(previous: Heartbeat | undefined, sign: string, nowMs: number): Heartbeat {
  return previous?.sign === sign ? previous : { sign, seenAtMs: nowMs };
}

/** The conditions a node should show once it has been silent for too long; undefined while it is alive. */
export function silentConditions(node: Node, now: string): NodeCondition[] | undefined {
  const types = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];
  const current = node.status?.conditions ?? [];
  const unknown = (type: string): NodeCondition => {
    const old = findCondition(current, type);
    return {
      type,
      status: 'Unknown',
      reason: old === undefined ? 'NodeStatusNeverUpdated' : 'NodeStatusUnknown',
      message:
        old === undefined ? 'Kubelet never posted node status.' : 'Kubelet stopped posting node status.',
      ...(old?.lastHeartbeatTime && { lastHeartbeatTime: old.lastHeartbeatTime }),
      lastTransitionTime: now,
    };
  };
  if (types.every((type) => findCondition(current, type)?.status === 'Unknown')) return undefined;
  return types.map(unknown);
}

/** The taints a node should have. Not-ready and unreachable come twice: to keep new pods away, and to evict old ones. */
export function taintsFor(node: Node, now: string): Taint[] {
  const current = node.spec?.taints ?? [];
  const foreign = current.filter(({ key }) => !managedKeys.has(key));
  const wanted: Taint[] = conditionTaints
    .filter(([type, status]) => findCondition(node.status?.conditions, type)?.status === status)
    .map(([, , key]) => ({ key, effect: 'NoSchedule' }));
  // A node that has not reported at all yet is not ready.
  if (findCondition(node.status?.conditions, 'Ready') === undefined)
    wanted.push({ key: notReadyTaint, effect: 'NoSchedule' });
  if (node.spec?.unschedulable)
    wanted.push({ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' });
  const evicting = wanted
    .filter(
      ({ key }) =>
        (key === notReadyTaint || key === unreachableTaint) &&
        findCondition(node.status?.conditions, 'Ready') !== undefined,
    )
    .map(({ key }) => ({ key, effect: 'NoExecute' }));
  const known = (taint: Taint) =>
    current.find(({ key, effect }) => key === taint.key && effect === taint.effect);
  const stamped = [...wanted, ...evicting].map((taint) => {
    const timeAdded = known(taint)?.timeAdded ?? (taint.effect === 'NoExecute' ? now : undefined);
    return { ...taint, ...(timeAdded && { timeAdded }) };
  });
  return [...foreign, ...stamped];
}

export const sameTaints = (a: readonly Taint[], b: readonly Taint[]) => {
  const text = (taints: readonly Taint[]) =>
    taints
      .map(({ key, value, effect }) => `${key}=${value ?? ''}:${effect}`)
      .sort()
      .join();
  return text(a) === text(b);
};

/**
 * When a pod must leave its node because of NoExecute taints: milliseconds from now, 0 for at once, undefined for
 * never. Each taint needs a toleration, and the shortest tolerationSeconds counts. Models tainteviction.
 */
export function evictionDelayMs(pod: Pod, taints: readonly Taint[], nowMs: number): number | undefined {
  let earliest: number | undefined;
  for (const taint of taints.filter(({ effect }) => effect === 'NoExecute')) {
    const tolerations = (pod.spec?.tolerations ?? []).filter(
      (toleration) =>
        (toleration.effect ?? '') in { '': 1, NoExecute: 1 } &&
        ((toleration.key ?? '') === '' || toleration.key === taint.key) &&
        (toleration.operator === 'Exists' || (toleration.value ?? '') === (taint.value ?? '')),
    );
    if (tolerations.length === 0) return 0;
    const limits = tolerations.flatMap(({ tolerationSeconds }) =>
      tolerationSeconds === undefined ? [] : [tolerationSeconds],
    );
    if (limits.length === 0) continue;
    const since = Date.parse(taint.timeAdded ?? '') || nowMs;
    const left = Math.max(0, since + Math.max(0, Math.min(...limits)) * 1000 - nowMs);
    earliest = earliest === undefined ? left : Math.min(earliest, left);
  }
  return earliest;
}
