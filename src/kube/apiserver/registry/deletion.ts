import type { ResourceInfo } from '../../api/resources.ts';
import { apiTime } from '../../api/time.ts';
import type { KubeObject } from '../request.ts';
import { conflict } from '../status-errors.ts';
import { groupResource } from './before-write.ts';
import type { Strategy } from './strategy.ts';

export type PropagationPolicy = 'Background' | 'Foreground' | 'Orphan';

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: PropagationPolicy;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

const orphan = 'orphan';
const foreground = 'foregroundDeletion';

/** The object as it is after the deletion was asked for; undefined: it can go now. */
export type DeletionStep = { readonly keep: KubeObject } | { readonly remove: true };

/** Throws 409 when the object is not the one the client means. */
export function checkPreconditions(resource: ResourceInfo, object: KubeObject, options: DeleteOptions): void {
  const { uid, resourceVersion } = options.preconditions ?? {};
  const refuse = (what: string, wanted: string, found: string | undefined) =>
    conflict(
      groupResource(resource),
      object.metadata.name ?? '',
      `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${found ?? ''}`,
    );
  if (uid !== undefined && uid !== object.metadata.uid) throw refuse('UID', uid, object.metadata.uid);
  if (resourceVersion !== undefined && resourceVersion !== object.metadata.resourceVersion) {
    throw refuse('ResourceVersion', resourceVersion, object.metadata.resourceVersion);
  }
}

/**
 * What a DELETE does to an object: gone at once, or marked with deletionTimestamp because a grace period or finalizers
 * hold it. Pure. Models registry/rest/delete.go and registry/generic/registry/store.go.
 */
export function deletionStep(
  object: KubeObject,
  options: DeleteOptions,
  strategy: Strategy,
  nowMs: number,
): DeletionStep {
  const grace = strategy.gracePeriod?.(object, options.gracePeriodSeconds) ?? 0;
  const finalizers = finalizersFor(object.metadata.finalizers ?? [], options.propagationPolicy);
  const held = finalizers.length > 0 || (strategy.heldBack?.(object) ?? false);
  if (grace === 0 && !held) return { remove: true };

  const { metadata } = object;
  const changed = structuredClone(object);
  const next = changed.metadata;
  if (finalizers.length > 0) next.finalizers = [...finalizers];
  else delete next.finalizers;
  const already = metadata.deletionTimestamp !== undefined;
  const pending = metadata.deletionGracePeriodSeconds ?? 0;
  // A second deletion may hurry the first, never slow it down.
  if (!already || grace < pending) {
    next.deletionTimestamp = apiTime(nowMs + grace * 1000);
    next.deletionGracePeriodSeconds = grace;
    if (next.generation !== undefined) next.generation++;
  }
  strategy.markDeleting?.(changed);
  return { keep: changed };
}

/** The garbage collector's finalizers after a deletion by this policy; without a policy they stay as they are. */
function finalizersFor(current: readonly string[], policy: PropagationPolicy | undefined): readonly string[] {
  if (policy === undefined) return current;
  const others = current.filter((finalizer) => finalizer !== orphan && finalizer !== foreground);
  if (policy === 'Orphan') return [...others, orphan];
  if (policy === 'Foreground') return [...others, foreground];
  return others;
}

/** An update of an object in deletion has taken the last thing that held it: it goes now. */
export function goesAfterUpdate(object: KubeObject, strategy: Strategy): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = object.metadata;
  if (deletionTimestamp === undefined || (finalizers ?? []).length > 0) return false;
  if ((deletionGracePeriodSeconds ?? 0) > 0) return false;
  return !(strategy.heldBack?.(object) ?? false);
}
