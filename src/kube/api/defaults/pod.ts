/** Defaults of pods and pod templates. Models pkg/apis/core/v1/defaults.go. */
import type {
  Container,
  ContainerPort,
  Lifecycle,
  PodSpec,
  PodTemplateSpec,
  Probe,
  Volume,
} from '../types/core-v1.ts';
import { fill, fillZero } from './fill.ts';

export function defaultPodTemplate(template: PodTemplateSpec | undefined): void {
  if (template?.spec !== undefined) defaultPodSpec(template.spec);
}

function defaultPodSpec(spec: PodSpec): void {
  fill(spec, 'dnsPolicy', 'ClusterFirst');
  fill(spec, 'restartPolicy', 'Always');
  fill(spec, 'securityContext', {});
  fill(spec, 'terminationGracePeriodSeconds', 30);
  fill(spec, 'schedulerName', 'default-scheduler');
  // Both names of the account are kept alike (conversion.go).
  if (spec.serviceAccountName === undefined && spec.serviceAccount !== undefined) {
    spec.serviceAccountName = spec.serviceAccount;
  }
  if (spec.serviceAccountName !== undefined) spec.serviceAccount = spec.serviceAccountName;
  for (const volume of spec.volumes ?? []) defaultVolume(volume);
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    defaultContainer(container, spec.hostNetwork === true);
  }
  for (const container of spec.ephemeralContainers ?? [])
    defaultContainer(container, spec.hostNetwork === true);
}

/** Defaults that a Pod has and a template has not. */
export function defaultPod(spec: PodSpec): void {
  defaultPodSpec(spec);
  fill(spec, 'enableServiceLinks', true);
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])])
    requestsFromLimits(container);
}

function requestsFromLimits(container: Container): void {
  const resources = container.resources;
  if (resources?.limits === undefined) return;
  const requests = fill(resources, 'requests', {});
  for (const [name, limit] of Object.entries(resources.limits)) requests[name] ??= limit;
}

function defaultContainer(container: Container, hostNetwork: boolean): void {
  fill(container, 'imagePullPolicy', pullPolicyOf(container.image ?? ''));
  fill(container, 'terminationMessagePath', '/dev/termination-log');
  fill(container, 'terminationMessagePolicy', 'File');
  fill(container, 'resources', {});
  for (const port of container.ports ?? []) defaultPort(port, hostNetwork);
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) {
    if (probe !== undefined && probe !== null) defaultProbe(probe);
  }
  defaultLifecycle(container.lifecycle);
  for (const variable of container.env ?? []) {
    if (variable.valueFrom?.fieldRef) fill(variable.valueFrom.fieldRef, 'apiVersion', 'v1');
  }
}

/** Always for :latest and for no tag; a digest or another tag is pulled once. */
function pullPolicyOf(image: string): string {
  if (image.includes('@')) return 'IfNotPresent';
  const tag = /:([^:/]+)$/.exec(image)?.[1] ?? 'latest';
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

function defaultPort(port: ContainerPort, hostNetwork: boolean): void {
  fill(port, 'protocol', 'TCP');
  if (hostNetwork) fillZero(port, 'hostPort', port.containerPort);
}

function defaultProbe(probe: Probe): void {
  fillZero(probe, 'timeoutSeconds', 1);
  fillZero(probe, 'periodSeconds', 10);
  fillZero(probe, 'successThreshold', 1);
  fillZero(probe, 'failureThreshold', 3);
  if (probe.httpGet) {
    fill(probe.httpGet, 'path', '/');
    fill(probe.httpGet, 'scheme', 'HTTP');
  }
  if (probe.grpc) probe.grpc.service ??= '';
}

function defaultLifecycle(lifecycle: Lifecycle | undefined): void {
  for (const handler of [lifecycle?.postStart, lifecycle?.preStop]) {
    if (!handler?.httpGet) continue;
    fill(handler.httpGet, 'path', '/');
    fill(handler.httpGet, 'scheme', 'HTTP');
  }
}

const FILE_MODE = 0o644;

function defaultVolume(volume: Volume): void {
  // A volume without a source is an emptyDir.
  if (Object.keys(volume).every((key) => key === 'name')) volume.emptyDir = {};
  if (volume.secret) fill(volume.secret, 'defaultMode', FILE_MODE);
  if (volume.configMap) fill(volume.configMap, 'defaultMode', FILE_MODE);
  if (volume.hostPath) volume.hostPath.type ??= '';
  if (volume.iscsi) fill(volume.iscsi, 'iscsiInterface', 'default');
  if (volume.downwardAPI) {
    fill(volume.downwardAPI, 'defaultMode', FILE_MODE);
    for (const item of volume.downwardAPI.items ?? [])
      if (item.fieldRef) fill(item.fieldRef, 'apiVersion', 'v1');
  }
  if (volume.projected) {
    fill(volume.projected, 'defaultMode', FILE_MODE);
    for (const source of volume.projected.sources ?? []) {
      if (source.serviceAccountToken) fill(source.serviceAccountToken, 'expirationSeconds', 3600);
      for (const item of source.downwardAPI?.items ?? [])
        if (item.fieldRef) fill(item.fieldRef, 'apiVersion', 'v1');
    }
  }
}
