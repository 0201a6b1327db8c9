import type { OwnerReference } from '../api/types/meta-v1.ts';

/** What every object has; the generated types of kube/api fit it. */
export interface ApiObject {
  apiVersion?: string;
  kind?: string;
  metadata?: {
    name?: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    labels?: { [key: string]: string };
    annotations?: { [key: string]: string };
    ownerReferences?: OwnerReference[];
  };
}

export interface ApiList<T> {
  apiVersion?: string;
  kind?: string;
  metadata: { resourceVersion?: string; continue?: string; remainingItemCount?: number };
  items: T[];
}
