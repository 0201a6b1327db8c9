import type { Endpoints, Service } from '../../api/types/core-v1.ts';
import type { EndpointSlice } from '../../api/types/discovery-v1.ts';
import { keyOf, ResourceClient, splitKey } from '../../client/index.ts';
import { type Controller, gvr, newQueue, runQueue } from '../shared/context.ts';
import { managedByLabel, newSlice, type SliceContent, serviceNameLabel, writeSlices } from './slices.ts';

const managedBy = 'endpointslicemirroring-controller.k8s.io';
const skipLabel = 'endpointslice.kubernetes.io/skip-mirror';

/** What people wrote into Endpoints of a Service without a selector, as slices hold it; nothing for all others. */
export function mirrorContents(
  service: Service | undefined,
  endpoints: Endpoints | undefined,
): readonly SliceContent[] {
  if (service === undefined || endpoints === undefined) return [];
  if (service.spec?.selector !== undefined || endpoints.metadata?.labels?.[skipLabel] === 'true') return [];
  return (endpoints.subsets ?? []).flatMap(({ addresses = [], notReadyAddresses = [], ports = [] }) => {
    const entry = (ready: boolean) => (address: (typeof addresses)[number]) => ({
      addresses: [address.ip],
      conditions: { ready },
      ...(address.hostname && { hostname: address.hostname }),
      ...(address.nodeName && { nodeName: address.nodeName }),
      ...(address.targetRef && { targetRef: address.targetRef }),
    });
    const all = [...addresses.map(entry(true)), ...notReadyAddresses.map(entry(false))];
    if (all.length === 0) return [];
    return [{ endpoints: all, ports: ports.map((port) => ({ ...port, name: port.name ?? '' })) }];
  });
}

/**
 * kube-proxy and the DNS read slices only, so the Endpoints of a Service without a selector (a database outside of the
 * cluster, say) are copied into slices. Models pkg/controller/endpointslicemirroring.
 */
export const endpointSliceMirroringController: Controller = {
  name: 'endpointslicemirroring-controller',
  async run(context, signal) {
    const rest = await context.clientFor(this.name);
    const slices = new ResourceClient<EndpointSlice>(rest, gvr.endpointSlices);
    const { services } = context.informers;
    const endpoints = context.informers.create<Endpoints>(gvr.endpoints);
    const queue = newQueue(context);
    const touched = (object: Endpoints | Service) => queue.add(keyOf(object));
    endpoints.addHandlers({ added: touched, updated: touched, deleted: touched });
    services.addHandlers({ added: touched, updated: touched, deleted: touched });
    // Most services have a selector: only for those that have or had a copy is it worth to ask.
    const { items } = await slices.list({ labelSelector: `${managedByLabel}=${managedBy}` });
    const mirrored = new Set(
      items.map(({ metadata }) => `${metadata?.namespace}/${metadata?.labels?.[serviceNameLabel]}`),
    );
    for (const key of mirrored) queue.add(key);
    void endpoints.run(signal);
    await endpoints.whenSynced();
    await runQueue(
      context,
      this.name,
      queue,
      async (key) => {
        const source = endpoints.get(key);
        const wanted = mirrorContents(services.get(key), source);
        if (wanted.length === 0 && !mirrored.has(key)) return undefined;
        mirrored.add(key);
        const { namespace, name } = splitKey(key);
        await writeSlices(slices.in(namespace), { service: name, managedBy }, wanted, (content) =>
          newSlice('Endpoints', source!, { [managedByLabel]: managedBy }, content),
        );
        if (wanted.length === 0) mirrored.delete(key);
        return undefined;
      },
      signal,
      1,
    );
  },
};
