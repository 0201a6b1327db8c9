import { expect, test } from 'vitest';
import type { Deployment, ReplicaSet } from '../../../../src/kube/api/types/apps-v1.ts';
import type { PodTemplateSpec } from '../../../../src/kube/api/types/core-v1.ts';
import {
  annotationsFor,
  findNewSet,
  nextRevision,
  revisionAnnotation,
  surplusHistory,
  templateHash,
} from '../../../../src/kube/controller-manager/deployment/revisions.ts';

const template = (image: string, labels: Record<string, string> = { app: 'web' }): PodTemplateSpec => ({
  metadata: { labels },
  spec: { containers: [{ name: 'web', image }] },
});

const deployment = (image: string, more: Partial<Deployment['spec']> = {}): Deployment => ({
  metadata: {
    name: 'web',
    annotations: { team: 'blue', 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
  },
  spec: { replicas: 3, selector: {}, template: template(image), ...more },
});

const set = (name: string, image: string, revision: number, replicas = 0): ReplicaSet => ({
  metadata: { name, annotations: { [revisionAnnotation]: String(revision) } },
  spec: { replicas, selector: {}, template: template(image, { app: 'web', 'pod-template-hash': name }) },
  status: { replicas },
});

test('a template always has the same hash, whatever the order of its fields; a collision makes another', () => {
  const a = templateHash({ metadata: { labels: { a: '1', b: '2' } }, spec: { containers: [] } }, 0);
  const b = templateHash({ spec: { containers: [] }, metadata: { labels: { b: '2', a: '1' } } }, 0);
  expect(a).toBe(b);
  expect(a).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{10}$/);
  expect(templateHash(template('web:1'), 1)).not.toBe(templateHash(template('web:1'), 0));
});

test('the set of the present template is found by the template alone, the hash label aside', () => {
  const sets = [set('abc', 'web:1', 1), set('def', 'web:2', 2)];
  expect(findNewSet(deployment('web:2'), sets)?.metadata?.name).toBe('def');
  expect(findNewSet(deployment('web:3'), sets)).toBeUndefined();
});

test('fields without a value make no difference: a rollback finds its old set again', () => {
  const copied = deployment('web:1');
  copied.spec!.template = {
    ...copied.spec!.template,
    metadata: { labels: { app: 'web' }, creationTimestamp: null as unknown as string },
  };
  expect(findNewSet(copied, [set('abc', 'web:1', 1)])?.metadata?.name).toBe('abc');
});

test('a rollback uses the old set again, under the next number', () => {
  expect(nextRevision([set('abc', 'web:1', 1), set('def', 'web:2', 4)])).toBe(5);
});

test('a set takes over the annotations of its deployment, but not what belongs to the deployment alone', () => {
  expect(annotationsFor(deployment('web:1'), { kept: 'yes' }, 7, 4)).toEqual({
    kept: 'yes',
    team: 'blue',
    'deployment.kubernetes.io/revision': '7',
    'deployment.kubernetes.io/desired-replicas': '3',
    'deployment.kubernetes.io/max-replicas': '4',
  });
});

test('history beyond the limit goes, the oldest first, and never a set with pods', () => {
  const old = [set('a', 'web:1', 1, 1), set('b', 'web:2', 2), set('c', 'web:3', 3), set('d', 'web:4', 4)];
  const names = (limit: number) =>
    surplusHistory(deployment('web:5', { revisionHistoryLimit: limit }), old).map(
      ({ metadata }) => metadata?.name,
    );
  expect(names(2)).toEqual(['b', 'c']);
  expect(names(10)).toEqual([]);
});
