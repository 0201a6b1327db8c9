import { humanDuration } from '../../../api/duration.ts';
import { controllerOf } from '../../../api/owners.ts';
import type { Pod } from '../../../api/types/core-v1.ts';
import type { KubeObject } from '../../cluster/cluster.ts';
import { describeContainers } from './containers.ts';
import { longTime, type Page } from './page.ts';
import { tolerationText } from './pod-template.ts';
import { describeVolumes } from './volumes.ts';

/** Models kubectl/pkg/describe describePod. */
export function describePod(page: Page, object: KubeObject, now: number): void {
  const { metadata, spec, status = {} } = object as unknown as Pod;
  page.line(0, 'Name:', metadata?.name);
  page.line(0, 'Namespace:', metadata?.namespace);
  if (spec?.priority !== undefined) page.line(0, 'Priority:', spec.priority);
  if (spec?.priorityClassName) page.line(0, 'Priority Class Name:', spec.priorityClassName);
  if (spec?.runtimeClassName) page.line(0, 'Runtime Class Name:', spec.runtimeClassName);
  if (spec?.serviceAccountName) page.line(0, 'Service Account:', spec.serviceAccountName);
  page.line(0, 'Node:', spec?.nodeName ? `${spec.nodeName}/${status.hostIP ?? ''}` : '<none>');
  if (status.startTime) page.line(0, 'Start Time:', longTime(status.startTime));
  page.map(0, 'Labels:', metadata?.labels);
  page.annotations(0, 'Annotations:', metadata?.annotations);
  if (metadata?.deletionTimestamp) {
    const lasts = humanDuration(now - Date.parse(metadata.deletionTimestamp));
    page.line(0, 'Status:', `Terminating (lasts ${lasts})`);
    page.line(0, 'Termination Grace Period:', `${metadata.deletionGracePeriodSeconds ?? 0}s`);
  } else page.line(0, 'Status:', status.phase);
  if (status.reason) page.line(0, 'Reason:', status.reason);
  if (status.message) page.line(0, 'Message:', status.message);
  page.line(0, 'IP:', status.podIP);
  const addresses = status.podIPs ?? [];
  page.line(0, 'IPs:', ...(addresses.length === 0 ? ['<none>'] : []));
  for (const { ip } of addresses) page.line(1, 'IP:', ip);
  const owner = controllerOf({ metadata });
  if (owner !== undefined) page.line(0, 'Controlled By:', `${owner.kind}/${owner.name}`);
  if (status.nominatedNodeName) page.line(0, 'NominatedNodeName:', status.nominatedNodeName);
  const init = spec?.initContainers ?? [];
  if (init.length > 0)
    describeContainers(page, 'pod', 'Init Containers:', init, status.initContainerStatuses ?? []);
  describeContainers(page, 'pod', 'Containers:', spec?.containers ?? [], status.containerStatuses ?? []);
  const conditions = status.conditions ?? [];
  if (conditions.length > 0) {
    page.line(0, 'Conditions:');
    page.line(1, 'Type', 'Status');
    for (const condition of conditions) page.line(1, `${condition.type} `, `${condition.status} `);
  }
  describeVolumes(page, 'pod', spec?.volumes ?? []);
  page.line(0, 'QoS Class:', status.qosClass);
  page.map(0, 'Node-Selectors:', spec?.nodeSelector);
  page.list(0, 'Tolerations:', (spec?.tolerations ?? []).map(tolerationText).sort());
}
