import type { KubeObject, UserInfo } from '../request.ts';

export interface StrategyContext {
  readonly user: UserInfo;
  readonly nowMs: number;
  readonly dryRun: boolean;
  /** The subresource that is written to: '' for the object itself. */
  readonly subresource: string;
}

/**
 * What is particular about a resource when it is written; everything else is the same for all kinds and stands in
 * resource-store.ts. Functions change the object in place and throw ApiError to refuse.
 * Models staging/src/k8s.io/apiserver/pkg/registry/rest (RESTCreateStrategy, RESTUpdateStrategy, RESTDeleteStrategy).
 */
export interface Strategy {
  prepareForCreate?(object: KubeObject, context: StrategyContext): void;
  prepareForUpdate?(object: KubeObject, old: KubeObject, context: StrategyContext): void;
  /** Takes what has to be unique before the write (cluster addresses); `undo` runs when the write failed. */
  beginCreate?(object: KubeObject, context: StrategyContext): Promise<Undo>;
  beginUpdate?(object: KubeObject, old: KubeObject, context: StrategyContext): Promise<Undo>;
  afterDelete?(object: KubeObject): Promise<void>;
  /** Seconds the object stays visible after its deletion; 0: it goes at once. */
  gracePeriod?(object: KubeObject, wanted: number | undefined): number;
  /** Changes made when a deletion starts but cannot finish yet (namespace phase). */
  markDeleting?(object: KubeObject): void;
  /** More than metadata.finalizers that has to go before the object does. */
  heldBack?(object: KubeObject): boolean;
}

export type Undo = (failed: boolean) => Promise<void>;
export const nothingToUndo: Undo = async () => undefined;

/** A part of an object for reading: {} when it is missing. */
export function part(object: KubeObject | Record<string, unknown>, field: string): Record<string, unknown> {
  const value = (object as Record<string, unknown>)[field];
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
