/** Validation of apps, batch and autoscaling. Models validation.go in pkg/apis/apps, batch and autoscaling. */
import { equal } from '../patch/json.ts';
import { labelSelectorMatches, SelectorError } from '../selectors/labels.ts';
import type { DaemonSet, Deployment, ReplicaSet, StatefulSet } from '../types/apps-v1.ts';
import type { CronJob, Job } from '../types/batch-v1.ts';
import type { PodTemplateSpec } from '../types/core-v1.ts';
import type { LabelSelector } from '../types/meta-v1.ts';
import { type FieldError, forbidden, invalid, required } from './field-error.ts';
import { validateLabelSelector } from './metadata.ts';
import { validatePodTemplate, validateRestartPolicy } from './pod.ts';

type Workload = Deployment | ReplicaSet | StatefulSet | DaemonSet;

function nonNegative(value: number | undefined | null, field: string): FieldError[] {
  return value != null && value < 0 ? [invalid(field, value, 'must be greater than or equal to 0')] : [];
}

/** Deployment, ReplicaSet, StatefulSet, DaemonSet. */
export function validateWorkload({ kind, spec }: Workload & { kind?: string }): FieldError[] {
  if (spec === undefined) return [required('spec')];
  const errors = [
    ...('replicas' in spec ? nonNegative(spec.replicas, 'spec.replicas') : []),
    ...nonNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...('revisionHistoryLimit' in spec
      ? nonNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit')
      : []),
    ...validateSelector(spec.selector, spec.template, kind),
    ...validatePodTemplate(spec.template, 'spec.template'),
    ...validateRestartPolicy(spec.template, 'spec.template', ['Always']),
  ];
  if ('strategy' in spec) errors.push(...validateDeadline(spec), ...validateStrategy(spec));
  return errors;
}

function validateSelector(
  selector: LabelSelector | undefined,
  template: PodTemplateSpec | undefined,
  kind?: string,
): FieldError[] {
  if (selector === undefined || selector === null) return [required('spec.selector')];
  const errors = validateLabelSelector(selector, 'spec.selector');
  const empty =
    Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length === 0;
  if (empty) {
    const lower = kind === 'DaemonSet' ? 'daemonset' : kind === 'StatefulSet' ? 'statefulset' : 'deployment';
    errors.push(invalid('spec.selector', selector, `empty selector is invalid for ${lower}`));
  }
  if (errors.length > 0 || template === undefined) return errors;
  const labels = template.metadata?.labels ?? {};
  try {
    if (!labelSelectorMatches(selector, labels)) {
      errors.push(
        invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'),
      );
    }
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    errors.push(invalid('spec.selector', selector, error.message));
  }
  return errors;
}

function validateDeadline(spec: NonNullable<Deployment['spec']>): FieldError[] {
  const { progressDeadlineSeconds: deadline, minReadySeconds = 0 } = spec;
  const field = 'spec.progressDeadlineSeconds';
  if (deadline == null) return [];
  if (deadline < 0) return nonNegative(deadline, field);
  return deadline <= minReadySeconds
    ? [invalid(field, deadline, 'must be greater than minReadySeconds')]
    : [];
}

const intOrPercent =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";

