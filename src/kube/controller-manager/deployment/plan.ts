import type { Deployment, ReplicaSet } from '../../api/types/apps-v1.ts';

/** `25%` of something, or a plain number; percentages round up for surge and down for unavailability. */
function resolve(
  value: string | number | undefined,
  total: number,
  round: (value: number) => number,
): number {
  if (value === undefined) return round(total * 0.25);
  if (typeof value === 'number') return value;
  const percent = /^(\d+)%$/.exec(value);
  return percent === null ? Number(value) || 0 : round((total * Number(percent[1])) / 100);
}

export interface Bounds {
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

/** How many pods there may be too many, and too few, during a rolling update; never both none. */
export function bounds(deployment: Deployment): Bounds {
  const desired = deployment.spec?.replicas ?? 1;
  const rolling = deployment.spec?.strategy?.rollingUpdate;
  const maxSurge = resolve(rolling?.maxSurge, desired, Math.ceil);
  const maxUnavailable = resolve(rolling?.maxUnavailable, desired, Math.floor);
  return {
    maxSurge,
    maxUnavailable: maxSurge === 0 && maxUnavailable === 0 ? 1 : Math.min(maxUnavailable, desired),
  };
}

const wanted = (set: ReplicaSet) => set.spec?.replicas ?? 1;
const sum = (sets: readonly ReplicaSet[], of: (set: ReplicaSet) => number) =>
  sets.reduce((total, set) => total + of(set), 0);
const available = (set: ReplicaSet) => set.status?.availableReplicas ?? 0;

export interface Scaling {
  readonly set: ReplicaSet;
  readonly replicas: number;
}

export const byAge = (a: ReplicaSet, b: ReplicaSet) => {
  const [left, right] = [a.metadata?.creationTimestamp ?? '', b.metadata?.creationTimestamp ?? ''];
  return left === right
    ? (a.metadata?.name ?? '') < (b.metadata?.name ?? '')
      ? -1
      : 1
    : left < right
      ? -1
      : 1;
};

/**
 * The next steps of a rolling update: the new set grows as far as the surge allows, the old ones shrink as far as enough
 * pods stay available; sick pods of old sets go first, for they serve nobody. Models deployment/rolling.go.
 */
export function planRollingUpdate(
  deployment: Deployment,
  newSet: ReplicaSet,
  oldSets: readonly ReplicaSet[],
): Scaling[] {
  const desired = deployment.spec?.replicas ?? 1;
  const { maxSurge, maxUnavailable } = bounds(deployment);
  const total = wanted(newSet) + sum(oldSets, wanted);

  // As upstream, one step at a time: the old sets shrink only on a later look, when the new pods have been counted.
  const grown = newSetSize(deployment, newSet, total, desired + maxSurge);
  if (grown !== wanted(newSet)) return [{ set: newSet, replicas: grown }];

  if (sum(oldSets, wanted) === 0) return [];
  const minimumAvailable = desired - maxUnavailable;
  const newUnavailable = wanted(newSet) - available(newSet);
  let removable = total - minimumAvailable - newUnavailable;
  if (removable <= 0) return [];

  const scalings = new Map<ReplicaSet, number>();
  const sizeOf = (set: ReplicaSet) => scalings.get(set) ?? wanted(set);
  const ordered = [...oldSets].sort(byAge);
  for (const set of ordered) {
    const sick = Math.min(removable, wanted(set) - available(set));
    if (sick <= 0) continue;
    scalings.set(set, wanted(set) - sick);
    removable -= sick;
  }
  let spare = sum([newSet, ...oldSets], available) - minimumAvailable;
  for (const set of ordered) {
    const cut = Math.min(spare, sizeOf(set));
    if (cut <= 0) continue;
    scalings.set(set, sizeOf(set) - cut);
    spare -= cut;
  }
  return [...scalings].map(([set, replicas]) => ({ set, replicas }));
}

function newSetSize(deployment: Deployment, newSet: ReplicaSet, total: number, ceiling: number): number {
  const desired = deployment.spec?.replicas ?? 1;
  const current = wanted(newSet);
  if (current > desired) return desired;
  return current + Math.max(0, Math.min(ceiling - total, desired - current));
}

/** Recreate: everything old goes before anything new comes. */
export function planRecreate(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
  oldSets: readonly ReplicaSet[],
  oldPodsRemain: boolean,
): Scaling[] {
  const shrinking = oldSets.filter((set) => wanted(set) > 0).map((set) => ({ set, replicas: 0 }));
  if (shrinking.length > 0) return shrinking;
  const desired = deployment.spec?.replicas ?? 1;
  if (oldPodsRemain || newSet === undefined || wanted(newSet) === desired) return [];
  return [{ set: newSet, replicas: desired }];
}

/**
 * A deployment that is scaled in the middle of a rollout (or while paused) spreads the difference over its sets in
 * proportion to their size. Models deployment/util GetProportion and sync.go scale.
 */
export function planProportional(
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  ceiling: number,
): Scaling[] {
  const active = sets.filter((set) => wanted(set) > 0);
  const desired = deployment.spec?.replicas ?? 1;
  if (active.length <= 1) {
    const only = active[0] ?? [...sets].sort(byAge).at(-1);
    return only === undefined || wanted(only) === desired ? [] : [{ set: only, replicas: desired }];
  }
  const total = sum(active, wanted);
  const difference = (desired > 0 ? ceiling : 0) - total;
  if (difference === 0) return [];
  const ordered = [...active].sort(
    (a, b) => wanted(b) - wanted(a) || (difference > 0 ? byAge(b, a) : byAge(a, b)),
  );
  const sizes = ordered.map((set) => ({
    set,
    replicas: Math.max(0, wanted(set) + Math.trunc((difference * wanted(set)) / total)),
  }));
  // What rounding left over goes to the largest.
  const rest = total + difference - sizes.reduce((count, { replicas }) => count + replicas, 0);
  sizes[0]!.replicas = Math.max(0, sizes[0]!.replicas + rest);
  return sizes.filter(({ set, replicas }) => wanted(set) !== replicas);
}
