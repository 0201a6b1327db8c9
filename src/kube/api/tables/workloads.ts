/** The columns of apps, batch and autoscaling. Models pkg/printers/internalversion/printers.go. */
import { age, humanDuration } from '../duration.ts';
import { controllerOf } from '../owners.ts';
import type { ControllerRevision, DaemonSet, Deployment, ReplicaSet, StatefulSet } from '../types/apps-v1.ts';
import type { HorizontalPodAutoscaler, MetricSpec, MetricStatus } from '../types/autoscaling-v2.ts';
import type { CronJob, Job } from '../types/batch-v1.ts';
import type { PodTemplate, ReplicationController } from '../types/core-v1.ts';
import {
  ageOf,
  boolCell,
  columns,
  containerCells,
  labelsCell,
  NONE,
  orNone,
  type Printer,
  selectorCell,
} from './printer.ts';

export const deploymentPrinter: Printer<Deployment> = {
  columns: columns('Name', 'Ready', 'Up-to-date', 'Available', 'Age', 'Containers+', 'Images+', 'Selector+'),
  row: (d, context) => [
    d.metadata.name,
    `${d.status?.readyReplicas ?? 0}/${d.spec?.replicas ?? 0}`,
    d.status?.updatedReplicas ?? 0,
    d.status?.availableReplicas ?? 0,
    ageOf(d, context),
    ...containerCells(d.spec?.template.spec?.containers),
    selectorCell(d.spec?.selector),
  ],
};

const replicaColumns = columns(
  'Name',
  'Desired:integer',
  'Current:integer',
  'Ready:integer',
  'Age',
  'Containers+',
  'Images+',
  'Selector+',
);

export const replicaSetPrinter: Printer<ReplicaSet> = {
  columns: replicaColumns,
  row: (r, context) => [
    r.metadata.name,
    r.spec?.replicas ?? 0,
    r.status?.replicas ?? 0,
    r.status?.readyReplicas ?? 0,
    ageOf(r, context),
    ...containerCells(r.spec?.template?.spec?.containers),
    selectorCell(r.spec?.selector),
  ],
};

export const replicationControllerPrinter: Printer<ReplicationController> = {
  columns: replicaColumns,
  row: (r, context) => [
    r.metadata.name,
    r.spec?.replicas ?? 0,
    r.status?.replicas ?? 0,
    r.status?.readyReplicas ?? 0,
    ageOf(r, context),
    ...containerCells(r.spec?.template?.spec?.containers),
    labelsCell(r.spec?.selector),
  ],
};

export const daemonSetPrinter: Printer<DaemonSet> = {
  columns: columns(
    'Name',
    'Desired:integer',
    'Current:integer',
    'Ready:integer',
    'Up-to-date:integer',
    'Available:integer',
    'Node Selector',
    'Age',
    'Containers+',
    'Images+',
    'Selector+',
  ),
  row: (d, context) => [
    d.metadata.name,
    d.status?.desiredNumberScheduled ?? 0,
    d.status?.currentNumberScheduled ?? 0,
    d.status?.numberReady ?? 0,
    d.status?.updatedNumberScheduled ?? 0,
    d.status?.numberAvailable ?? 0,
    labelsCell(d.spec?.template.spec?.nodeSelector),
    ageOf(d, context),
    ...containerCells(d.spec?.template.spec?.containers),
    selectorCell(d.spec?.selector),
  ],
};

export const statefulSetPrinter: Printer<StatefulSet> = {
  columns: columns('Name', 'Ready', 'Age', 'Containers+', 'Images+'),
  row: (s, context) => [
    s.metadata.name,
    `${s.status?.readyReplicas ?? 0}/${s.spec?.replicas ?? 0}`,
    ageOf(s, context),
    ...containerCells(s.spec?.template.spec?.containers),
  ],
};

export const controllerRevisionPrinter: Printer<ControllerRevision> = {
  columns: columns('Name', 'Controller', 'Revision', 'Age'),
  row: (r, context) => {
    const owner = controllerOf(r);
    const group = owner?.apiVersion.includes('/') ? `.${owner.apiVersion.split('/')[0]}` : '';
    const controller = owner === undefined ? NONE : `${owner.kind.toLowerCase()}${group}/${owner.name}`;
    return [r.metadata.name, controller, r.revision, ageOf(r, context)];
  },
};

