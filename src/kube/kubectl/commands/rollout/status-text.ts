import type { DaemonSet, Deployment, StatefulSet } from '../../../api/types/apps-v1.ts';
import { KubectlError } from '../../cli/errors.ts';
import type { KubeObject } from '../../cluster/cluster.ts';

/** How far a rollout is, in a sentence, and whether it is through. */
export interface RolloutProgress {
  readonly text: string;
  readonly done: boolean;
}

const going = (text: string): RolloutProgress => ({ text, done: false });
const through = (text: string): RolloutProgress => ({ text, done: true });

/** Throws when the rollout cannot end well any more. Models kubectl/pkg/polymorphichelpers/rollout_status.go. */
export function rolloutProgress(object: KubeObject): RolloutProgress {
  switch (object.kind) {
    case 'Deployment':
      return deploymentProgress(object as unknown as Deployment);
    case 'DaemonSet':
      return daemonSetProgress(object as unknown as DaemonSet);
    case 'StatefulSet':
      return statefulSetProgress(object as unknown as StatefulSet);
    default:
      throw new KubectlError(`no status viewer has been implemented for ${object.kind}`);
  }
}

const isObserved = (object: {
  metadata?: { generation?: number };
  status?: { observedGeneration?: number };
}) => (object.metadata?.generation ?? 0) <= (object.status?.observedGeneration ?? 0);

function deploymentProgress(deployment: Deployment): RolloutProgress {
  const { metadata, spec, status = {} } = deployment;
  if (!isObserved(deployment)) return going('Waiting for deployment spec update to be observed...');
  const name = JSON.stringify(metadata?.name ?? '');
  const progressing = status.conditions?.find(({ type }) => type === 'Progressing');
  if (progressing?.reason === 'ProgressDeadlineExceeded')
    throw new KubectlError(`deployment ${name} exceeded its progress deadline`);
  const wanted = spec?.replicas ?? 1;
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
  const waiting = (what: string) => going(`Waiting for deployment ${name} rollout to finish: ${what}...`);
  if (updatedReplicas < wanted)
    return waiting(`${updatedReplicas} out of ${wanted} new replicas have been updated`);
  if (replicas > updatedReplicas)
    return waiting(`${replicas - updatedReplicas} old replicas are pending termination`);
  if (availableReplicas < updatedReplicas)
    return waiting(`${availableReplicas} of ${updatedReplicas} updated replicas are available`);
  return through(`deployment ${name} successfully rolled out`);
}

function daemonSetProgress(daemonSet: DaemonSet): RolloutProgress {
  const { metadata, spec, status } = daemonSet;
  if (spec?.updateStrategy?.type !== undefined && spec.updateStrategy.type !== 'RollingUpdate')
    throw new KubectlError('rollout status is only available for RollingUpdate strategy type');
  if (status === undefined || !isObserved(daemonSet))
    return going('Waiting for daemon set spec update to be observed...');
  const name = JSON.stringify(metadata?.name ?? '');
  const { desiredNumberScheduled, updatedNumberScheduled = 0, numberAvailable = 0 } = status;
  const waiting = (what: string) => going(`Waiting for daemon set ${name} rollout to finish: ${what}...`);
  if (updatedNumberScheduled < desiredNumberScheduled)
    return waiting(`${updatedNumberScheduled} out of ${desiredNumberScheduled} new pods have been updated`);
  if (numberAvailable < desiredNumberScheduled)
    return waiting(`${numberAvailable} of ${desiredNumberScheduled} updated pods are available`);
  return through(`daemon set ${name} successfully rolled out`);
}

function statefulSetProgress(statefulSet: StatefulSet): RolloutProgress {
  const { spec, status } = statefulSet;
  if (spec?.updateStrategy?.type === 'OnDelete')
    throw new KubectlError('rollout status is only available for RollingUpdate strategy type');
  if (status === undefined || !isObserved(statefulSet))
    return going('Waiting for statefulset spec update to be observed...');
  const wanted = spec?.replicas ?? 1;
  const { readyReplicas = 0, updatedReplicas = 0, currentReplicas = 0 } = status;
  if (readyReplicas < wanted) return going(`Waiting for ${wanted - readyReplicas} pods to be ready...`);
  const partition = spec?.updateStrategy?.rollingUpdate?.partition ?? 0;
  if (partition > 0) {
    return updatedReplicas < wanted - partition
      ? going(
          `Waiting for partitioned roll out to finish: ${updatedReplicas} out of ${wanted - partition} new pods have been updated...`,
        )
      : through(`partitioned roll out complete: ${updatedReplicas} new pods have been updated...`);
  }
  if (status.updateRevision !== status.currentRevision)
    return going(
      `waiting for statefulset rolling update to complete ${updatedReplicas} pods at revision ${status.updateRevision}...`,
    );
  return through(
    `statefulset rolling update complete ${currentReplicas} pods at revision ${status.currentRevision}...`,
  );
}
