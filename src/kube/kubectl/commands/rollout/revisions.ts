import { controllerOf } from '../../../api/owners.ts';
import type { PodTemplateSpec } from '../../../api/types/core-v1.ts';
import type { Session } from '../../cli/command.ts';
import { KubectlError } from '../../cli/errors.ts';
import type { KubeObject } from '../../cluster/cluster.ts';
import type { Target } from '../../cluster/targets.ts';

export const revisionAnnotation = 'deployment.kubernetes.io/revision';
const changeCauseAnnotation = 'kubernetes.io/change-cause';

export const revisionOf = (object: KubeObject) =>
  Number(object.metadata.annotations?.[revisionAnnotation] ?? 0);

/** One state a workload was in: the template of its pods, and what its keeper says about it. */
export interface Revision {
  readonly number: number;
  readonly changeCause: string;
  readonly template: PodTemplateSpec;
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * The revisions that are kept, oldest first: a deployment's are its replica sets. Throws for kinds that keep none.
 * Models kubectl/pkg/polymorphichelpers/history.go.
 */
export async function listRevisions(
  session: Session,
  target: Target,
  owner: KubeObject,
): Promise<Revision[]> {
  const cluster = session.cluster();
  const discovery = await cluster.discovery();
  if (owner.kind !== 'Deployment')
    throw new KubectlError(`no history viewer has been implemented for ${JSON.stringify(owner.kind ?? '')}`);
  const sets = await cluster.resource(discovery.find('replicasets.apps'), target.namespace).list();
  return sets.items
    .filter((set) => isOwnedBy(set, owner) && revisionOf(set) > 0)
    .map((set) => ({
      number: revisionOf(set),
      changeCause: set.metadata.annotations?.[changeCauseAnnotation] ?? '',
      template: (set.spec as { template: PodTemplateSpec }).template,
      annotations: set.metadata.annotations ?? {},
    }))
    .sort((a, b) => a.number - b.number);
}

const isOwnedBy = (object: KubeObject, owner: KubeObject) => controllerOf(object)?.uid === owner.metadata.uid;
