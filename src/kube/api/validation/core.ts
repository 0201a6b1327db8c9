/** Validation of the core group but pods, and of RBAC. Models pkg/apis/core/validation and pkg/apis/rbac/validation. */
import { isIP } from 'node:net';
import { equal } from '../patch/json.ts';
import { parseQuantity, QUANTITY_ERROR } from '../quantity.ts';
import type { ConfigMap, Namespace, Node, PersistentVolumeClaim, Secret, Service } from '../types/core-v1.ts';
import type { ClusterRole, RoleBinding } from '../types/rbac-v1.ts';
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
  tooLong,
} from './field-error.ts';
import { duplicates, validateLabels } from './metadata.ts';
import {
  configMapKeyErrors,
  dns1123LabelErrors,
  dns1123SubdomainErrors,
  pathSegmentErrors,
  portErrors,
  portNameErrors,
} from './names.ts';

const MAX_DATA_BYTES = 1024 * 1024;

export function validateConfigMap(map: ConfigMap): FieldError[] {
  const errors: FieldError[] = [];
  let size = 0;
  for (const [field, data] of [
    ['data', map.data],
    ['binaryData', map.binaryData],
  ] as const) {
    for (const [key, value] of Object.entries(data ?? {})) {
      for (const e of configMapKeyErrors(key)) errors.push(invalid(`${field}[${key}]`, key, e));
      if (field === 'binaryData' && map.data?.[key] !== undefined) {
        errors.push(invalid(`data[${key}]`, key, `duplicate of key present in binaryData`));
      }
      size += Buffer.byteLength(value);
    }
  }
  if (size > MAX_DATA_BYTES) errors.push(tooLong('[]', MAX_DATA_BYTES));
  return errors;
}

const secretKeys: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
};

export function validateSecret(secret: Secret): FieldError[] {
  const errors: FieldError[] = [];
  let size = 0;
  for (const [key, value] of Object.entries(secret.data ?? {})) {
    for (const e of configMapKeyErrors(key)) errors.push(invalid(`data[${key}]`, key, e));
    size += Math.floor((value.length * 3) / 4);
  }
  if (size > MAX_DATA_BYTES) errors.push(tooLong('data', MAX_DATA_BYTES));
  for (const key of secretKeys[secret.type ?? ''] ?? []) {
    if (secret.data?.[key] === undefined) errors.push(required(`data[${key}]`));
  }
  if (secret.type === 'kubernetes.io/service-account-token') {
    const name = 'kubernetes.io/service-account.name';
    if (!secret.metadata.annotations?.[name]) errors.push(required(`metadata.annotations[${name}]`));
  }
  return errors;
}

/** Secret and ConfigMap: what `immutable: true` freezes. */
export function validateDataUpdate(object: Secret | ConfigMap, old: Secret | ConfigMap): FieldError[] {
  const errors: FieldError[] = [];
  const frozen = 'field is immutable when `immutable` is set';
  if (old.immutable === true) {
    if (object.immutable !== true) errors.push(forbidden('immutable', frozen));
    for (const field of ['data', 'binaryData'] as const) {
      const now = (object as ConfigMap)[field] ?? {};
      if (!equal(now, (old as ConfigMap)[field] ?? {})) errors.push(forbidden(field, frozen));
    }
  }
  const type = (object as Secret).type;
  if (type !== undefined && type !== (old as Secret).type)
    errors.push(invalid('type', type, 'field is immutable'));
  return errors;
}

const serviceTypes = ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'];

