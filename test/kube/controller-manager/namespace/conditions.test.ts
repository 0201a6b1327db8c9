import { expect, it } from 'vitest';
import { deletionConditions } from '../../../../src/kube/controller-manager/namespace/conditions.ts';

const byType = (conditions: ReturnType<typeof deletionConditions>) =>
  Object.fromEntries(conditions.map(({ type, status, message }) => [type, `${status}: ${message}`]));
const remains = (objects: Record<string, number>, finalizers: Record<string, number> = {}) => ({
  objects: new Map(Object.entries(objects)),
  finalizers: new Map(Object.entries(finalizers)),
});

it('a namespace that does not go says what is in it and what holds it', () => {
  const found = deletionConditions(
    [],
    remains({ 'pods.': 2, 'deployments.apps': 1 }, { 'example.com/hold': 1 }),
    '2026-01-01T00:00:00Z',
  );
  expect(byType(found)).toMatchObject({
    NamespaceContentRemaining:
      'True: Some resources are remaining: deployments.apps has 1 resource instances, pods. has 2 resource instances',
    NamespaceFinalizersRemaining:
      'True: Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
    NamespaceDeletionContentFailure:
      'False: All content successfully deleted, may be waiting on finalization',
  });
});

it('what has not changed has the time of its last change', () => {
  const first = deletionConditions([], remains({ 'pods.': 2 }), '2026-01-01T00:00:00Z');
  const again = deletionConditions(first, remains({ 'pods.': 2 }), '2026-01-01T00:00:09Z');
  expect(again).toEqual(first);
  const later = deletionConditions(first, remains({}), '2026-01-01T00:00:09Z');
  const content = later.find(({ type }) => type === 'NamespaceContentRemaining');
  expect(content).toMatchObject({ status: 'False', lastTransitionTime: '2026-01-01T00:00:09Z' });
});
