import type { OwnerReference } from './types/meta-v1.ts';

interface Ownable {
  readonly metadata?: { readonly ownerReferences?: readonly OwnerReference[] };
}

/** The one owner that manages the object; others merely keep it alive. Models metav1.GetControllerOf. */
export const controllerOf = ({ metadata }: Ownable): OwnerReference | undefined =>
  metadata?.ownerReferences?.find(({ controller }) => controller);