export const jobPrinter: Printer<Job> = {
  columns: columns('Name', 'Status', 'Completions', 'Duration', 'Age', 'Containers+', 'Images+', 'Selector+'),
  row: (job, context) => {
    const { spec, status } = job;
    const succeeded = status?.succeeded ?? 0;
    const parallelism = spec?.parallelism ?? 0;
    const wanted = spec?.completions ?? (parallelism > 1 ? `1 of ${parallelism}` : 1);
    let duration = '';
    if (status?.startTime != null) {
      const end = status.completionTime == null ? context.now : Date.parse(status.completionTime);
      duration = humanDuration(end - Date.parse(status.startTime));
    }
    return [
      job.metadata.name,
      jobStatus(job),
      `${succeeded}/${wanted}`,
      duration,
      ageOf(job, context),
      ...containerCells(spec?.template.spec?.containers),
      selectorCell(spec?.selector),
    ];
  },
};

function jobStatus(job: Job): string {
  const has = (type: string) =>
    job.status?.conditions?.some((c) => c.type === type && c.status === 'True') === true;
  if (has('Complete')) return 'Complete';
  if (has('Failed')) return 'Failed';
  if (job.metadata.deletionTimestamp != null) return 'Terminating';
  if (has('Suspended')) return 'Suspended';
  if (has('FailureTarget')) return 'FailureTarget';
  return has('SuccessCriteriaMet') ? 'SuccessCriteriaMet' : 'Running';
}

export const cronJobPrinter: Printer<CronJob> = {
  columns: columns(
    'Name',
    'Schedule',
    'Timezone',
    'Suspend:boolean',
    'Active:integer',
    'Last Schedule',
    'Age',
    'Containers+',
    'Images+',
    'Selector+',
  ),
  row: (c, context) => [
    c.metadata.name,
    c.spec?.schedule ?? '',
    orNone(c.spec?.timeZone),
    boolCell(c.spec?.suspend),
    c.status?.active?.length ?? 0,
    c.status?.lastScheduleTime == null ? NONE : age(c.status.lastScheduleTime, context.now),
    ageOf(c, context),
    ...containerCells(c.spec?.jobTemplate.spec?.template.spec?.containers),
    selectorCell(c.spec?.jobTemplate.spec?.selector),
  ],
};

export const podTemplatePrinter: Printer<PodTemplate> = {
  columns: columns('Name', 'Containers', 'Images', 'Pod Labels'),
  row: (t) => [
    t.metadata.name,
    ...containerCells(t.template?.spec?.containers),
    labelsCell(t.template?.metadata?.labels),
  ],
};

export const autoscalerPrinter: Printer<HorizontalPodAutoscaler> = {
  columns: columns('Name', 'Reference', 'Targets', 'MinPods', 'MaxPods', 'Replicas', 'Age'),
  row: (h, context) => {
    const { spec, status } = h;
    const target = spec?.scaleTargetRef;
    return [
      h.metadata.name,
      `${target?.kind ?? ''}/${target?.name ?? ''}`,
      metricTargets(spec?.metrics ?? [], status?.currentMetrics ?? []),
      spec?.minReplicas == null ? UNSET_REPLICAS : String(spec.minReplicas),
      spec?.maxReplicas ?? 0,
      status?.currentReplicas ?? 0,
      ageOf(h, context),
    ];
  },
};

const UNSET_REPLICAS = '<unset>';

/** `cpu: 12%/80%, …`; at most two, then how many more. */
function metricTargets(specs: readonly MetricSpec[], current: readonly MetricStatus[]): string {
  if (specs.length === 0) return NONE;
  const texts = specs.map((spec, i) => metricTarget(spec, current[i]));
  if (texts.length <= 2) return texts.join(', ');
  return `${texts.slice(0, 2).join(', ')} + ${texts.length - 2} more...`;
}

function metricTarget(spec: MetricSpec, status: MetricStatus | undefined): string {
  const source = spec.resource ?? spec.containerResource ?? spec.pods ?? spec.object ?? spec.external;
  const now =
    status?.resource ?? status?.containerResource ?? status?.pods ?? status?.object ?? status?.external;
  if (source === undefined) return '<unknown type>';
  const { averageUtilization, averageValue, value } = source.target;
  const name = 'name' in source ? `${source.name}: ` : '';
  if (averageUtilization != null) {
    const used = now?.current.averageUtilization;
    return `${name}${used == null ? '<unknown>' : `${used}%`}/${averageUtilization}%`;
  }
  if (averageValue != null)
    return `${name}${now?.current.averageValue ?? '<unknown>'}/${averageValue}${name === '' ? ' (avg)' : ''}`;
  return `${name}${now?.current.value ?? '<unknown>'}/${value ?? '<auto>'}`;
}
