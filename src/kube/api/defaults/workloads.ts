/** Defaults of apps, batch and autoscaling. Models defaults.go of each version in pkg/apis/apps, batch and autoscaling. */

import type { DaemonSet, Deployment, ReplicaSet, StatefulSet } from '../types/apps-v1.ts';
import type { HorizontalPodAutoscaler as HorizontalPodAutoscalerV1 } from '../types/autoscaling-v1.ts';
import type { HorizontalPodAutoscaler } from '../types/autoscaling-v2.ts';
import type { CronJob, Job, JobSpec } from '../types/batch-v1.ts';
import type { ReplicationController } from '../types/core-v1.ts';
import { defaultVolumeClaim } from './core.ts';
import { fill } from './fill.ts';
import { defaultPodTemplate } from './pod.ts';

export function defaultDeployment({ spec }: Deployment): void {
  if (spec === undefined) return;
  fill(spec, 'replicas', 1);
  const strategy = fill(spec, 'strategy', {});
  fill(strategy, 'type', 'RollingUpdate');
  if (strategy.type === 'RollingUpdate') {
    const update = fill(strategy, 'rollingUpdate', {});
    fill(update, 'maxUnavailable', '25%');
    fill(update, 'maxSurge', '25%');
  }
  fill(spec, 'revisionHistoryLimit', 10);
  fill(spec, 'progressDeadlineSeconds', 600);
  defaultPodTemplate(spec.template);
}

export function defaultReplicaSet({ spec }: ReplicaSet): void {
  if (spec === undefined) return;
  fill(spec, 'replicas', 1);
  defaultPodTemplate(spec.template);
}

export function defaultReplicationController(controller: ReplicationController): void {
  const { spec, metadata } = controller;
  if (spec === undefined) return;
  fill(spec, 'replicas', 1);
  const labels = spec.template?.metadata?.labels;
  if (labels !== undefined) {
    if (Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels };
    if (Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels };
  }
  defaultPodTemplate(spec.template);
}

export function defaultDaemonSet({ spec }: DaemonSet): void {
  if (spec === undefined) return;
  const strategy = fill(spec, 'updateStrategy', {});
  fill(strategy, 'type', 'RollingUpdate');
  if (strategy.type === 'RollingUpdate') {
    const update = fill(strategy, 'rollingUpdate', {});
    fill(update, 'maxUnavailable', 1);
    fill(update, 'maxSurge', 0);
  }
  fill(spec, 'revisionHistoryLimit', 10);
  defaultPodTemplate(spec.template);
}

export function defaultStatefulSet({ spec }: StatefulSet): void {
  if (spec === undefined) return;
  fill(spec, 'podManagementPolicy', 'OrderedReady');
  const strategy = fill(spec, 'updateStrategy', {});
  fill(strategy, 'type', 'RollingUpdate');
  if (strategy.type === 'RollingUpdate') fill(fill(strategy, 'rollingUpdate', {}), 'partition', 0);
  const retention = fill(spec, 'persistentVolumeClaimRetentionPolicy', {});
  fill(retention, 'whenDeleted', 'Retain');
  fill(retention, 'whenScaled', 'Retain');
  fill(spec, 'replicas', 1);
  fill(spec, 'revisionHistoryLimit', 10);
  for (const claim of spec.volumeClaimTemplates ?? []) {
    claim.apiVersion ??= 'v1';
    claim.kind ??= 'PersistentVolumeClaim';
    defaultVolumeClaim(claim);
  }
  defaultPodTemplate(spec.template);
}

export function defaultJob(job: Job): void {
  if (job.spec === undefined) return;
  const { spec, metadata } = job;
  defaultJobSpec(spec);
  const labels = spec.template?.metadata?.labels;
  if (labels !== undefined && Object.keys(metadata.labels ?? {}).length === 0)
    metadata.labels = { ...labels };
}

function defaultJobSpec(spec: JobSpec): void {
  // Neither given: one completion, one at a time.
  if (spec.completions == null && spec.parallelism == null) {
    spec.completions = 1;
    spec.parallelism = 1;
  }
  fill(spec, 'parallelism', 1);
  fill(spec, 'completionMode', 'NonIndexed');
  if (spec.backoffLimit == null) spec.backoffLimit = spec.backoffLimitPerIndex == null ? 6 : 2 ** 31 - 1;
  fill(spec, 'suspend', false);
  fill(spec, 'podReplacementPolicy', spec.podFailurePolicy == null ? 'TerminatingOrFailed' : 'Failed');
  spec.manualSelector ??= false;
  for (const rule of spec.podFailurePolicy?.rules ?? []) {
    for (const pattern of rule.onPodConditions ?? []) fill(pattern, 'status', 'True');
  }
  defaultPodTemplate(spec.template);
}

export function defaultCronJob({ spec }: CronJob): void {
  if (spec === undefined) return;
  fill(spec, 'concurrencyPolicy', 'Allow');
  fill(spec, 'suspend', false);
  fill(spec, 'successfulJobsHistoryLimit', 3);
  fill(spec, 'failedJobsHistoryLimit', 1);
  defaultPodTemplate(spec.jobTemplate?.spec?.template);
}

export function defaultAutoscalerV1({ spec }: HorizontalPodAutoscalerV1): void {
  if (spec !== undefined) fill(spec, 'minReplicas', 1);
}

export function defaultAutoscaler({ spec }: HorizontalPodAutoscaler): void {
  if (spec === undefined) return;
  fill(spec, 'minReplicas', 1);
  if ((spec.metrics ?? []).length === 0) {
    spec.metrics = [
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
      },
    ];
  }
}