export function validateService({ spec }: Service): FieldError[] {
  if (spec === undefined) return [required('spec')];
  const errors: FieldError[] = [];
  const ports = spec.ports ?? [];
  const headless = spec.clusterIP === 'None';
  if (!serviceTypes.includes(spec.type ?? ''))
    errors.push(notSupported('spec.type', spec.type ?? '', serviceTypes));
  if (ports.length === 0 && !headless && spec.type !== 'ExternalName') errors.push(required('spec.ports'));
  if (spec.type === 'ExternalName') {
    if (!spec.externalName)
      errors.push(required('spec.externalName', 'must be set when `type` is ExternalName') as FieldError);
    else
      for (const e of dns1123SubdomainErrors(spec.externalName.replace(/\.$/, '')))
        errors.push(invalid('spec.externalName', spec.externalName, e));
  }
  if (headless && (spec.type === 'NodePort' || spec.type === 'LoadBalancer')) {
    errors.push(invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`));
  }
  if (spec.clusterIP && !headless && isIP(spec.clusterIP) === 0) {
    errors.push(
      invalid(
        'spec.clusterIPs[0]',
        spec.clusterIP,
        'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      ),
    );
  }
  // Service addresses here are IPv4 only: --service-cluster-ip-range takes one range.
  spec.ipFamilies?.forEach((family, i) => {
    if (family !== 'IPv4')
      errors.push(invalid(`spec.ipFamilies[${i}]`, family, 'not configured on this cluster'));
  });
  if (spec.ipFamilyPolicy === 'RequireDualStack') {
    const why = 'this cluster is not configured for dual-stack services';
    errors.push(invalid('spec.ipFamilyPolicy', spec.ipFamilyPolicy, why));
  }
  if (!['None', 'ClientIP'].includes(spec.sessionAffinity ?? '')) {
    errors.push(notSupported('spec.sessionAffinity', spec.sessionAffinity ?? '', ['ClientIP', 'None']));
  }
  ports.forEach((port, i) => {
    const path = `spec.ports[${i}]`;
    if (!port.name) {
      if (ports.length > 1) errors.push(required(`${path}.name`));
    } else for (const e of dns1123LabelErrors(port.name)) errors.push(invalid(`${path}.name`, port.name, e));
    for (const e of portErrors(port.port)) errors.push(invalid(`${path}.port`, port.port, e));
    if (!['TCP', 'UDP', 'SCTP'].includes(port.protocol ?? '')) {
      errors.push(notSupported(`${path}.protocol`, port.protocol ?? '', ['SCTP', 'TCP', 'UDP']));
    }
    if (typeof port.targetPort === 'number')
      for (const e of portErrors(port.targetPort))
        errors.push(invalid(`${path}.targetPort`, port.targetPort, e));
    if (typeof port.targetPort === 'string')
      for (const e of portNameErrors(port.targetPort))
        errors.push(invalid(`${path}.targetPort`, port.targetPort, e));
    if (port.nodePort && spec.type === 'ClusterIP') {
      errors.push(forbidden(`${path}.nodePort`, "may not be used when `type` is 'ClusterIP'"));
    }
  });
  errors.push(
    ...duplicates(
      ports.map((p) => p.name),
      (i) => `spec.ports[${i}].name`,
    ),
  );
  const given = ports.map(({ nodePort, protocol }) => (nodePort ? `${protocol}/${nodePort}` : undefined));
  ports.forEach((port, i) => {
    if (given[i] !== undefined && given.indexOf(given[i]) < i)
      errors.push(duplicate(`spec.ports[${i}].nodePort`, port.nodePort));
  });
  ports.forEach((port, i) => {
    const same = ports.findIndex((p) => p.port === port.port && p.protocol === port.protocol);
    if (same < i) {
      const value = { protocol: port.protocol, port: port.port };
      errors.push({ type: 'Duplicate', field: `spec.ports[${i}]`, badValue: value, detail: '' });
    }
  });
  return [...errors, ...validateLabels(spec.selector, 'spec.selector')];
}

export function validateServiceUpdate({ spec }: Service, old: Service): FieldError[] {
  const before = old.spec?.clusterIP ?? '';
  // Becoming or ceasing to be an ExternalName takes or gives back the address.
  if (before === '' || spec?.type === 'ExternalName' || old.spec?.type === 'ExternalName') return [];
  if (spec?.clusterIP === before) return [];
  return [invalid('spec.clusterIPs[0]', spec?.clusterIP ?? '', 'may not change once set')];
}

export function validateNamespace(namespace: Namespace): FieldError[] {
  return (namespace.spec?.finalizers ?? []).flatMap((f, i) =>
    f.includes('/') || f === 'kubernetes'
      ? []
      : [
          invalid(
            `spec.finalizers[${i}]`,
            f,
            'name is neither a standard finalizer name nor is it fully qualified',
          ),
        ],
  );
}

export function validateNode(node: Node): FieldError[] {
  return (node.spec?.taints ?? []).flatMap((taint, i) =>
    ['NoSchedule', 'PreferNoSchedule', 'NoExecute'].includes(taint.effect)
      ? []
      : [
          notSupported(`spec.taints[${i}].effect`, taint.effect, [
            'NoSchedule',
            'PreferNoSchedule',
            'NoExecute',
          ]),
        ],
  );
}

export function validateClaim({ spec }: PersistentVolumeClaim): FieldError[] {
  const errors: FieldError[] = [];
  if ((spec?.accessModes ?? []).length === 0)
    errors.push(required('spec.accessModes', 'at least 1 access mode is required'));
  const storage = spec?.resources?.requests?.storage;
  if (storage === undefined) errors.push(required('spec.resources[storage]'));
  else if (parseQuantity(storage) === undefined)
    errors.push(invalid('spec.resources[storage]', storage, QUANTITY_ERROR));
  return errors;
}

export function validateRole({ rules }: Pick<ClusterRole, 'rules'>): FieldError[] {
  return (rules ?? []).flatMap((rule, i) => {
    const path = `rules[${i}]`;
    const errors: FieldError[] = [];
    if ((rule.verbs ?? []).length === 0)
      errors.push(required(`${path}.verbs`, 'verbs must contain at least one value'));
    if ((rule.nonResourceURLs ?? []).length > 0) return errors;
    if ((rule.apiGroups ?? []).length === 0)
      errors.push(required(`${path}.apiGroups`, 'resource rules must supply at least one api group'));
    if ((rule.resources ?? []).length === 0)
      errors.push(required(`${path}.resources`, 'resource rules must supply at least one resource'));
    return errors;
  });
}

export function validateRoleBinding({ roleRef, subjects }: RoleBinding): FieldError[] {
  const errors: FieldError[] = [];
  if (roleRef?.apiGroup !== 'rbac.authorization.k8s.io') {
    errors.push(notSupported('roleRef.apiGroup', roleRef?.apiGroup ?? '', ['rbac.authorization.k8s.io']));
  }
  if (!['Role', 'ClusterRole'].includes(roleRef?.kind ?? '')) {
    errors.push(notSupported('roleRef.kind', roleRef?.kind ?? '', ['ClusterRole', 'Role']));
  }
  if (!roleRef?.name) errors.push(required('roleRef.name'));
  else for (const e of pathSegmentErrors(roleRef.name)) errors.push(invalid('roleRef.name', roleRef.name, e));
  (subjects ?? []).forEach((subject, i) => {
    const path = `subjects[${i}]`;
    if (!subject.name) errors.push(required(`${path}.name`));
    if (!['ServiceAccount', 'User', 'Group'].includes(subject.kind)) {
      errors.push(notSupported(`${path}.kind`, subject.kind, ['Group', 'ServiceAccount', 'User']));
    }
    if (subject.kind === 'ServiceAccount' && !subject.namespace) errors.push(required(`${path}.namespace`));
  });
  return errors;
}

export function validateRoleBindingUpdate(binding: RoleBinding, old: RoleBinding): FieldError[] {
  return equal(binding.roleRef, old.roleRef)
    ? []
    : [invalid('roleRef', binding.roleRef, 'cannot change roleRef')];
}
