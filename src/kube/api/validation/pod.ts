/** Validation of pods and pod templates. Models pkg/apis/core/validation/validation.go ValidatePodSpec. */
import { equal } from '../patch/json.ts';
import { compareQuantities, parseQuantity, QUANTITY_ERROR } from '../quantity.ts';
import type {
  Container,
  Pod,
  PodSpec,
  PodTemplateSpec,
  Probe,
  ResourceRequirements,
  Volume,
} from '../types/core-v1.ts';
import { type FieldError, forbidden, invalid, notFound, notSupported, required } from './field-error.ts';
import { duplicates, validateAnnotations, validateLabels } from './metadata.ts';
import {
  dns1123LabelErrors,
  dns1123SubdomainErrors,
  envVarNameErrors,
  portErrors,
  portNameErrors,
  qualifiedNameErrors,
} from './names.ts';

export function validatePodTemplate(template: PodTemplateSpec | undefined, path: string): FieldError[] {
  if (template === undefined) return [required(path)];
  return [
    ...validateLabels(template.metadata?.labels, `${path}.metadata.labels`),
    ...validateAnnotations(template.metadata?.annotations, `${path}.metadata.annotations`),
    ...validatePodSpec(template.spec ?? { containers: [] }, `${path}.spec`),
  ];
}

export function validatePodSpec(spec: PodSpec, path: string): FieldError[] {
  const volumes = spec.volumes ?? [];
  const containers = spec.containers ?? [];
  const initContainers = spec.initContainers ?? [];
  const errors = volumes.flatMap((volume, i) => validateVolume(volume, `${path}.volumes[${i}]`));
  errors.push(
    ...duplicates(
      volumes.map((v) => v.name),
      (i) => `${path}.volumes[${i}].name`,
    ),
  );
  if (containers.length === 0) errors.push(required(`${path}.containers`));
  const names = new Set(volumes.map((v) => v.name));
  const check = (list: readonly Container[], place: string) =>
    list.flatMap((container, i) => validateContainer(container, `${path}.${place}[${i}]`, names));
  errors.push(...check(containers, 'containers'), ...check(initContainers, 'initContainers'));
  const all = [...containers.map((c) => c.name), ...initContainers.map((c) => c.name)];
  errors.push(
    ...duplicates(all, (i) =>
      i < containers.length
        ? `${path}.containers[${i}].name`
        : `${path}.initContainers[${i - containers.length}].name`,
    ),
  );
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) {
    errors.push(
      invalid(
        `${path}.terminationGracePeriodSeconds`,
        spec.terminationGracePeriodSeconds,
        'must be greater than or equal to 0',
      ),
    );
  }
  const deadline = spec.activeDeadlineSeconds;
  if (deadline != null && (deadline < 1 || deadline > 2 ** 31 - 1)) {
    errors.push(
      invalid(`${path}.activeDeadlineSeconds`, deadline, 'must be between 1 and 2147483647, inclusive'),
    );
  }
  for (const [field, name] of [
    ['nodeName', spec.nodeName],
    ['serviceAccountName', spec.serviceAccountName],
    ['priorityClassName', spec.priorityClassName],
  ] as const) {
    if (name) errors.push(...dns1123SubdomainErrors(name).map((e) => invalid(`${path}.${field}`, name, e)));
  }
  if (spec.hostname)
    errors.push(
      ...dns1123LabelErrors(spec.hostname).map((e) => invalid(`${path}.hostname`, spec.hostname, e)),
    );
  errors.push(...validateLabels(spec.nodeSelector, `${path}.nodeSelector`));
  (spec.tolerations ?? []).forEach((toleration, i) => {
    const here = `${path}.tolerations[${i}]`;
    if (toleration.key)
      for (const e of qualifiedNameErrors(toleration.key))
        errors.push(invalid(`${here}.key`, toleration.key, e));
    if (!toleration.key && toleration.operator !== 'Exists') {
      errors.push(
        invalid(
          `${here}.operator`,
          toleration.operator ?? '',
          'operator must be Exists when `key` is empty, which means "match all values and all keys"',
        ),
      );
    }
    if (toleration.operator === 'Exists' && toleration.value) {
      errors.push(invalid(`${here}.operator`, toleration, "value must be empty when `operator` is 'Exists'"));
    }
  });
  return errors;
}

function validateVolume(volume: Volume, path: string): FieldError[] {
  const { name = '', ...sources } = volume;
  const errors =
    name === ''
      ? [required(`${path}.name`)]
      : dns1123LabelErrors(name).map((e) => invalid(`${path}.name`, name, e));
  const kinds = Object.entries(sources).filter(([, source]) => source !== undefined && source !== null);
  if (kinds.length === 0) errors.push(required(path, 'must specify a volume type'));
  for (const [kind] of kinds.slice(1))
    errors.push(forbidden(`${path}.${kind}`, 'may not specify more than 1 volume type'));
  if (volume.hostPath && !volume.hostPath.path) errors.push(required(`${path}.hostPath.path`));
  if (volume.secret && !volume.secret.secretName) errors.push(required(`${path}.secret.secretName`));
  if (volume.configMap && !volume.configMap.name) errors.push(required(`${path}.configMap.name`));
  if (volume.persistentVolumeClaim && !volume.persistentVolumeClaim.claimName) {
    errors.push(required(`${path}.persistentVolumeClaim.claimName`));
  }
  return errors;
}

