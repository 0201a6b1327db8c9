import { age } from '../../../api/duration.ts';
import { podResources, type ResourceList, sumOf } from '../../../api/pod-resources.ts';
import { quantityMilliValue } from '../../../api/quantity.ts';
import type { Lease } from '../../../api/types/coordination-v1.ts';
import type { Node, NodeCondition, Pod } from '../../../api/types/core-v1.ts';
import { StatusError } from '../../../client/errors.ts';
import { resourcePath } from '../../../client/resource-client.ts';
import type { Session } from '../../cli/command.ts';
import type { KubeObject } from '../../cluster/cluster.ts';
import { longTime, type Page } from './page.ts';

const rolePrefix = 'node-role.kubernetes.io/';

/** What a node's description needs beside the node. */
export interface NodeCompany {
  /** The node's sign of life, or why there is none to be seen. */
  readonly lease: Lease | StatusError;
  /** Those that still hold what they asked for. */
  readonly pods: readonly Pod[];
}

export async function fetchNodeCompany(session: Session, name: string): Promise<NodeCompany> {
  const cluster = session.cluster();
  const leases = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases' };
  const pods = { group: '', version: 'v1', resource: 'pods' };
  const fieldSelector = `spec.nodeName=${name},status.phase!=Succeeded,status.phase!=Failed`;
  const [lease, list] = await Promise.all([
    cluster.request<Lease>('GET', resourcePath(leases, 'kube-node-lease', name)).catch((error: unknown) => {
      if (error instanceof StatusError) return error;
      throw error;
    }),
    cluster.request<{ items: Pod[] }>('GET', resourcePath(pods, undefined), { query: { fieldSelector } }),
  ]);
  return { lease, pods: list.items };
}

/** Models kubectl/pkg/describe describeNode. */
export function describeNode(page: Page, object: KubeObject, company: NodeCompany, now: number): void {
  const { metadata, spec, status = {} } = object as unknown as Node;
  const labels = metadata?.labels ?? {};
  const roles = Object.keys(labels)
    .filter((label) => label.startsWith(rolePrefix))
    .map((label) => label.slice(rolePrefix.length))
    .sort();
  page.line(0, 'Name:', metadata?.name);
  page.line(0, 'Roles:', roles.length === 0 ? '<none>' : roles.join(','));
  page.map(0, 'Labels:', labels);
  page.annotations(0, 'Annotations:', metadata?.annotations);
  page.line(0, 'CreationTimestamp:', longTime(metadata?.creationTimestamp));
  page.list(
    0,
    'Taints:',
    (spec?.taints ?? [])
      .map(({ key, value, effect }) => `${key}${value ? `=${value}` : ''}:${effect}`)
      .sort(),
  );
  page.line(0, 'Unschedulable:', spec?.unschedulable ?? false);
  lease(page, company.lease);
  conditions(page, status.conditions ?? []);
  page.line(0, 'Addresses:');
  for (const { type, address } of status.addresses ?? []) page.line(1, `${type}:`, address);
  resources(page, 'Capacity:', status.capacity);
  resources(page, 'Allocatable:', status.allocatable);
  page.line(0, 'System Info:');
  const info = status.nodeInfo;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Machine ID', info?.machineID],
    ['System UUID', info?.systemUUID],
    ['Boot ID', info?.bootID],
    ['Kernel Version', info?.kernelVersion],
    ['OS Image', info?.osImage],
    ['Operating System', info?.operatingSystem],
    ['Architecture', info?.architecture],
    ['Container Runtime Version', info?.containerRuntimeVersion],
    ['Kubelet Version', info?.kubeletVersion],
    ['Kube-Proxy Version', info?.kubeProxyVersion],
  ];
  for (const [title, value] of facts) page.line(1, `${title}:`, value);
  if (spec?.podCIDR) page.line(0, 'PodCIDR:', spec.podCIDR);
  if (spec?.podCIDRs !== undefined && spec.podCIDRs.length > 0)
    page.line(0, 'PodCIDRs:', spec.podCIDRs.join(','));
  if (spec?.providerID) page.line(0, 'ProviderID:', spec.providerID);
  podsOnNode(page, company.pods, status.allocatable ?? {}, now);
}

