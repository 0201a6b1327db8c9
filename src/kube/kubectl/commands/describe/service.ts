import type { Endpoints, Service } from '../../../api/types/core-v1.ts';
import type { EndpointSlice } from '../../../api/types/discovery-v1.ts';
import { resourcePath } from '../../../client/resource-client.ts';
import type { Session } from '../../cli/command.ts';
import type { KubeObject } from '../../cluster/cluster.ts';
import type { Page } from './page.ts';

const endpointSlices = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' };

/** Models kubectl/pkg/describe ServiceDescriber. */
export async function describeService(page: Page, object: KubeObject, session: Session): Promise<void> {
  const { metadata, spec, status } = object as unknown as Service;
  const { items: slices } = await session
    .cluster()
    .request<{ items: EndpointSlice[] }>('GET', resourcePath(endpointSlices, metadata?.namespace), {
      query: { labelSelector: `kubernetes.io/service-name=${metadata?.name}` },
    });
  page.line(0, 'Name:', metadata?.name);
  page.line(0, 'Namespace:', metadata?.namespace);
  page.map(0, 'Labels:', metadata?.labels);
  page.annotations(0, 'Annotations:', metadata?.annotations);
  const selector = Object.entries(spec?.selector ?? {}).map(([key, value]) => `${key}=${value}`);
  page.line(0, 'Selector:', selector.sort().join(',') || '<none>');
  page.line(0, 'Type:', spec?.type);
  if (spec?.ipFamilyPolicy) page.line(0, 'IP Family Policy:', spec.ipFamilyPolicy);
  if (spec?.ipFamilies !== undefined) page.line(0, 'IP Families:', spec.ipFamilies.join(',') || '<none>');
  page.line(0, 'IP:', spec?.clusterIP);
  page.line(0, 'IPs:', (spec?.clusterIPs ?? []).join(',') || '<none>');
  if (spec?.externalIPs !== undefined && spec.externalIPs.length > 0)
    page.line(0, 'External IPs:', spec.externalIPs.join(','));
  if (spec?.externalName) page.line(0, 'External Name:', spec.externalName);
  const ingress = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || '');
  if (ingress.length > 0) page.line(0, 'LoadBalancer Ingress:', ingress.join(', '));
  for (const port of spec?.ports ?? []) {
    const name = port.name || '<unset>';
    page.line(0, 'Port:', name, `${port.port}/${port.protocol}`);
    const target = port.targetPort === undefined || port.targetPort === 0 ? port.port : port.targetPort;
    page.line(0, 'TargetPort:', `${target}/${port.protocol}`);
    if (port.nodePort) page.line(0, 'NodePort:', name, `${port.nodePort}/${port.protocol}`);
    page.line(0, 'Endpoints:', endpointsOf(slices, port.name ?? ''));
  }
  page.line(0, 'Session Affinity:', spec?.sessionAffinity);
  if (spec?.externalTrafficPolicy) page.line(0, 'External Traffic Policy:', spec.externalTrafficPolicy);
  if (spec?.internalTrafficPolicy) page.line(0, 'Internal Traffic Policy:', spec.internalTrafficPolicy);
}

/** The first three, and how many more there are. */
function endpointsOf(slices: readonly EndpointSlice[], portName: string): string {
  if (slices.length === 0) return '<none>';
  const all = slices.flatMap(({ ports, endpoints }) =>
    (ports ?? [])
      .filter(({ name = '' }) => name === portName)
      .flatMap(({ port }) =>
        (endpoints ?? [])
          .filter(({ conditions }) => conditions?.ready !== false)
          .flatMap(({ addresses }) => addresses.map((address) => `${address}:${port}`)),
      ),
  );
  const shown = all.slice(0, 3).join(',');
  return all.length > 3 ? `${shown} + ${all.length - 3} more...` : shown;
}

/** Models kubectl/pkg/describe EndpointsDescriber. */
export function describeEndpoints(page: Page, object: KubeObject): void {
  const { metadata, subsets = [] } = object as unknown as Endpoints;
  page.line(0, 'Name:', metadata?.name);
  page.line(0, 'Namespace:', metadata?.namespace);
  page.map(0, 'Labels:', metadata?.labels);
  page.annotations(0, 'Annotations:', metadata?.annotations);
  page.line(0, 'Subsets:');
  for (const subset of subsets) {
    const addresses = (list: readonly { ip: string }[] = []) =>
      list.map(({ ip }) => ip).join(',') || '<none>';
    page.line(1, 'Addresses:', addresses(subset.addresses));
    page.line(1, 'NotReadyAddresses:', addresses(subset.notReadyAddresses));
    const ports = subset.ports ?? [];
    if (ports.length > 0) {
      page.line(1, 'Ports:');
      page.table(
        2,
        ['Name', 'Port', 'Protocol'],
        ports.map(({ name, port, protocol = 'TCP' }) => [name || '<unset>', String(port), protocol]),
      );
    }
    page.line(0);
  }
}

/** Models kubectl/pkg/describe EndpointSliceDescriber. */
export function describeEndpointSlice(page: Page, object: KubeObject): void {
  const { metadata, addressType, ports, endpoints } = object as unknown as EndpointSlice;
  page.line(0, 'Name:', metadata?.name);
  page.line(0, 'Namespace:', metadata?.namespace);
  page.map(0, 'Labels:', metadata?.labels);
  page.annotations(0, 'Annotations:', metadata?.annotations);
  page.line(0, 'AddressType:', addressType);
  if (ports === undefined || ports.length === 0) page.line(0, 'Ports:', '<unset>');
  else {
    page.line(0, 'Ports:');
    page.table(
      1,
      ['Name', 'Port', 'Protocol'],
      ports.map(({ name, port, protocol = 'TCP' }) => [
        name || '<unset>',
        String(port ?? '<unset>'),
        protocol,
      ]),
    );
  }
  if (endpoints === undefined || endpoints === null || endpoints.length === 0) {
    page.line(0, 'Endpoints:', '<none>');
    return;
  }
  page.line(0, 'Endpoints:');
  for (const { addresses, conditions, hostname, targetRef, nodeName, zone } of endpoints) {
    page.line(1, `- Addresses:`, addresses.join(','));
    page.line(2, 'Conditions:');
    page.line(3, 'Ready:', conditions?.ready ?? '<unset>');
    page.line(2, 'Hostname:', hostname ?? '<unset>');
    if (targetRef !== undefined) page.line(2, 'TargetRef:', `${targetRef.kind}/${targetRef.name}`);
    page.line(2, 'NodeName:', nodeName ?? '<unset>');
    page.line(2, 'Zone:', zone ?? '<unset>');
  }
}
