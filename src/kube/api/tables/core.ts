/** The columns of the core group but pods, services and storage. Models pkg/printers/internalversion/printers.go. */
import { age } from '../duration.ts';
import type {
  ComponentStatus,
  ConfigMap,
  Event,
  Namespace,
  Node,
  ResourceQuota,
  Secret,
  ServiceAccount,
} from '../types/core-v1.ts';
import { ageOf, columns, NONE, orNone, type Printer } from './printer.ts';

const ROLE_PREFIX = 'node-role.kubernetes.io/';

export const nodePrinter: Printer<Node> = {
  columns: columns(
    'Name',
    'Status',
    'Roles',
    'Age',
    'Version',
    'Internal-IP+',
    'External-IP+',
    'OS-Image+',
    'Kernel-Version+',
    'Container-Runtime+',
  ),
  row: (node, context) => {
    const info = node.status?.nodeInfo;
    const address = (type: string) => orNone(node.status?.addresses?.find((a) => a.type === type)?.address);
    const unknown = (text: string | undefined) => text || '<unknown>';
    return [
      node.metadata.name,
      nodeStatus(node),
      nodeRoles(node),
      ageOf(node, context),
      info?.kubeletVersion ?? '',
      address('InternalIP'),
      address('ExternalIP'),
      unknown(info?.osImage),
      unknown(info?.kernelVersion),
      unknown(info?.containerRuntimeVersion),
    ];
  },
};

function nodeStatus(node: Node): string {
  const ready = node.status?.conditions?.find((c) => c.type === 'Ready');
  const words = [ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady'];
  if (node.spec?.unschedulable === true) words.push('SchedulingDisabled');
  return words.join(',');
}

function nodeRoles(node: Node): string {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(node.metadata.labels ?? {})) {
    if (key.startsWith(ROLE_PREFIX) && key.length > ROLE_PREFIX.length)
      roles.add(key.slice(ROLE_PREFIX.length));
    else if (key === 'kubernetes.io/role' && value !== '') roles.add(value);
  }
  return orNone([...roles].sort().join(','));
}

export const namespacePrinter: Printer<Namespace> = {
  columns: columns('Name', 'Status', 'Age'),
  row: (n, context) => [n.metadata.name, n.status?.phase ?? '', ageOf(n, context)],
};

export const configMapPrinter: Printer<ConfigMap> = {
  columns: columns('Name', 'Data', 'Age'),
  row: (c, context) => [
    c.metadata.name,
    Object.keys(c.data ?? {}).length + Object.keys(c.binaryData ?? {}).length,
    ageOf(c, context),
  ],
};

export const secretPrinter: Printer<Secret> = {
  columns: columns('Name', 'Type', 'Data:integer', 'Age'),
  row: (s, context) => [s.metadata.name, s.type ?? '', Object.keys(s.data ?? {}).length, ageOf(s, context)],
};

export const serviceAccountPrinter: Printer<ServiceAccount> = {
  columns: columns('Name', 'Secrets:integer', 'Age'),
  row: (s, context) => [s.metadata.name, s.secrets?.length ?? 0, ageOf(s, context)],
};

export const eventPrinter: Printer<Event> = {
  columns: columns(
    'Last Seen',
    'Type',
    'Reason',
    'Object',
    'Subobject+',
    'Source+',
    'Message',
    'First Seen+',
    'Count+',
    'Name+',
  ),
  row: (event, { now }) => {
    const first = event.firstTimestamp ?? event.eventTime;
    const last = event.series?.lastObservedTime ?? event.lastTimestamp ?? first;
    const count = event.series?.count ?? event.count ?? 0;
    const target = event.involvedObject;
    const component = event.source?.component || event.reportingComponent || '';
    const host = event.source?.host || event.reportingInstance || '';
    return [
      age(last, now),
      event.type ?? '',
      event.reason ?? '',
      `${(target.kind ?? '').toLowerCase()}/${target.name ?? ''}`,
      target.fieldPath ?? '',
      [component, host].filter((part) => part !== '').join(', '),
      (event.message ?? '').trim(),
      age(first, now),
      count === 0 ? 1 : count,
      event.metadata.name,
    ];
  },
};

export const componentStatusPrinter: Printer<ComponentStatus> = {
  columns: columns('Name', 'Status', 'Message', 'Error'),
  row: (c) => {
    const healthy = c.conditions?.find((condition) => condition.type === 'Healthy');
    const status = healthy === undefined ? 'Unknown' : healthy.status === 'True' ? 'Healthy' : 'Unhealthy';
    return [c.metadata.name, status, healthy?.message ?? '', healthy?.error ?? ''];
  },
};

export const quotaPrinter: Printer<ResourceQuota> = {
  columns: columns('Name', 'Request', 'Limit', 'Age'),
  row: (quota, context) => {
    const requests: string[] = [];
    const limits: string[] = [];
    for (const name of Object.keys(quota.status?.hard ?? {}).sort()) {
      const text = `${name}: ${quota.status?.used?.[name] ?? '0'}/${quota.status?.hard?.[name]}`;
      (name.startsWith('limits.') ? limits : requests).push(text);
    }
    return [quota.metadata.name, requests.join(', '), limits.join(', '), ageOf(quota, context)];
  },
};

/** LimitRange, Role and ClusterRole show when they were made, not how old they are. */
export const createdAtPrinter: Printer<{ metadata: Node['metadata'] }> = {
  columns: [
    ...columns('Name'),
    { name: 'Created At', type: 'date', format: '', description: '', priority: 0 },
  ],
  row: (o) => [o.metadata.name, o.metadata.creationTimestamp ?? NONE],
};