function conditions(page: Page, list: readonly NodeCondition[]): void {
  if (list.length === 0) return;
  page.line(0, 'Conditions:');
  page.table(
    1,
    ['Type', 'Status', 'LastHeartbeatTime', 'LastTransitionTime', 'Reason', 'Message'],
    // Each cell but the last has a blank at its end.
    list.map(({ type, status, lastHeartbeatTime, lastTransitionTime, reason = '', message = '' }) => [
      ...[type, status, longTime(lastHeartbeatTime), longTime(lastTransitionTime), reason].map(
        (cell) => `${cell} `,
      ),
      message,
    ]),
  );
}

function lease(page: Page, found: Lease | StatusError): void {
  if (found instanceof StatusError) {
    page.line(0, 'Lease:', `Failed to get lease: ${found.message}`);
    return;
  }
  page.line(0, 'Lease:');
  page.line(1, 'HolderIdentity:', found.spec?.holderIdentity || '<unset>');
  page.line(1, 'AcquireTime:', longTime(found.spec?.acquireTime));
  page.line(1, 'RenewTime:', longTime(found.spec?.renewTime));
}

function resources(page: Page, title: string, quantities: Readonly<Record<string, unknown>> = {}): void {
  if (Object.keys(quantities).length > 0) page.line(0, title);
  for (const name of Object.keys(quantities).sort()) page.line(1, `${name}:`, String(quantities[name]));
}

/** `100m (5%)`: how much of the node that is. */
function share(quantity: string | undefined, allocatable: unknown): string {
  const whole = allocatable === undefined ? 0 : quantityMilliValue(String(allocatable));
  const part = quantity === undefined ? 0 : quantityMilliValue(quantity);
  return `${quantity ?? '0'} (${whole === 0 ? 0 : Math.trunc((part * 100) / whole)}%)`;
}

function podsOnNode(
  page: Page,
  pods: readonly Pod[],
  allocatable: Readonly<Record<string, unknown>>,
  now: number,
): void {
  page.line(0, 'Non-terminated Pods:', `(${pods.length} in total)`);
  const uses = pods.map((pod) => ({
    pod,
    requests: podResources(pod.spec!, 'requests'),
    limits: podResources(pod.spec!, 'limits'),
  }));
  page.table(
    1,
    ['Namespace', 'Name', '', 'CPU Requests', 'CPU Limits', 'Memory Requests', 'Memory Limits', 'Age'],
    uses.map(({ pod, requests, limits }) => [
      pod.metadata?.namespace ?? '',
      pod.metadata?.name ?? '',
      '',
      share(requests.cpu, allocatable.cpu),
      share(limits.cpu, allocatable.cpu),
      share(requests.memory, allocatable.memory),
      share(limits.memory, allocatable.memory),
      age(pod.metadata?.creationTimestamp, now),
    ]),
  );
  const requested = sumOf(uses.map(({ requests }) => requests));
  const limited = sumOf(uses.map(({ limits }) => limits));
  page.line(0, 'Allocated resources:');
  page.line(1, '(Total limits may be over 100 percent, i.e., overcommitted.)');
  const names = ['cpu', 'memory', 'ephemeral-storage', ...extended(allocatable)];
  page.table(
    1,
    ['Resource', 'Requests', 'Limits'],
    names.map((name) => [
      name,
      ...[requested, limited].map((list: ResourceList) => share(list[name], allocatable[name])),
    ]),
  );
}

/** Resources beyond the three that every node has, other than the number of pods. */
const extended = (allocatable: Readonly<Record<string, unknown>>) =>
  Object.keys(allocatable)
    .filter((name) => !['cpu', 'memory', 'ephemeral-storage', 'pods'].includes(name))
    .sort();
