import { isDeepStrictEqual } from 'node:util';
import { ApiError } from '../api-error.ts';
import { addressAt } from '../registry/cidr.ts';
import type { Registry } from '../registry/registry.ts';
import type { ServiceAllocators } from '../registry/service-strategy.ts';
import type { KubeObject } from '../request.ts';
import { prefixEnd } from '../storage/etcd-port.ts';

export interface KubernetesServiceOptions {
  readonly registry: Registry;
  readonly allocators: ServiceAllocators;
  readonly advertiseAddress: string;
  readonly port: number;
}

const servicePort = 443;
/** A replica that stays silent for so long is no longer an endpoint. Upstream's figures. */
const masterLeaseSeconds = 15;
export const reconcilePeriodMs = 10_000;

const service = { namespace: 'default', name: 'kubernetes' };

/**
 * The Service `kubernetes`: pods reach the API server by its address. Each replica keeps a lease at
 * /registry/masterleases/ADDRESS, and whoever comes by writes the addresses with a living lease into Endpoints and
 * EndpointSlice. Models pkg/controlplane/controller/kubernetesservice and pkg/controlplane/reconcilers/lease.go.
 */
export class KubernetesService {
  readonly #options: KubernetesServiceOptions;

  constructor(options: KubernetesServiceOptions) {
    this.#options = options;
  }

  /** One round: renew the lease, make sure of the Service, write who lives. */
  async reconcile(): Promise<void> {
    await this.#renew();
    await this.#ensureService();
    await this.#writeEndpoints(await this.#living());
  }

  /** Leaves the endpoints at once instead of when the lease ends. */
  async leave(): Promise<void> {
    const { registry, advertiseAddress } = this.#options;
    await registry.etcd.txn({
      compare: [],
      success: [{ delete: { key: this.#leaseKey(advertiseAddress) } }],
      failure: [],
    });
    await this.#writeEndpoints(await this.#living());
  }

  #leaseKey(address: string): string {
    return this.#options.registry.keys.other(`masterleases/${address}`);
  }

  async #renew(): Promise<void> {
    const { registry, advertiseAddress } = this.#options;
    const lease = await registry.etcd.leaseGrant(masterLeaseSeconds);
    const value = {
      kind: 'Endpoints',
      apiVersion: 'v1',
      metadata: {},
      subsets: [{ addresses: [{ ip: advertiseAddress }] }],
    };
    await registry.etcd.txn({
      compare: [],
      success: [
        { put: { key: this.#leaseKey(advertiseAddress), value: Buffer.from(JSON.stringify(value)), lease } },
      ],
      failure: [],
    });
  }

  async #living(): Promise<string[]> {
    const prefix = this.#leaseKey('');
    const { kvs } = await this.#options.registry.etcd.range(prefix, { end: prefixEnd(prefix) });
    return kvs.map(({ key }) => key.slice(prefix.length)).sort();
  }

  async #ensureService(): Promise<void> {
    const { registry, allocators, port } = this.#options;
    if ((await registry.reader.get('', 'services', service.namespace, service.name)) !== undefined) return;
    try {
      await registry.writer.create('', 'services', service.namespace, {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: service.name, namespace: service.namespace, labels: systemLabels },
        spec: {
          type: 'ClusterIP',
          clusterIP: addressAt(allocators.cidr, 1),
          ports: [{ name: 'https', protocol: 'TCP', port: servicePort, targetPort: port }],
          sessionAffinity: 'None',
        },
      });
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
  }

  async #writeEndpoints(addresses: readonly string[]): Promise<void> {
    const { port } = this.#options;
    const ports = [{ name: 'https', port, protocol: 'TCP' }];
    const metadata = { name: service.name, namespace: service.namespace };
    await this.#put('', 'endpoints', {
      apiVersion: 'v1',
      kind: 'Endpoints',
      // The controller that mirrors Endpoints into slices leaves this one alone: its slice is written here.
      metadata: { ...metadata, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
      ...(addresses.length === 0 ? {} : { subsets: [{ addresses: addresses.map((ip) => ({ ip })), ports }] }),
    });
    await this.#put('discovery.k8s.io', 'endpointslices', {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...metadata, labels: { 'kubernetes.io/service-name': service.name } },
      addressType: 'IPv4',
      endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
      ports,
    });
  }

  /** Creates or updates; who is slower than another replica has nothing to do. */
  async #put(group: string, resource: string, object: KubeObject): Promise<void> {
    const { registry } = this.#options;
    const current = await registry.reader.get(group, resource, service.namespace, service.name);
    try {
      if (current === undefined) {
        await registry.writer.create(group, resource, service.namespace, object);
        return;
      }
      if (same(current, object)) return;
      const metadata = { ...current.metadata, labels: object.metadata.labels };
      await registry.writer.update(group, resource, service.namespace, { ...object, metadata } as KubeObject);
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
  }
}

const systemLabels = { component: 'apiserver', provider: 'kubernetes' };
const isConflict = (error: unknown) => error instanceof ApiError && error.code === 409;

function same(a: KubeObject, b: KubeObject): boolean {
  const body = ({ metadata, ...rest }: KubeObject) => ({ labels: metadata.labels, ...rest });
  return isDeepStrictEqual(body(a), JSON.parse(JSON.stringify(body(b))));
}
