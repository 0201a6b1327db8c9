import type { ConfigMap, Container, Pod, Secret, Service } from '../../api/types/core-v1.ts';
import { namespaceOf } from '../pods/pod.ts';
import { expand } from './expansion.ts';
import { fieldValue, type PodAddresses, resourceFieldValue } from './field-ref.ts';
import { serviceVariables } from './service-variables.ts';

/** ConfigMaps and Secrets of the pod's namespace; undefined when there is none of that name. */
export interface ObjectSource {
  configMap(namespace: string, name: string): Promise<ConfigMap | undefined>;
  secret(namespace: string, name: string): Promise<Secret | undefined>;
}

export interface EnvironmentInputs {
  readonly objects: ObjectSource;
  readonly services: readonly Service[];
  readonly addresses: PodAddresses;
  readonly allocatable: Readonly<Record<string, string>>;
}

/** Why a container cannot be made from its specification; becomes the reason CreateContainerConfigError. */
export class ContainerConfigError extends Error {
  override readonly name = 'ContainerConfigError';
}

/**
 * The environment of a container: services, then envFrom, then env, each later one winning. Throws
 * ContainerConfigError with upstream's text. Models makeEnvironmentVariables.
 */
export async function containerEnvironment(
  pod: Pod,
  container: Container,
  inputs: EnvironmentInputs,
): Promise<Record<string, string>> {
  const namespace = namespaceOf(pod);
  const fromServices = serviceVariables(inputs.services, namespace, pod.spec?.enableServiceLinks ?? true);
  const result: Record<string, string> = {};
  for (const source of container.envFrom ?? []) {
    const prefix = source.prefix ?? '';
    for (const [key, value] of Object.entries(await envFromValues(source, namespace, inputs.objects)))
      result[`${prefix}${key}`] = value;
  }
  // References see what came before them, and the services where nothing else has the name.
  const lookup = (name: string) => result[name] ?? fromServices[name];
  for (const variable of container.env ?? []) {
    if (variable.valueFrom === undefined) {
      result[variable.name] = expand(variable.value ?? '', lookup);
      continue;
    }
    const value = await valueFrom(pod, container, variable.valueFrom, inputs);
    if (value !== undefined) result[variable.name] = value;
  }
  return { ...fromServices, ...result };
}

async function envFromValues(
  { configMapRef, secretRef }: NonNullable<Container['envFrom']>[number],
  namespace: string,
  objects: ObjectSource,
): Promise<Readonly<Record<string, string>>> {
  if (configMapRef !== undefined) {
    const found = await objects.configMap(namespace, configMapRef.name ?? '');
    if (found !== undefined) return found.data ?? {};
    if (configMapRef.optional === true) return {};
    throw new ContainerConfigError(`configmap "${configMapRef.name}" not found`);
  }
  if (secretRef !== undefined) {
    const found = await objects.secret(namespace, secretRef.name ?? '');
    if (found !== undefined) return decodeSecret(found);
    if (secretRef.optional === true) return {};
    throw new ContainerConfigError(`secret "${secretRef.name}" not found`);
  }
  return {};
}

const decodeSecret = (secret: Secret) =>
  Object.fromEntries(
    Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  );

async function valueFrom(
  pod: Pod,
  container: Container,
  source: NonNullable<NonNullable<Container['env']>[number]['valueFrom']>,
  { objects, addresses, allocatable }: EnvironmentInputs,
): Promise<string | undefined> {
  const namespace = namespaceOf(pod);
  if (source.fieldRef !== undefined) return fieldValue(pod, source.fieldRef.fieldPath, addresses);
  if (source.resourceFieldRef !== undefined)
    return resourceFieldValue(pod, source.resourceFieldRef, container.name, allocatable);
  if (source.configMapKeyRef !== undefined) {
    const { name = '', key, optional } = source.configMapKeyRef;
    const found = await objects.configMap(namespace, name);
    const value = found?.data?.[key];
    if (value !== undefined || optional === true) return value;
    if (found === undefined) throw new ContainerConfigError(`configmap "${name}" not found`);
    throw new ContainerConfigError(`couldn't find key ${key} in ConfigMap ${namespace}/${name}`);
  }
  if (source.secretKeyRef !== undefined) {
    const { name = '', key, optional } = source.secretKeyRef;
    const found = await objects.secret(namespace, name);
    const value = found?.data?.[key];
    if (value !== undefined) return Buffer.from(value, 'base64').toString();
    if (optional === true) return undefined;
    if (found === undefined) throw new ContainerConfigError(`secret "${name}" not found`);
    throw new ContainerConfigError(`couldn't find key ${key} in Secret ${namespace}/${name}`);
  }
  throw new ContainerConfigError('env valueFrom: fileKeyRef is not supported by this kubelet');
}
