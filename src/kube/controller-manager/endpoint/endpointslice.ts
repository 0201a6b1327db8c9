import type { Pod, Service } from '../../api/types/core-v1.ts';
import type { Endpoint, EndpointSlice } from '../../api/types/discovery-v1.ts';
import { ResourceClient, splitKey } from '../../client/index.ts';
import { type Controller, gvr } from '../shared/context.ts';
import { endpointsOf, groupByPorts, type ServiceEndpoint } from './endpoints-of.ts';
import { runServiceLoop } from './service-loop.ts';
import { managedByLabel, newSlice, type SliceContent, writeSlices } from './slices.ts';

const managedBy = 'endpointslice-controller.k8s.io';
const endpointsPerSlice = 100;

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

/** Models pkg/controller/endpointslice and staging/src/k8s.io/endpointslice. */
export const endpointSliceController: Controller = {
  name: 'endpointslice-controller',
  async run(context, signal) {
    const rest = await context.clientFor(this.name);
    const client = new ResourceClient<EndpointSlice>(rest, gvr.endpointSlices);
    await runServiceLoop(context, this.name, signal, async (key, service, pods) => {
      const { namespace, name } = splitKey(key);
      const hasPods = service?.spec?.selector !== undefined && service.spec.type !== 'ExternalName';
      await writeSlices(
        client.in(namespace),
        { service: name, managedBy },
        hasPods ? sliceContents(service, pods) : [],
        (content) => newSlice('Service', service!, labelsOf(service!), content),
      );
    });
  },
};

function labelsOf({ spec }: Service): Readonly<Record<string, string>> {
  const headless: Record<string, string> =
    spec?.clusterIP === 'None' ? { 'service.kubernetes.io/headless': '' } : {};
  return { ...headless, [managedByLabel]: managedBy };
}
