import type {
  Container,
  ContainerState,
  ContainerStatus,
  EnvFromSource,
  EnvVar,
  Probe,
  VolumeMount,
} from '../../../api/types/core-v1.ts';
import { longTime, type Page } from './page.ts';

/** Whether the block is of a pod itself or, one step further in, of a template. */
export type Place = 'pod' | 'template';

/** The block of a pod's or a template's containers. Models kubectl/pkg/describe describeContainers. */
export function describeContainers(
  page: Page,
  place: Place,
  title: string,
  containers: readonly Container[],
  statuses?: readonly ContainerStatus[],
): void {
  const indent = place === 'template' ? ' ' : '';
  page.line(place === 'template' ? 1 : 0, title);
  for (const container of containers) {
    page.line(1, `${indent}${container.name}:`);
    describeContainer(
      page,
      container,
      statuses?.find(({ name }) => name === container.name),
    );
  }
}

function describeContainer(page: Page, container: Container, status?: ContainerStatus): void {
  if (status !== undefined) page.line(2, 'Container ID:', status.containerID);
  page.line(2, 'Image:', container.image);
  if (status !== undefined) page.line(2, 'Image ID:', status.imageID);
  const ports = container.ports ?? [];
  const plural = ports.length > 1 ? 's' : '';
  const joined = (values: readonly string[]) => (values.length === 0 ? '<none>' : values.join(', '));
  const portTexts = ports.map(({ containerPort, protocol = 'TCP' }) => `${containerPort}/${protocol}`);
  const hostPortTexts = ports.map(({ hostPort = 0, protocol = 'TCP' }) => `${hostPort}/${protocol}`);
  page.line(2, `Port${plural}:`, joined(portTexts));
  page.line(2, `Host Port${plural}:`, joined(hostPortTexts));
  if (container.securityContext?.seccompProfile !== undefined)
    page.line(2, 'SeccompProfile:', container.securityContext.seccompProfile.type);
  words(page, 'Command:', container.command);
  words(page, 'Args:', container.args);
  if (status !== undefined) describeStatus(page, status);
  resources(page, 'Limits:', container.resources?.limits);
  resources(page, 'Requests:', container.resources?.requests);
  probe(page, 'Liveness:', container.livenessProbe);
  probe(page, 'Readiness:', container.readinessProbe);
  probe(page, 'Startup:', container.startupProbe);
  const envFrom = container.envFrom ?? [];
  if (envFrom.length > 0) block(page, 'Environment Variables from:', envFrom.map(envFromLine));
  block(page, 'Environment:', (container.env ?? []).flatMap(envLines));
  block(page, 'Mounts:', (container.volumeMounts ?? []).map(mountLine).sort());
}

function describeStatus(page: Page, status: ContainerStatus): void {
  state(page, 'State:', status.state ?? {});
  if (status.lastState?.terminated !== undefined) state(page, 'Last State:', status.lastState);
  page.line(2, 'Ready:', status.ready ? 'True' : 'False');
  page.line(2, 'Restart Count:', status.restartCount);
}

function state(page: Page, title: string, { running, waiting, terminated }: ContainerState): void {
  if (running !== undefined) {
    page.line(2, title, 'Running');
    page.line(3, 'Started:', longTime(running.startedAt));
  } else if (terminated !== undefined) {
    page.line(2, title, 'Terminated');
    if (terminated.reason) page.line(3, 'Reason:', terminated.reason);
    if (terminated.message) page.line(3, 'Message:', terminated.message);
    page.line(3, 'Exit Code:', terminated.exitCode);
    if (terminated.signal) page.line(3, 'Signal:', terminated.signal);
    page.line(3, 'Started:', longTime(terminated.startedAt));
    page.line(3, 'Finished:', longTime(terminated.finishedAt));
  } else {
    page.line(2, title, 'Waiting');
    if (waiting?.reason) page.line(3, 'Reason:', waiting.reason);
  }
}

function words(page: Page, title: string, list: readonly string[] | undefined): void {
  if (list === undefined || list.length === 0) return;
  page.line(2, title);
  for (const word of list) for (const line of word.split('\n')) page.line(3, line);
}

function resources(page: Page, title: string, quantities?: Readonly<Record<string, unknown>>): void {
  const entries = Object.entries(quantities ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) return;
  page.line(2, title);
  for (const [name, quantity] of entries) page.line(3, `${name}:`, String(quantity));
}

function block(page: Page, title: string, lines: readonly (readonly string[])[]): void {
  if (lines.length === 0) {
    page.line(2, title, '<none>');
    return;
  }
  page.line(2, title);
  for (const line of lines) page.line(3, ...line);
}

function envFromLine({ configMapRef, secretRef, prefix }: EnvFromSource): string[] {
  const kind = configMapRef !== undefined ? 'ConfigMap' : 'Secret';
  const { name = '', optional = false } = configMapRef ?? secretRef ?? {};
  return [name, kind + (prefix ? ` with prefix '${prefix}'` : ''), `Optional: ${optional}`];
}

/** A value of several lines goes on below itself. */
function envLines({ name, value, valueFrom }: EnvVar): string[][] {
  if (valueFrom === undefined) {
    const [first = '', ...others] = (value ?? '').split('\n');
    return [[`${name}:`, first], ...others.map((line) => ['', line])];
  }
  const { fieldRef, resourceFieldRef, secretKeyRef, configMapKeyRef } = valueFrom;
  if (fieldRef !== undefined)
    return [[`${name}:`, ` (${fieldRef.apiVersion ?? 'v1'}:${fieldRef.fieldPath})`]];
  if (resourceFieldRef !== undefined) return [[`${name}:`, ` (${resourceFieldRef.resource})`]];
  const { key = '', name: from = '', optional = false } = secretKeyRef ?? configMapKeyRef ?? {};
  const kind = secretKeyRef !== undefined ? 'secret' : 'config map';
  return [[`${name}:`, `<set to the key '${key}' in ${kind} '${from}'>`, `Optional: ${optional}`]];
}

const mountLine = ({ mountPath, name, readOnly, subPath }: VolumeMount) => [
  `${mountPath} from ${name} (${[readOnly ? 'ro' : 'rw', ...(subPath ? [`path="${subPath}"`] : [])].join(',')})`,
];

function probe(page: Page, title: string, checked: Probe | undefined): void {
  if (checked === undefined) return;
  const { timeoutSeconds = 1, periodSeconds = 10, successThreshold = 1, failureThreshold = 3 } = checked;
  const times = `delay=${checked.initialDelaySeconds ?? 0}s timeout=${timeoutSeconds}s period=${periodSeconds}s #success=${successThreshold} #failure=${failureThreshold}`;
  page.line(2, title, `${probeAction(checked)} ${times}`);
}

function probeAction({ exec, httpGet, tcpSocket, grpc }: Probe): string {
  if (exec !== undefined) return `exec [${(exec.command ?? []).join(' ')}]`;
  if (httpGet !== undefined) {
    const { scheme = 'HTTP', host = '', port, path = '' } = httpGet;
    return `http-get ${scheme.toLowerCase()}://${host}:${port}${path}`;
  }
  if (tcpSocket !== undefined) return `tcp-socket ${tcpSocket.host ?? ''}:${tcpSocket.port}`;
  return grpc === undefined ? 'unknown' : `grpc <pod>:${grpc.port} ${grpc.service ?? ''}`;
}
