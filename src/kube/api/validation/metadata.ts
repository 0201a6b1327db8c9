/** Validation of metadata. Models staging/src/k8s.io/apimachinery/pkg/api/validation/objectmeta.go. */
import type { ResourceInfo } from '../resource-table.ts';
import type { LabelSelector, ObjectMeta } from '../types/meta-v1.ts';
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
  tooLong,
} from './field-error.ts';
import {
  dns1035LabelErrors,
  dns1123LabelErrors,
  dns1123SubdomainErrors,
  labelValueErrors,
  pathSegmentErrors,
  qualifiedNameErrors,
} from './names.ts';

const MAX_ANNOTATIONS_BYTES = 256 * 1024;

type NameRule = (name: string) => string[];

const nameRules: Readonly<Record<string, NameRule>> = {
  Namespace: dns1123LabelErrors,
  Service: dns1035LabelErrors,
  Role: pathSegmentErrors,
  ClusterRole: pathSegmentErrors,
  RoleBinding: pathSegmentErrors,
  ClusterRoleBinding: pathSegmentErrors,
  APIService: pathSegmentErrors,
  IPAddress: pathSegmentErrors,
};

/** The rule of a kind's names; each answers its errors' texts. */
function nameErrors(kind: string, name: string): string[] {
  return (nameRules[kind] ?? dns1123SubdomainErrors)(name);
}

export function validateMetadata(
  resource: Pick<ResourceInfo, 'kind' | 'namespaced'>,
  metadata: ObjectMeta,
): FieldError[] {
  const errors: FieldError[] = [];
  const { name = '', generateName = '', namespace = '' } = metadata;
  // A trailing dash of generateName is followed by random letters.
  if (generateName !== '') {
    for (const e of nameErrors(resource.kind, generateName.replace(/-$/, 'a')))
      errors.push(invalid('metadata.generateName', generateName, e));
  }
  if (name === '') errors.push(required('metadata.name', 'name or generateName is required'));
  else for (const e of nameErrors(resource.kind, name)) errors.push(invalid('metadata.name', name, e));
  if (resource.namespaced) {
    if (namespace === '') errors.push(required('metadata.namespace'));
    else
      for (const e of dns1123LabelErrors(namespace)) errors.push(invalid('metadata.namespace', namespace, e));
  } else if (namespace !== '') errors.push(forbidden('metadata.namespace', 'not allowed on this type'));
  errors.push(...validateLabels(metadata.labels, 'metadata.labels'));
  errors.push(...validateAnnotations(metadata.annotations, 'metadata.annotations'));
  errors.push(...validateOwners(metadata));
  for (const finalizer of metadata.finalizers ?? []) {
    for (const e of qualifiedNameErrors(finalizer)) errors.push(invalid('metadata.finalizers', finalizer, e));
  }
  return errors;
}

export function validateLabels(
  labels: Readonly<Record<string, string>> | undefined,
  path: string,
): FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...qualifiedNameErrors(key).map((e) => invalid(path, key, e)),
    ...labelValueErrors(value).map((e) => invalid(path, value, e)),
  ]);
}

export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  path: string,
): FieldError[] {
  const errors = Object.keys(annotations ?? {}).flatMap((key) =>
    qualifiedNameErrors(key.toLowerCase()).map((e) => invalid(path, key, e)),
  );
  const size = Object.entries(annotations ?? {}).reduce(
    (sum, [k, v]) => sum + Buffer.byteLength(k) + Buffer.byteLength(v),
    0,
  );
  if (size > MAX_ANNOTATIONS_BYTES) errors.push(tooLong(path, MAX_ANNOTATIONS_BYTES));
  return errors;
}

function validateOwners({ ownerReferences = [] }: ObjectMeta): FieldError[] {
  const errors: FieldError[] = [];
  ownerReferences.forEach((owner, i) => {
    const path = `metadata.ownerReferences[${i}]`;
    for (const field of ['apiVersion', 'kind', 'name', 'uid'] as const) {
      if (!owner[field]) errors.push(invalid(`${path}.${field}`, owner[field] ?? '', 'must not be empty'));
    }
  });
  const controllers = ownerReferences.filter((o) => o.controller === true);
  if (controllers.length > 1) {
    errors.push(
      invalid(
        'metadata.ownerReferences',
        ownerReferences,
        `Only one reference can have Controller set to true. Found "true" in references for ${controllers[0]!.name} and ${controllers[1]!.name}`,
      ),
    );
  }
  return errors;
}

/** What an update may not change of metadata. */
export function validateMetadataUpdate(metadata: ObjectMeta, old: ObjectMeta): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of [
    'name',
    'namespace',
    'uid',
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
  ] as const) {
    if ((metadata[field] ?? null) !== (old[field] ?? null)) {
      errors.push(invalid(`metadata.${field}`, metadata[field] ?? null, 'field is immutable'));
    }
  }
  if (old.deletionTimestamp != null) {
    const added = (metadata.finalizers ?? []).filter((f) => !(old.finalizers ?? []).includes(f)).sort();
    if (added.length > 0) {
      const list = added.map((f) => JSON.stringify(f)).join(', ');
      errors.push(
        forbidden(
          'metadata.finalizers',
          `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`,
        ),
      );
    }
  }
  return errors;
}

const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

export function validateLabelSelector(selector: LabelSelector | undefined, path: string): FieldError[] {
  const errors = validateLabels(selector?.matchLabels, `${path}.matchLabels`);
  (selector?.matchExpressions ?? []).forEach((e, i) => {
    const here = `${path}.matchExpressions[${i}]`;
    const values = e.values ?? [];
    if (!operators.includes(e.operator)) errors.push(notSupported(`${here}.operator`, e.operator, operators));
    else if (e.operator.endsWith('In') && values.length === 0) {
      errors.push(required(`${here}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
    } else if (e.operator.endsWith('Exist') || e.operator === 'Exists') {
      if (values.length > 0) {
        errors.push(
          forbidden(`${here}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
        );
      }
    }
    for (const text of qualifiedNameErrors(e.key)) errors.push(invalid(`${here}.key`, e.key, text));
  });
  return errors;
}

/** Items of a list whose names must differ. */
export function duplicates(
  names: readonly (string | undefined)[],
  field: (index: number) => string,
): FieldError[] {
  const seen = new Set<string>();
  return names.flatMap((name, i) => {
    if (name === undefined || name === '') return [];
    if (seen.has(name)) return [duplicate(field(i), name)];
    seen.add(name);
    return [];
  });
}
