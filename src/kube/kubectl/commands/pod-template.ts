import type { PodSpec, PodTemplateSpec } from '../../api/types/core-v1.ts';
import type { KubeObject } from '../cluster/cluster.ts';

interface Spec {
  readonly selector?: { readonly matchLabels?: Record<string, string> } & Record<string, unknown>;
  readonly template?: PodTemplateSpec;
  readonly jobTemplate?: { readonly spec?: { readonly template?: PodTemplateSpec } };
}

/** Where an object keeps its pods' specification: a pod itself, a workload its template. */
export function podTemplateOf(object: KubeObject): { readonly spec?: PodSpec } | undefined {
  const spec = object.spec as (Spec & PodSpec) | undefined;
  if (object.kind === 'Pod') return { ...(spec !== undefined && { spec }) };
  if (object.kind === 'PodTemplate') return object.template as PodTemplateSpec | undefined;
  return object.kind === 'CronJob' ? spec?.jobTemplate?.spec?.template : spec?.template;
}

/** The patch that puts a pod specification where {@link podTemplateOf} found it. */
export function patchOfPodSpec(kind: string, spec: object): object {
  if (kind === 'Pod') return { spec };
  if (kind === 'CronJob') return { spec: { jobTemplate: { spec: { template: { spec } } } } };
  return { spec: { template: { spec } } };
}

/** The labels by which the object finds its pods; of a pod its own. */
export function selectorOf(object: KubeObject): Record<string, string> | undefined {
  if (object.kind === 'Pod') return object.metadata.labels;
  const selector = (object.spec as Spec | undefined)?.selector;
  if (object.kind === 'Service' || object.kind === 'ReplicationController')
    return selector as Record<string, string> | undefined;
  return selector?.matchLabels;
}
