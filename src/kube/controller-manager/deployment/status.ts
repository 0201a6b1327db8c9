import type {
  Deployment,
  DeploymentCondition,
  DeploymentStatus,
  ReplicaSet,
} from '../../api/types/apps-v1.ts';
import { findCondition, removeCondition, setCondition } from '../shared/conditions.ts';
import { bounds } from './plan.ts';

const sum = (
  sets: readonly ReplicaSet[],
  of: (status: NonNullable<ReplicaSet['status']>) => number | undefined,
) => sets.reduce((total, { status }) => total + ((status && of(status)) ?? 0), 0);

export interface StatusInput {
  readonly deployment: Deployment;
  readonly newSet: ReplicaSet | undefined;
  /** All sets, the new one too. */
  readonly sets: readonly ReplicaSet[];
  readonly now: { readonly ms: number; readonly text: string };
}

/** The counts and conditions of a deployment. Models deployment/sync.go calculateStatus and progress.go. */
export function deploymentStatus(input: StatusInput): DeploymentStatus {
  const { deployment, newSet, sets, now } = input;
  const desired = deployment.spec?.replicas ?? 1;
  const available = sum(sets, (status) => status.availableReplicas);
  const total = sets.reduce((count, set) => count + (set.spec?.replicas ?? 1), 0);
  const counts = {
    observedGeneration: deployment.metadata?.generation ?? 0,
    replicas: sum(sets, (status) => status.replicas),
    updatedReplicas: newSet?.status?.replicas ?? 0,
    readyReplicas: sum(sets, (status) => status.readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, total - available),
    ...(deployment.status?.collisionCount !== undefined && {
      collisionCount: deployment.status.collisionCount,
    }),
  };
  const enough = available >= desired - bounds(deployment).maxUnavailable;
  const condition = (type: string, status: string, reason: string, message: string): DeploymentCondition => ({
    type,
    status,
    reason,
    message,
    lastUpdateTime: now.text,
    lastTransitionTime: now.text,
  });
  let conditions = updateCondition(
    deployment.status?.conditions,
    enough
      ? condition('Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.')
      : condition(
          'Available',
          'False',
          'MinimumReplicasUnavailable',
          'Deployment does not have minimum availability.',
        ),
  );
  const failure = sets
    .map((set) => findCondition(set.status?.conditions, 'ReplicaFailure'))
    .find((found) => found !== undefined);
  conditions =
    failure === undefined
      ? removeCondition(conditions, 'ReplicaFailure')
      : updateCondition(
          conditions,
          condition('ReplicaFailure', 'True', failure.reason ?? '', failure.message ?? ''),
        );
  const progressing = progress(input, counts, conditions);
  if (progressing !== undefined)
    conditions = updateCondition(conditions, condition('Progressing', ...progressing));
  return { ...counts, conditions };
}

/** Sets a condition, and leaves it alone when it says the same already. */
function updateCondition(
  conditions: readonly DeploymentCondition[] | undefined,
  next: DeploymentCondition,
): DeploymentCondition[] {
  const old = findCondition(conditions, next.type);
  if (old?.status === next.status && old.reason === next.reason && old.message === next.message)
    return [...(conditions ?? [])];
  return setCondition(conditions, next);
}

type Counts = Required<
  Pick<
    DeploymentStatus,
    'replicas' | 'updatedReplicas' | 'readyReplicas' | 'availableReplicas' | 'observedGeneration'
  >
>;

function isComplete(deployment: Deployment, counts: Partial<Counts>): boolean {
  const desired = deployment.spec?.replicas ?? 1;
  return (
    counts.updatedReplicas === desired &&
    counts.replicas === desired &&
    counts.availableReplicas === desired &&
    (counts.observedGeneration ?? 0) >= (deployment.metadata?.generation ?? 0)
  );
}

/** Status, reason and message of the condition Progressing; undefined leaves it as it is. */
function progress(
  { deployment, newSet, now }: StatusInput,
  counts: Counts,
  conditions: readonly DeploymentCondition[],
): [string, string, string] | undefined {
  const current = findCondition(conditions, 'Progressing');
  const subject =
    newSet === undefined
      ? `Deployment "${deployment.metadata?.name}"`
      : `ReplicaSet "${newSet.metadata?.name}"`;
  if (deployment.spec?.paused) return ['Unknown', 'DeploymentPaused', 'Deployment is paused'];
  if (current?.reason === 'DeploymentPaused')
    return ['Unknown', 'DeploymentResumed', 'Deployment is resumed'];
  if (isComplete(deployment, counts))
    return ['True', 'NewReplicaSetAvailable', `${subject} has successfully progressed.`];
  const old = deployment.status;
  const moved =
    old === undefined ||
    counts.updatedReplicas > (old.updatedReplicas ?? 0) ||
    counts.replicas - counts.updatedReplicas < (old.replicas ?? 0) - (old.updatedReplicas ?? 0) ||
    counts.readyReplicas > (old.readyReplicas ?? 0) ||
    counts.availableReplicas > (old.availableReplicas ?? 0);
  if (moved || current === undefined) {
    // The same words with a later time: the deadline starts anew.
    return ['True', 'ReplicaSetUpdated', `${subject} is progressing.`];
  }
  if (current.reason === 'NewReplicaSetAvailable')
    return ['True', 'ReplicaSetUpdated', `${subject} is progressing.`];
  const deadlineMs = (deployment.spec?.progressDeadlineSeconds ?? 600) * 1000;
  const since = Date.parse(current.lastUpdateTime ?? '') || now.ms;
  if (now.ms - since > deadlineMs)
    return ['False', 'ProgressDeadlineExceeded', `${subject} has timed out progressing.`];
  return undefined;
}
