import { isDeepStrictEqual } from 'node:util';
import type { Pod, Service } from '../../api/types/core-v1.ts';
import type { Endpoint, EndpointSlice } from '../../api/types/discovery-v1.ts';
import { isNotFound, ResourceClient, splitKey } from '../../client/index.ts';
import { type Controller, gvr } from '../shared/context.ts';
import { endpointsOf, groupByPorts, type ServiceEndpoint } from './endpoints-of.ts';
import { runServiceLoop } from './service-loop.ts';

const serviceNameLabel = 'kubernetes.io/service-name';
const managedByLabel = 'endpointslice.kubernetes.io/managed-by';
const managedBy = 'endpointslice-controller.k8s.io';
const endpointsPerSlice = 100;

type SliceContent = Pick<EndpointSlice, 'endpoints' | 'ports'>;

function toEndpoint({ address, hostname, pod, ready, serving, terminating }: ServiceEndpoint): Endpoint {
  const { name, namespace, uid } = pod.metadata ?? {};
  return {
    addresses: [address],
    conditions: { ready, serving, terminating },
    ...(hostname && { hostname }),
    ...(pod.spec?.nodeName && { nodeName: pod.spec.nodeName }),
    targetRef: { kind: 'Pod', ...(namespace && { namespace }), ...(name && { name }), ...(uid && { uid }) },
  };
}

/** What the slices of a service should hold: up to a hundred endpoints each, all with the same ports. */
export function sliceContents(service: Service, pods: readonly Pod[]): readonly SliceContent[] {
  return groupByPorts(endpointsOf(service, pods)).flatMap((group) => {
    const chunks: SliceContent[] = [];
    for (let start = 0; start < group.length; start += endpointsPerSlice) {
      const endpoints = group.slice(start, start + endpointsPerSlice).map(toEndpoint);
      chunks.push({ endpoints, ports: [...group[0]!.ports] });
    }
    return chunks;
  });
}

const portsKey = ({ ports }: SliceContent) =>
  JSON.stringify((ports ?? []).map(({ name, protocol, port }) => [name ?? '', protocol ?? 'TCP', port]));

export interface SlicePlan {
  readonly create: readonly SliceContent[];
  readonly update: readonly EndpointSlice[];
  readonly remove: readonly EndpointSlice[];
}

/** The least that must be written: contents go into slices that have their ports already. */
export function planSlices(wanted: readonly SliceContent[], stored: readonly EndpointSlice[]): SlicePlan {
  const free = [...stored];
  const create: SliceContent[] = [];
  const update: EndpointSlice[] = [];
  for (const content of wanted) {
    const at = free.findIndex((slice) => portsKey(slice) === portsKey(content));
    if (at === -1) {
      create.push(content);
      continue;
    }
    const [slice] = free.splice(at, 1);
    if (!isDeepStrictEqual(slice!.endpoints, content.endpoints)) update.push({ ...slice!, ...content });
  }
  return { create, update, remove: free };
}

/** Models pkg/controller/endpointslice and staging/src/k8s.io/endpointslice. */
export const endpointSliceController: Controller = {
  name: 'endpointslice-controller',
  async run(context, signal) {
    const rest = await context.clientFor(this.name);
    const client = new ResourceClient<EndpointSlice>(rest, gvr.endpointSlices);
    await runServiceLoop(context, this.name, signal, async (key, service, pods) => {
      const { namespace, name } = splitKey(key);
      const labelSelector = `${serviceNameLabel}=${name},${managedByLabel}=${managedBy}`;
      const { items: stored } = await client.in(namespace).list({ labelSelector });
      const hasPods = service?.spec?.selector !== undefined && service.spec.type !== 'ExternalName';
      const plan = planSlices(hasPods ? sliceContents(service, pods) : [], stored);
      for (const content of plan.create) await client.in(namespace).create(newSlice(service!, content));
      for (const slice of plan.update) await client.in(namespace).update(slice);
      for (const slice of plan.remove) {
        await client
          .in(namespace)
          .delete(slice.metadata?.name ?? '')
          .catch((error: unknown) => {
            if (!isNotFound(error)) throw error;
          });
      }
    });
  },
};

function newSlice(service: Service, content: SliceContent): EndpointSlice {
  const { name = '', namespace = '', uid = '', labels } = service.metadata ?? {};
  const headless: Record<string, string> =
    service.spec?.clusterIP === 'None' ? { 'service.kubernetes.io/headless': '' } : {};
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    addressType: 'IPv4',
    metadata: {
      generateName: `${name}-`,
      namespace,
      labels: { ...labels, ...headless, [serviceNameLabel]: name, [managedByLabel]: managedBy },
      ownerReferences: [
        { apiVersion: 'v1', kind: 'Service', name, uid, controller: true, blockOwnerDeletion: true },
      ],
    },
    endpoints: content.endpoints,
    ...(content.ports && { ports: content.ports }),
  };
}
