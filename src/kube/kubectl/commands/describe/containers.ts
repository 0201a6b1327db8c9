import type {
  Container,
  ContainerState,
  ContainerStatus,
  EnvVar,
  Probe,
  VolumeMount,
} from '../../../api/types/core-v1.ts';
import { longTime, type Page } from './page.ts';

/** The block of a pod's or a template's containers. Models kubectl/pkg/describe describeContainers. */
export function describeContainers(
  page: Page,
  level: number,
  title: string,
  containers: readonly Container[],
  statuses?: readonly ContainerStatus[],
): void {
  page.line(level, title);
  for (const container of containers) {
    page.line(level + 1, `${container.name}:`);
    describeContainer(
      page,
      level + 2,
      container,
      statuses?.find(({ name }) => name === container.name),
    );
  }
}

function describeContainer(page: Page, level: number, container: Container, status?: ContainerStatus): void {
  if (status !== undefined) page.line(level, 'Container ID:', status.containerID);
  page.line(level, 'Image:', container.image);
  if (status !== undefined) page.line(level, 'Image ID:', status.imageID);
  const ports = container.ports ?? [];
  const plural = ports.length > 1 ? 's' : '';
  const text = (values: string[]) => (values.length === 0 ? '<none>' : values.join(', '));
  const numbered = ports.map((port) => `${port.containerPort}/${port.protocol ?? 'TCP'}`);
  page.line(
    level,
    `Port${plural}:`,
    text(ports.map((port, i) => numbered[i]! + (port.name ? ` (${port.name})` : ''))),
  );
  page.line(
    level,
    `Host Port${plural}:`,
    text(ports.map((port) => `${port.hostPort ?? 0}/${port.protocol ?? 'TCP'}`)),
  );
  if (container.securityContext?.seccompProfile !== undefined)
    page.line(level, 'SeccompProfile:', container.securityContext.seccompProfile.type);
  words(page, level, 'Command:', container.command);
  words(page, level, 'Args:', container.args);
  if (status !== undefined) describeStatus(page, level, status);
  resources(page, level, 'Limits:', container.resources?.limits);
  resources(page, level, 'Requests:', container.resources?.requests);
  probe(page, level, 'Liveness:', container.livenessProbe);
  probe(page, level, 'Readiness:', container.readinessProbe);
  probe(page, level, 'Startup:', container.startupProbe);
  if (container.envFrom !== undefined && container.envFrom.length > 0) {
    page.line(level, 'Environment Variables from:');
    for (const { configMapRef, secretRef, prefix } of container.envFrom) {
      const kind = configMapRef !== undefined ? 'ConfigMap' : 'Secret';
      const { name, optional = false } = configMapRef ?? secretRef ?? {};
      const withPrefix = prefix === undefined || prefix === '' ? '' : ` with prefix '${prefix}'`;
      page.line(level + 1, name, `${kind}${withPrefix}\tOptional: ${optional}`);
    }
  }
  block(page, level, 'Environment:', (container.env ?? []).map(envLine));
  block(page, level, 'Mounts:', (container.volumeMounts ?? []).map(mountLine).sort());
}

function describeStatus(page: Page, level: number, status: ContainerStatus): void {
  state(page, level, 'State:', status.state ?? {});
  if (status.lastState?.terminated !== undefined) state(page, level, 'Last State:', status.lastState);
  page.line(level, 'Ready:', status.ready ? 'True' : 'False');
  page.line(level, 'Restart Count:', status.restartCount);
}

function state(
  page: Page,
  level: number,
  title: string,
  { running, waiting, terminated }: ContainerState,
): void {
  if (running !== undefined) {
    page.line(level, title, 'Running');
    page.line(level + 1, 'Started:', longTime(running.startedAt));
  } else if (terminated !== undefined) {
    page.line(level, title, 'Terminated');
    if (terminated.reason) page.line(level + 1, 'Reason:', terminated.reason);
    if (terminated.message) page.line(level + 1, 'Message:', terminated.message);
    page.line(level + 1, 'Exit Code:', terminated.exitCode);
    if (terminated.signal) page.line(level + 1, 'Signal:', terminated.signal);
    page.line(level + 1, 'Started:', longTime(terminated.startedAt));
    page.line(level + 1, 'Finished:', longTime(terminated.finishedAt));
  } else {
    page.line(level, title, 'Waiting');
    if (waiting?.reason) page.line(level + 1, 'Reason:', waiting.reason);
  }
}

function words(page: Page, level: number, title: string, list: readonly string[] | undefined): void {
  if (list === undefined || list.length === 0) return;
  page.line(level, title);
  for (const word of list) for (const line of word.split('\n')) page.line(level + 1, line);
}

function resources(
  page: Page,
  level: number,
  title: string,
  quantities?: Readonly<Record<string, unknown>>,
): void {
  const entries = Object.entries(quantities ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) return;
  page.line(level, title);
  for (const [name, quantity] of entries) page.line(level + 1, `${name}:`, String(quantity));
}

function block(page: Page, level: number, title: string, lines: readonly (readonly string[])[]): void {
  if (lines.length === 0) {
    page.line(level, title, '<none>');
    return;
  }
  page.line(level, title);
  for (const line of lines) page.line(level + 1, ...line);
}

function envLine({ name, value, valueFrom }: EnvVar): string[] {
  if (valueFrom === undefined) return [`${name}:`, (value ?? '').replaceAll('\n', '\n\t')];
  const { fieldRef, resourceFieldRef, secretKeyRef, configMapKeyRef } = valueFrom;
  if (fieldRef !== undefined) return [`${name}:`, ` (${fieldRef.apiVersion ?? 'v1'}:${fieldRef.fieldPath})`];
  if (resourceFieldRef !== undefined) return [`${name}:`, `(${resourceFieldRef.resource})`];
  const reference = secretKeyRef ?? configMapKeyRef;
  const kind = secretKeyRef !== undefined ? 'secret' : 'config map';
  return [
    `${name}:`,
    `<set to the key '${reference?.key}' in ${kind} '${reference?.name ?? ''}'>`,
    `Optional: ${reference?.optional ?? false}`,
  ];
}

const mountLine = ({ mountPath, name, readOnly, subPath }: VolumeMount) => [
  `${mountPath} from ${name} (${[readOnly ? 'ro' : 'rw', ...(subPath ? [`path="${subPath}"`] : [])].join(',')})`,
];

function probe(page: Page, level: number, title: string, checked: Probe | undefined): void {
  if (checked === undefined) return;
  const { timeoutSeconds = 1, periodSeconds = 10, successThreshold = 1, failureThreshold = 3 } = checked;
  const times = `delay=${checked.initialDelaySeconds ?? 0}s timeout=${timeoutSeconds}s period=${periodSeconds}s #success=${successThreshold} #failure=${failureThreshold}`;
  page.line(level, title, `${probeAction(checked)} ${times}`);
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
