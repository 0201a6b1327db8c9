/**
 * The semantic checks of an object that is about to be stored: metadata, the values of enums, then what its kind demands.
 * Errors come in upstream's order and words; an empty list means it may be stored. Call after applyDefaults.
 */
import { equal } from '../patch/json.ts';
import type { ResourceInfo } from '../resource-table.ts';
import { findSchema } from '../schemas.ts';
import type { CertificateSigningRequest } from '../types/certificates-v1.ts';
import type { Pod } from '../types/core-v1.ts';
import type { ObjectMeta } from '../types/meta-v1.ts';
import { validateRequestUpdate, validateSigningRequest } from './certificates.ts';
import * as core from './core.ts';
import { type FieldError, notSupported } from './field-error.ts';
import enums from './generated/enums.json';
import { validateMetadata, validateMetadataUpdate } from './metadata.ts';
import {
  validateEphemeralContainersUpdate,
  validatePodCreate,
  validatePodSpec,
  validatePodUpdate,
} from './pod.ts';
import { validatePriorityClass } from './scheduling.ts';
import * as workloads from './workloads.ts';

export interface ValidatableObject {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
}

/** Each of these is called with objects of its own kind only. */
type Validator = (object: never) => FieldError[];
type UpdateValidator = (object: never, old: never) => FieldError[];

const validators: Readonly<Record<string, Validator>> = {
  'core-v1.ConfigMap': core.validateConfigMap,
  'core-v1.Namespace': core.validateNamespace,
  'core-v1.Node': core.validateNode,
  'core-v1.PersistentVolumeClaim': core.validateClaim,
  'core-v1.Pod': (pod: Pod) => validatePodSpec(pod.spec ?? { containers: [] }, 'spec'),
  'core-v1.Secret': core.validateSecret,
  'core-v1.Service': core.validateService,
  'apps-v1.DaemonSet': workloads.validateWorkload,
  'apps-v1.Deployment': workloads.validateWorkload,
  'apps-v1.ReplicaSet': workloads.validateWorkload,
  'apps-v1.StatefulSet': workloads.validateWorkload,
  'batch-v1.CronJob': workloads.validateCronJob,
  'batch-v1.Job': workloads.validateJob,
  'rbac-v1.ClusterRole': core.validateRole,
  'rbac-v1.ClusterRoleBinding': core.validateRoleBinding,
  'rbac-v1.Role': core.validateRole,
  'rbac-v1.RoleBinding': core.validateRoleBinding,
  'scheduling-v1.PriorityClass': validatePriorityClass,
};

/** What only a new object has to keep to. */
const createValidators: Readonly<Record<string, Validator>> = {
  'certificates-v1.CertificateSigningRequest': validateSigningRequest,
  'core-v1.Pod': validatePodCreate,
};

const updateValidators: Readonly<Record<string, UpdateValidator>> = {
  'core-v1.ConfigMap': core.validateDataUpdate,
  'core-v1.Pod': validatePodUpdate,
  'core-v1.Secret': core.validateDataUpdate,
  'core-v1.Service': core.validateServiceUpdate,
  'apps-v1.DaemonSet': workloads.validateWorkloadUpdate,
  'apps-v1.Deployment': workloads.validateWorkloadUpdate,
  'apps-v1.ReplicaSet': workloads.validateWorkloadUpdate,
  'apps-v1.StatefulSet': workloads.validateStatefulSetUpdate,
  'batch-v1.Job': workloads.validateJobUpdate,
  'rbac-v1.ClusterRoleBinding': core.validateRoleBindingUpdate,
  'rbac-v1.RoleBinding': core.validateRoleBindingUpdate,
};

type Target = Pick<ResourceInfo, 'kind' | 'namespaced' | 'schema'>;

export function validateCreate(resource: Target, object: ValidatableObject): FieldError[] {
  return [
    ...validateMetadata(resource, object.metadata),
    ...validateEnums(object, resource.schema, ''),
    ...(createValidators[resource.schema]?.(object as never) ?? []),
    ...(validators[resource.schema]?.(object as never) ?? []),
  ];
}

/** `subresource` is '' for the object itself; status updates check the metadata only. */
export function validateUpdate(
  resource: Target,
  object: ValidatableObject,
  old: ValidatableObject,
  subresource = '',
): FieldError[] {
  const errors = [
    ...validateMetadata(resource, object.metadata),
    ...validateMetadataUpdate(object.metadata, old.metadata),
  ];
  if (resource.schema === 'certificates-v1.CertificateSigningRequest') {
    const [request, before] = [object as CertificateSigningRequest, old as CertificateSigningRequest];
    return [...errors, ...validateRequestUpdate(request, before, subresource)];
  }
  if (subresource === 'ephemeralcontainers') {
    return [...errors, ...validateEphemeralContainersUpdate(object as Pod, old as Pod)];
  }
  if (subresource !== '' && subresource !== 'scale') return errors;
  // An object that was stored under older rules may still be labelled: only a changed one is checked anew.
  const { metadata: _now, ...body } = object;
  const { metadata: _before, ...before } = old;
  if (equal(body, before)) return errors;
  return [
    ...errors,
    ...validateEnums(object, resource.schema, ''),
    ...(updateValidators[resource.schema]?.(object as never, old as never) ?? []),
    ...(validators[resource.schema]?.(object as never) ?? []),
  ];
}

const enumTable = enums as Readonly<
  Record<string, Readonly<Record<string, readonly string[] | undefined>> | undefined>
>;

/** Open sets: the Go type lists what is known, but more is allowed. */
const openEnums = new Set([
  'core-v1.PodStatus',
  'core-v1.ContainerPort',
  'core-v1.ServicePort',
  'core-v1.ServiceSpec',
]);

function validateEnums(value: unknown, type: string, path: string): FieldError[] {
  if (typeof value !== 'object' || value === null) return [];
  if (type.startsWith('[]')) {
    return Array.isArray(value)
      ? value.flatMap((item, i) => validateEnums(item, type.slice(2), `${path}[${i}]`))
      : [];
  }
  if (type.startsWith('{}')) {
    return Object.entries(value).flatMap(([key, item]) =>
      validateEnums(item, type.slice(2), `${path}[${key}]`),
    );
  }
  const schema = findSchema(type);
  if (schema === undefined) return [];
  const values = openEnums.has(type) ? undefined : enumTable[type];
  return Object.entries(value).flatMap(([key, item]) => {
    const here = path === '' ? key : `${path}.${key}`;
    if (here === 'status') return [];
    const allowed = values?.[key];
    if (allowed !== undefined && typeof item === 'string' && item !== '' && !allowed.includes(item)) {
      return [notSupported(here, item, allowed)];
    }
    const child = schema.fields[key];
    return child === undefined ? [] : validateEnums(item, child, here);
  });
}
