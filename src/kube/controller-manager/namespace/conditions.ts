import type { NamespaceCondition } from '../../api/types/core-v1.ts';
import { type Condition, setCondition } from '../shared/conditions.ts';

/** What keeps a namespace from going. */
export interface Remains {
  /** How many objects there still are, by `RESOURCE.GROUP`. */
  readonly objects: ReadonlyMap<string, number>;
  /** How many of them wait for a finalizer, by its name. */
  readonly finalizers: ReadonlyMap<string, number>;
}

const listed = (counts: ReadonlyMap<string, number>, text: (name: string, count: number) => string) =>
  [...counts]
    .map(([name, count]) => text(name, count))
    .sort()
    .join(', ');

/**
 * Tells in the status of a namespace why it is still there: the first place to look at when one does not go. Models
 * pkg/controller/namespace/deletion/status_condition_utils.go.
 */
export function deletionConditions(
  old: readonly NamespaceCondition[],
  { objects, finalizers }: Remains,
  now: string,
): NamespaceCondition[] {
  const left = listed(objects, (name, count) => `${name} has ${count} resource instances`);
  const held = listed(finalizers, (name, count) => `${name} in ${count} resource instances`);
  const found: readonly (readonly [type: string, status: string, reason: string, message: string])[] = [
    [
      'NamespaceDeletionDiscoveryFailure',
      'False',
      'ResourcesDiscovered',
      'All resources successfully discovered',
    ],
    [
      'NamespaceDeletionContentFailure',
      'False',
      'ContentDeleted',
      'All content successfully deleted, may be waiting on finalization',
    ],
    left === ''
      ? ['NamespaceContentRemaining', 'False', 'ContentRemoved', 'All content successfully removed']
      : ['NamespaceContentRemaining', 'True', 'SomeResourcesRemain', `Some resources are remaining: ${left}`],
    held === ''
      ? [
          'NamespaceFinalizersRemaining',
          'False',
          'ContentHasNoFinalizers',
          'All content-preserving finalizers finished',
        ]
      : [
          'NamespaceFinalizersRemaining',
          'True',
          'SomeFinalizersRemain',
          `Some content in the namespace has finalizers remaining: ${held}`,
        ],
  ];
  return found.reduce<(Condition & NamespaceCondition)[]>(
    (conditions, [type, status, reason, message]) =>
      setCondition(conditions, { type, status, reason, message, lastTransitionTime: now }),
    [...old],
  );
}
