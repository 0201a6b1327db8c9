import { isDeepStrictEqual } from 'node:util';
import type { EndpointAddress, EndpointSubset, Endpoints, Pod, Service } from '../../api/types/core-v1.ts';
import { isNotFound, ResourceClient, splitKey } from '../../client/index.ts';
import { type Controller, gvr } from '../shared/context.ts';
import { endpointsOf, groupByPorts, type ServiceEndpoint } from './endpoints-of.ts';
import { runServiceLoop } from './service-loop.ts';

function address({ address: ip, hostname, pod }: ServiceEndpoint): EndpointAddress {
  const { name, namespace, uid } = pod.metadata ?? {};
  return {
    ip,
    ...(hostname && { hostname }),
    ...(pod.spec?.nodeName && { nodeName: pod.spec.nodeName }),
    targetRef: { kind: 'Pod', ...(namespace && { namespace }), ...(name && { name }), ...(uid && { uid }) },
  };
}

/** The subsets of a service's Endpoints: addresses with the same ports together, ready and not ready apart. */
export function subsetsOf(service: Service, pods: readonly Pod[]): EndpointSubset[] {
  // The older kind knows no terminating endpoints: they are simply left out.
  const endpoints = endpointsOf(service, pods).filter(({ terminating }) => !terminating);
  return groupByPorts(endpoints).map((group) => {
    const ready = group.filter((endpoint) => endpoint.ready).map(address);
    const notReady = group.filter((endpoint) => !endpoint.ready).map(address);
    const ports = group[0]!.ports.map(({ name, ...port }) => ({ ...(name !== '' && { name }), ...port }));
    return {
      ...(ready.length > 0 && { addresses: ready }),
      ...(notReady.length > 0 && { notReadyAddresses: notReady }),
      ...(ports.length > 0 && { ports }),
    };
  });
}

/** The kind Endpoints, which EndpointSlice replaces and older clients still read. Models pkg/controller/endpoint. */
export const endpointsController: Controller = {
  name: 'endpoint-controller',
  async run(context, signal) {
    const rest = await context.clientFor(this.name);
    const client = new ResourceClient<Endpoints>(rest, gvr.endpoints);
    await runServiceLoop(context, this.name, signal, async (key, service, pods) => {
      const { namespace, name } = splitKey(key);
      if (service === undefined) {
        await client.in(namespace).delete(name).catch(ignoreNotFound);
        return;
      }
      if (service.spec?.selector === undefined || service.spec.type === 'ExternalName') return;
      const stored = await client.in(namespace).get(name).catch(ignoreNotFound);
      const subsets = subsetsOf(service, pods);
      const labels = service.metadata?.labels;
      if (stored === undefined) {
        const metadata = { name, namespace, ...(labels && { labels }) };
        await client.in(namespace).create({ apiVersion: 'v1', kind: 'Endpoints', metadata, subsets });
      } else if (!isDeepStrictEqual(stored.subsets ?? [], subsets)) {
        await client.in(namespace).update({ ...stored, subsets });
      }
    });
  },
};

function ignoreNotFound(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
  return undefined;
}
