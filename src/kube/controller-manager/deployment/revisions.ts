import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Deployment, ReplicaSet } from '../../api/types/apps-v1.ts';
import type { PodTemplateSpec } from '../../api/types/core-v1.ts';

export const revisionAnnotation = 'deployment.kubernetes.io/revision';
export const desiredAnnotation = 'deployment.kubernetes.io/desired-replicas';
const maximumAnnotation = 'deployment.kubernetes.io/max-replicas';
export const templateHashLabel = 'pod-template-hash';

/** No vowels and nothing that looks alike, so that no word comes out. Models util/rand SafeEncodeString. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** A short name for a pod template; the collision count makes another one when two templates share it. */
export function templateHash(template: PodTemplateSpec, collisionCount: number): string {
  const digest = createHash('sha256')
    .update(JSON.stringify(sortKeys(template)))
    .update(String(collisionCount))
    .digest();
  return [...digest.subarray(0, 10)].map((byte) => alphabet[byte % alphabet.length]).join('');
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      // Go writes `creationTimestamp: null` into templates, and a client that copies one back may leave it out.
      .filter(([, entry]) => entry !== null && entry !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, entry]) => [key, sortKeys(entry)]),
  );
}

function withoutHash(template: PodTemplateSpec | undefined): unknown {
  const { [templateHashLabel]: _, ...labels } = template?.metadata?.labels ?? {};
  return sortKeys({ ...template, metadata: { ...template?.metadata, labels } });
}

/** The set that was made from the deployment's present template; the oldest when there are several. */
export function findNewSet(deployment: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | undefined {
  const template = withoutHash(deployment.spec?.template);
  return sets.find((set) => isDeepStrictEqual(withoutHash(set.spec?.template), template));
}

export const revisionOf = (object: { metadata?: { annotations?: { [key: string]: string } } }) =>
  Number(object.metadata?.annotations?.[revisionAnnotation] ?? 0);

export const nextRevision = (oldSets: readonly ReplicaSet[]) => Math.max(0, ...oldSets.map(revisionOf)) + 1;

/** Annotations that stay with their own object. */
const ownAnnotations = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionAnnotation,
  desiredAnnotation,
  maximumAnnotation,
  'deployment.kubernetes.io/revision-history',
]);

/** What a set's annotations should be: those of the deployment, and the figures of the rollout. */
export function annotationsFor(
  deployment: Deployment,
  current: Readonly<Record<string, string>>,
  revision: number,
  maximum: number,
): Record<string, string> {
  const inherited = Object.entries(deployment.metadata?.annotations ?? {}).filter(
    ([key]) => !ownAnnotations.has(key),
  );
  return {
    ...current,
    ...Object.fromEntries(inherited),
    [revisionAnnotation]: String(revision),
    [desiredAnnotation]: String(deployment.spec?.replicas ?? 1),
    [maximumAnnotation]: String(maximum),
  };
}

/** Old sets without pods beyond the history that is kept, the oldest first. */
export function surplusHistory(
  deployment: Deployment,
  oldSets: readonly ReplicaSet[],
): readonly ReplicaSet[] {
  const limit = deployment.spec?.revisionHistoryLimit ?? 10;
  const empty = oldSets.filter(
    (set) =>
      (set.spec?.replicas ?? 1) === 0 &&
      (set.status?.replicas ?? 0) === 0 &&
      set.metadata?.deletionTimestamp === undefined,
  );
  const excess = oldSets.length - limit;
  return excess <= 0 ? [] : [...empty].sort((a, b) => revisionOf(a) - revisionOf(b)).slice(0, excess);
}