function validateContainer(container: Container, path: string, volumes: ReadonlySet<string>): FieldError[] {
  const errors: FieldError[] = [];
  const { name = '', image = '' } = container;
  if (name === '') errors.push(required(`${path}.name`));
  else errors.push(...dns1123LabelErrors(name).map((e) => invalid(`${path}.name`, name, e)));
  if (image === '') errors.push(required(`${path}.image`));
  else if (image !== image.trim())
    errors.push(invalid(`${path}.image`, image, 'must not have leading or trailing whitespace'));
  const ports = container.ports ?? [];
  ports.forEach((port, i) => {
    const here = `${path}.ports[${i}]`;
    if (port.name)
      errors.push(...portNameErrors(port.name).map((e) => invalid(`${here}.name`, port.name, e)));
    if (!port.containerPort) errors.push(required(`${here}.containerPort`));
    else
      errors.push(
        ...portErrors(port.containerPort).map((e) => invalid(`${here}.containerPort`, port.containerPort, e)),
      );
    if (port.hostPort)
      errors.push(...portErrors(port.hostPort).map((e) => invalid(`${here}.hostPort`, port.hostPort, e)));
  });
  errors.push(
    ...duplicates(
      ports.map((p) => p.name),
      (i) => `${path}.ports[${i}].name`,
    ),
  );
  (container.env ?? []).forEach((variable, i) => {
    const here = `${path}.env[${i}]`;
    if (!variable.name) errors.push(required(`${here}.name`));
    else
      errors.push(...envVarNameErrors(variable.name).map((e) => invalid(`${here}.name`, variable.name, e)));
    if (variable.value && variable.valueFrom) {
      errors.push(invalid(`${here}.valueFrom`, '', 'may not be specified when `value` is not empty'));
    }
  });
  const mounts = container.volumeMounts ?? [];
  mounts.forEach((mount, i) => {
    const here = `${path}.volumeMounts[${i}]`;
    if (!mount.name) errors.push(required(`${here}.name`));
    else if (!volumes.has(mount.name)) errors.push(notFound(`${here}.name`, mount.name));
    if (!mount.mountPath) errors.push(required(`${here}.mountPath`));
  });
  const paths = mounts.map((m) => m.mountPath);
  paths.forEach((mountPath, i) => {
    if (mountPath && paths.indexOf(mountPath) < i)
      errors.push(invalid(`${path}.volumeMounts[${i}].mountPath`, mountPath, 'must be unique'));
  });
  errors.push(...validateResources(container.resources, `${path}.resources`));
  for (const kind of ['livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
    errors.push(...validateProbe(container[kind], `${path}.${kind}`, kind !== 'readinessProbe'));
  }
  return errors;
}

function validateProbe(probe: Probe | undefined, path: string, successMustBeOne: boolean): FieldError[] {
  if (probe === undefined || probe === null) return [];
  const errors: FieldError[] = [];
  const handlers = (['exec', 'httpGet', 'tcpSocket', 'grpc'] as const).filter((h) => probe[h] != null);
  if (handlers.length === 0) errors.push(required(path, 'must specify a handler type'));
  for (const extra of handlers.slice(1))
    errors.push(forbidden(`${path}.${extra}`, 'may not specify more than 1 handler type'));
  if (probe.exec && (probe.exec.command ?? []).length === 0) errors.push(required(`${path}.exec.command`));
  for (const handler of ['httpGet', 'tcpSocket'] as const) {
    const port = probe[handler]?.port;
    if (typeof port === 'number')
      errors.push(...portErrors(port).map((e) => invalid(`${path}.${handler}.port`, port, e)));
    else if (typeof port === 'string')
      errors.push(...portNameErrors(port).map((e) => invalid(`${path}.${handler}.port`, port, e)));
  }
  for (const field of [
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'successThreshold',
    'failureThreshold',
  ] as const) {
    if ((probe[field] ?? 0) < 0)
      errors.push(invalid(`${path}.${field}`, probe[field], 'must be greater than or equal to 0'));
  }
  if (successMustBeOne && (probe.successThreshold ?? 1) !== 1) {
    errors.push(invalid(`${path}.successThreshold`, probe.successThreshold, 'must be 1'));
  }
  return errors;
}

function validateResources(resources: ResourceRequirements | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const valid = (kind: 'limits' | 'requests', name: string, value: string): boolean => {
    const parsed = parseQuantity(value);
    if (parsed === undefined) errors.push(invalid(`${path}.${kind}[${name}]`, value, QUANTITY_ERROR));
    else if (parsed.nanos < 0n)
      errors.push(invalid(`${path}.${kind}[${name}]`, value, 'must be greater than or equal to 0'));
    return parsed !== undefined;
  };
  for (const [name, limit] of Object.entries(resources?.limits ?? {})) valid('limits', name, limit);
  for (const [name, request] of Object.entries(resources?.requests ?? {})) {
    if (!valid('requests', name, request)) continue;
    const limit = resources?.limits?.[name];
    if (limit === undefined || parseQuantity(limit) === undefined) continue;
    if (compareQuantities(request, limit) > 0) {
      errors.push(
        invalid(`${path}.requests`, request, `must be less than or equal to ${name} limit of ${limit}`),
      );
    }
  }
  return errors;
}

const POD_UPDATE =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

export function validatePodCreate({ spec }: Pod): FieldError[] {
  // They come later, through pods/NAME/ephemeralcontainers.
  if ((spec?.ephemeralContainers ?? []).length === 0) return [];
  return [forbidden('spec.ephemeralContainers', 'cannot be set on create')];
}

/** What PUT and PATCH of a pod may change of its spec. */
export function validatePodUpdate(pod: Pod, old: Pod): FieldError[] {
  const { spec } = pod;
  const before = old.spec;
  if (spec === undefined || before === undefined) return [];
  const errors: FieldError[] = [];
  for (const place of ['containers', 'initContainers'] as const) {
    if ((spec[place] ?? []).length !== (before[place] ?? []).length) {
      return [forbidden(`spec.${place}`, 'pod updates may not add or remove containers')];
    }
  }
  const tolerations = spec.tolerations ?? [];
  const lost = (before.tolerations ?? []).some(
    (t) => !tolerations.some((n) => equal({ ...n, tolerationSeconds: 0 }, { ...t, tolerationSeconds: 0 })),
  );
  if (lost)
    errors.push(
      forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds'),
    );
  const frozen = (s: PodSpec): unknown => {
    const { activeDeadlineSeconds: _a, tolerations: _t, containers, initContainers, ...rest } = s;
    const grace =
      (s.terminationGracePeriodSeconds ?? 0) === 1 && (before.terminationGracePeriodSeconds ?? 0) < 0;
    const noImage = (list: readonly Container[] | undefined) =>
      (list ?? []).map(({ image: _image, ...container }) => container);
    // Scheduling gates may be lifted, and a gated pod's node selection may be tightened.
    const gated = (before.schedulingGates ?? []).length > 0;
    const open = gated ? { schedulingGates: undefined, nodeSelector: undefined, affinity: undefined } : {};
    return JSON.parse(
      JSON.stringify({
        ...rest,
        ...open,
        ...(grace ? { terminationGracePeriodSeconds: before.terminationGracePeriodSeconds } : {}),
        containers: noImage(containers),
        initContainers: noImage(initContainers),
      }),
    );
  };
  if (!equal(frozen(spec), frozen(before))) errors.push(forbidden('spec', POD_UPDATE));
  return errors;
}

/** kubectl debug: containers are added to spec.ephemeralContainers, nothing else changes. */
export function validateEphemeralContainersUpdate(pod: Pod, old: Pod): FieldError[] {
  const before = old.spec?.ephemeralContainers ?? [];
  const after = pod.spec?.ephemeralContainers ?? [];
  const errors: FieldError[] = [];
  for (const container of before) {
    const now = after.find((c) => c.name === container.name);
    if (now === undefined)
      errors.push(
        forbidden('spec.ephemeralContainers', 'existing ephemeral containers may not be removed\n'),
      );
    else if (!equal(now, container))
      errors.push(
        forbidden(
          'spec.ephemeralContainers',
          `existing ephemeral containers "${container.name}" may not be changed\n`,
        ),
      );
  }
  const taken = new Set(
    [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].map((c) => c.name),
  );
  after.forEach((container, i) => {
    const path = `spec.ephemeralContainers[${i}]`;
    if (!container.name) errors.push(required(`${path}.name`));
    else if (taken.has(container.name))
      errors.push({ type: 'Duplicate', field: `${path}.name`, badValue: container.name, detail: '' });
    taken.add(container.name);
    if (!container.image) errors.push(required(`${path}.image`));
    if (container.ports) errors.push(forbidden(`${path}.ports`, 'cannot be set for an Ephemeral Container'));
  });
  return errors;
}

const restartPolicies = ['Always', 'OnFailure', 'Never'];

/** Workloads that keep pods running take one restart policy only. */
export function validateRestartPolicy(
  template: PodTemplateSpec | undefined,
  path: string,
  allowed: readonly string[],
): FieldError[] {
  const policy = template?.spec?.restartPolicy ?? 'Always';
  return allowed.includes(policy) || !restartPolicies.includes(policy)
    ? []
    : [notSupported(`${path}.spec.restartPolicy`, policy, allowed)];
}
