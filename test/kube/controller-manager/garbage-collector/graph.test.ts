import { expect, test } from 'vitest';
import {
  type GraphNode,
  judge,
  OwnerGraph,
} from '../../../../src/kube/controller-manager/garbage-collector/graph.ts';

interface Sketch {
  readonly owners?: readonly string[];
  readonly finalizers?: readonly string[];
  readonly deleting?: boolean;
}

const node = (uid: string, { owners = [], finalizers = [], deleting = false }: Sketch = {}): GraphNode => ({
  uid,
  id: `v1/things|${uid}`,
  kind: 'Thing',
  namespace: 'default',
  name: uid,
  owners: owners.map((owner) => ({
    apiVersion: 'v1',
    kind: 'Thing',
    name: owner,
    uid: owner,
    blockOwnerDeletion: true,
  })),
  finalizers,
  deleting,
});

function graphOf(...nodes: GraphNode[]) {
  const graph = new OwnerGraph();
  for (const each of nodes) graph.upsert(each);
  const verdict = (uid: string) =>
    judge(graph.get(uid)!, graph, (owner) => graph.get(owner.uid) === undefined);
  return { graph, verdict };
}

test('what has an owner stays; what has lost its last owner goes', () => {
  const { graph, verdict } = graphOf(node('deployment'), node('set', { owners: ['deployment'] }));
  expect(verdict('deployment')).toEqual({ action: 'keep' });
  expect(verdict('set')).toEqual({ action: 'keep' });
  expect(graph.remove('deployment')).toEqual(['set']);
  expect(verdict('set')).toEqual({ action: 'delete', policy: 'Background' });
});

test('with one owner left only the reference to the lost one goes', () => {
  const { verdict } = graphOf(node('a'), node('child', { owners: ['a', 'gone'] }));
  expect(verdict('child')).toEqual({ action: 'drop-owners', uids: ['gone'] });
});

test('foreground: the owner waits for its dependents, which are deleted, then its finalizer goes', () => {
  const owner = node('owner', { deleting: true, finalizers: ['foregroundDeletion'] });
  const { graph, verdict } = graphOf(
    owner,
    node('child', { owners: ['owner'] }),
    node('grandchild', { owners: ['child'] }),
  );
  expect(verdict('owner')).toEqual({ action: 'keep' });
  expect(verdict('child')).toEqual({ action: 'delete', policy: 'Foreground' });
  graph.remove('grandchild');
  expect(verdict('child')).toEqual({ action: 'delete', policy: 'Background' });
  expect(graph.remove('child')).toEqual(['owner']);
  expect(verdict('owner')).toEqual({ action: 'remove-finalizer', finalizer: 'foregroundDeletion' });
});

test('orphan: the dependents lose their reference first, then the owner may go', () => {
  const owner = node('owner', { deleting: true, finalizers: ['orphan'] });
  const { graph, verdict } = graphOf(owner, node('child', { owners: ['owner'] }));
  expect(verdict('owner')).toMatchObject({ action: 'orphan-dependents', dependents: [{ uid: 'child' }] });
  graph.upsert(node('child'));
  expect(verdict('owner')).toEqual({ action: 'remove-finalizer', finalizer: 'orphan' });
});
