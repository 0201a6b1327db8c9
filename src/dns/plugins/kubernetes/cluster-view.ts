import type { Namespace, Pod, Service } from '../../../kube/api/types/core-v1.ts';
import type { EndpointSlice } from '../../../kube/api/types/discovery-v1.ts';
import { Informer, ResourceClient, type RestClient } from '../../../kube/client/index.ts';
import type { Logger } from '../../../lib/log.ts';
import { type ClusterView, endpointName } from './records.ts';

/** Slices name their service by this label. */
const serviceNameLabel = 'kubernetes.io/service-name';

/** The informers behind the zone: services, slices and namespaces, and pods only when they must be verified. */
export class InformedClusterView implements ClusterView {
  readonly #namespaces: Informer<Namespace>;
  readonly #services: Informer<Service>;
  readonly #slices: Informer<EndpointSlice>;
  readonly #pods: Informer<Pod> | undefined;
  #serial = Math.floor(Date.now() / 1000);

  constructor(rest: RestClient, options: { readonly verifyPods: boolean; readonly logger: Logger }) {
    const { logger } = options;
    const core = (resource: string) => ({ group: '', version: 'v1', resource });
    this.#namespaces = new Informer(new ResourceClient<Namespace>(rest, core('namespaces')), { logger });
    this.#services = new Informer(new ResourceClient<Service>(rest, core('services')), {
      logger,
      indexes: { address: (service) => [...(service.spec?.clusterIPs ?? [service.spec?.clusterIP ?? ''])] },
    });
    const slices = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' };
    this.#slices = new Informer(new ResourceClient<EndpointSlice>(rest, slices), {
      logger,
      indexes: {
        service: (slice) => [`${slice.metadata?.namespace}/${slice.metadata?.labels?.[serviceNameLabel]}`],
        address: (slice) => (slice.endpoints ?? []).flatMap((endpoint) => endpoint.addresses),
      },
    });
    this.#pods = options.verifyPods
      ? new Informer(new ResourceClient<Pod>(rest, core('pods')), {
          logger,
          indexes: { address: (pod) => [`${pod.metadata?.namespace}/${pod.status?.podIP}`] },
        })
      : undefined;
    const changed = () => {
      this.#serial++;
    };
    const handlers = { added: changed, updated: changed, deleted: changed };
    this.#services.addHandlers(handlers);
    this.#slices.addHandlers(handlers);
  }

  #informers() {
    return [this.#namespaces, this.#services, this.#slices, ...(this.#pods ? [this.#pods] : [])];
  }

  start(signal: AbortSignal): void {
    for (const informer of this.#informers()) void informer.run(signal);
  }

  synced(): boolean {
    return this.#informers().every((informer) => informer.synced);
  }

  namespaceExists(namespace: string): boolean {
    return this.#namespaces.get(namespace) !== undefined;
  }

  service(namespace: string, name: string): Service | undefined {
    return this.#services.get(`${namespace}/${name}`);
  }

  endpointSlices(namespace: string, service: string): readonly EndpointSlice[] {
    return this.#slices.byIndex('service', `${namespace}/${service}`);
  }

  podExists(namespace: string, address: string): boolean {
    return (this.#pods?.byIndex('address', `${namespace}/${address}`).length ?? 0) > 0;
  }

  serviceByAddress(address: string): Service | undefined {
    return this.#services.byIndex('address', address)[0];
  }

  endpointByAddress(address: string) {
    const slice = this.#slices.byIndex('address', address)[0];
    const endpoint = slice?.endpoints?.find((candidate) => candidate.addresses.includes(address));
    if (slice === undefined || endpoint === undefined) return undefined;
    return {
      namespace: slice.metadata?.namespace ?? '',
      service: slice.metadata?.labels?.[serviceNameLabel] ?? '',
      name: endpointName(endpoint.hostname, address),
    };
  }

  serial(): number {
    return this.#serial;
  }
}