function validateStrategy({ strategy }: NonNullable<Deployment['spec']>): FieldError[] {
  const path = 'spec.strategy';
  if (strategy?.type === 'Recreate') {
    if (strategy.rollingUpdate == null) return [];
    return [forbidden(`${path}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'")];
  }
  const { maxSurge, maxUnavailable } = strategy?.rollingUpdate ?? {};
  const errors: FieldError[] = [];
  for (const [name, value] of [
    ['maxUnavailable', maxUnavailable],
    ['maxSurge', maxSurge],
  ] as const) {
    const here = `${path}.rollingUpdate.${name}`;
    if (typeof value === 'string' && !/^[0-9]+%$/.test(value))
      errors.push(invalid(here, value, intOrPercent));
    else if (typeof value === 'number') errors.push(...nonNegative(value, here));
    if (name === 'maxUnavailable' && typeof value === 'string' && Number.parseInt(value, 10) > 100) {
      errors.push(invalid(here, value, 'must not be greater than 100%'));
    }
  }
  const zero = (value: number | string | undefined) =>
    value !== undefined && Number.parseInt(String(value), 10) === 0;
  if (zero(maxSurge) && zero(maxUnavailable)) {
    errors.push(
      invalid(`${path}.rollingUpdate.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0'),
    );
  }
  return errors;
}

export function validateWorkloadUpdate(object: Workload, old: Workload): FieldError[] {
  if (equal(object.spec?.selector, old.spec?.selector)) return [];
  return [invalid('spec.selector', object.spec?.selector, 'field is immutable')];
}

const STATEFUL_SET_UPDATE =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

export function validateStatefulSetUpdate(object: StatefulSet, old: StatefulSet): FieldError[] {
  const frozen = ({ spec }: StatefulSet) =>
    ({
      serviceName: spec?.serviceName ?? '',
      selector: spec?.selector,
      podManagementPolicy: spec?.podManagementPolicy,
      volumeClaimTemplates: (spec?.volumeClaimTemplates ?? []).map((c) => ({
        name: c.metadata.name,
        spec: c.spec,
      })),
    }) as const;
  return equal(frozen(object), frozen(old)) ? [] : [forbidden('spec', STATEFUL_SET_UPDATE)];
}

export function validateJob({ spec }: Job): FieldError[] {
  if (spec === undefined) return [required('spec')];
  return [
    ...nonNegative(spec.parallelism, 'spec.parallelism'),
    ...nonNegative(spec.completions, 'spec.completions'),
    ...nonNegative(spec.backoffLimit, 'spec.backoffLimit'),
    ...nonNegative(spec.activeDeadlineSeconds, 'spec.activeDeadlineSeconds'),
    ...nonNegative(spec.ttlSecondsAfterFinished, 'spec.ttlSecondsAfterFinished'),
    ...validatePodTemplate(spec.template, 'spec.template'),
    ...jobRestartPolicy(spec.template, 'spec.template'),
  ];
}

function jobRestartPolicy(template: PodTemplateSpec | undefined, path: string): FieldError[] {
  const policy = template?.spec?.restartPolicy;
  if (policy === 'OnFailure' || policy === 'Never') return [];
  return [required(`${path}.spec.restartPolicy`, 'valid values: "OnFailure", "Never"')];
}

export function validateJobUpdate(job: Job, old: Job): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of ['completionMode', 'podFailurePolicy', 'backoffLimitPerIndex'] as const) {
    if (!equal(job.spec?.[field], old.spec?.[field]))
      errors.push(invalid(`spec.${field}`, job.spec?.[field] ?? null, 'field is immutable'));
  }
  if (job.spec?.completionMode !== 'Indexed' && job.spec?.completions !== old.spec?.completions) {
    errors.push(invalid('spec.completions', job.spec?.completions ?? null, 'field is immutable'));
  }
  if (!equal(job.spec?.selector, old.spec?.selector))
    errors.push(invalid('spec.selector', job.spec?.selector, 'field is immutable'));
  // A suspended job that never started may still be moved to other nodes.
  const mutable = old.spec?.suspend === true && old.status?.startTime == null;
  if (!mutable && !equal(job.spec?.template, old.spec?.template))
    errors.push(invalid('spec.template', job.spec?.template, 'field is immutable'));
  return errors;
}

const MAX_CRON_JOB_NAME = 52;

export function validateCronJob({ metadata, spec }: CronJob): FieldError[] {
  if (spec === undefined) return [required('spec')];
  const errors: FieldError[] = [];
  if ((metadata.name ?? '').length > MAX_CRON_JOB_NAME) {
    errors.push(invalid('metadata.name', metadata.name, 'must be no more than 52 characters'));
  }
  if (!spec.schedule) errors.push(required('spec.schedule'));
  else if (!spec.schedule.startsWith('@') && spec.schedule.trim().split(/\s+/).length !== 5) {
    const fields = spec.schedule.trim().split(/\s+/);
    errors.push(
      invalid(
        'spec.schedule',
        spec.schedule,
        `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`,
      ),
    );
  }
  const template = spec.jobTemplate?.spec?.template;
  const path = 'spec.jobTemplate.spec.template';
  return [...errors, ...validatePodTemplate(template, path), ...jobRestartPolicy(template, path)];
}
