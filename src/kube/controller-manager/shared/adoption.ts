import { controllerOf } from '../../api/owners.ts';
import { labelSelectorMatches } from '../../api/selectors/labels.ts';
import type { LabelSelector, OwnerReference } from '../../api/types/meta-v1.ts';
import { isNotFound, type ResourceClient } from '../../client/index.ts';

interface Ownable {
  metadata?: {
    name?: string;
    namespace?: string;
    uid?: string;
    labels?: { [key: string]: string };
    deletionTimestamp?: string;
    ownerReferences?: OwnerReference[];
  };
}

export interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly deleting: boolean;
  readonly selector: LabelSelector | undefined;
}

/** The reference an owner puts into what it creates or adopts. */
export const ownerReference = ({ apiVersion, kind, name, uid }: Owner): OwnerReference => ({
  apiVersion,
  kind,
  name,
  uid,
  controller: true,
  blockOwnerDeletion: true,
});

/**
 * The objects that belong to an owner: those it controls and whose labels still fit. Fitting orphans are adopted; what
 * no longer fits is let go. Models controller_ref_manager.go.
 */
export async function claim<T extends Ownable>(
  owner: Owner,
  candidates: readonly T[],
  client: ResourceClient<T>,
): Promise<T[]> {
  const claimed: T[] = [];
  for (const object of candidates) {
    const controller = controllerOf(object);
    const fits = labelSelectorMatches(owner.selector, object.metadata?.labels ?? {});
    if (controller !== undefined) {
      if (controller.uid !== owner.uid) continue;
      if (fits) claimed.push(object);
      else if (!owner.deleting) await patchOwner(client, object, { $patch: 'delete', uid: owner.uid });
    } else if (fits && !owner.deleting && object.metadata?.deletionTimestamp === undefined) {
      if (await patchOwner(client, object, ownerReference(owner))) claimed.push(object);
    }
  }
  return claimed;
}

async function patchOwner<T extends Ownable>(
  client: ResourceClient<T>,
  object: T,
  reference: object,
): Promise<boolean> {
  const { name = '', namespace, uid } = object.metadata ?? {};
  // The uid in the patch makes sure that it is still the same object.
  const patch = { metadata: { ownerReferences: [reference], uid } };
  try {
    await client.in(namespace).patch(name, patch, 'strategic');
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
