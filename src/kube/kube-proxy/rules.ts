import type { Service, ServicePort } from '../api/types/core-v1.ts';
import type { EndpointSlice } from '../api/types/discovery-v1.ts';

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/**
 * One rule of the node's network: what is sent to this address and port goes to one of the endpoints; to none, it is
 * refused. `*` stands for every address of the node itself (a NodePort).
 */
export interface ServiceRule {
  readonly name: string;
  readonly protocol: 'TCP' | 'UDP';
  readonly address: string;
  readonly port: number;
  readonly endpoints: readonly Endpoint[];
  readonly sessionAffinity?: { readonly timeoutSeconds: number };
}

const defaultAffinitySeconds = 10_800;

export interface RuleInputs {
  readonly services: readonly Service[];
  readonly slices: readonly EndpointSlice[];
  /** The node this runs on: external traffic with policy Local stays on it. */
  readonly nodeName: string;
}

/** Services of another proxy, and those that have no address to translate. */
function isOurs(service: Service): boolean {
  const address = service.spec?.clusterIP ?? '';
  const otherProxy = service.metadata?.labels?.['service.kubernetes.io/service-proxy-name'] !== undefined;
  return address !== '' && address !== 'None' && service.spec?.type !== 'ExternalName' && !otherProxy;
}

/** The endpoints of one port: the ready ones; when there are none, those that still serve while they end. */
function endpointsFor(
  slices: readonly EndpointSlice[],
  portName: string,
  onlyNode: string | undefined,
): readonly Endpoint[] {
  const candidates = slices.flatMap((slice) => {
    const port = (slice.ports ?? []).find((entry) => (entry.name ?? '') === portName)?.port;
    if (port === undefined || slice.addressType !== 'IPv4') return [];
    return (slice.endpoints ?? [])
      .filter(({ nodeName }) => onlyNode === undefined || nodeName === onlyNode)
      .map(({ addresses, conditions }) => ({ address: addresses[0] ?? '', port, conditions }));
  });
  const ready = candidates.filter(({ conditions }) => conditions?.ready !== false);
  const chosen =
    ready.length > 0
      ? ready
      : candidates.filter(
          ({ conditions }) => conditions?.serving === true && conditions.terminating === true,
        );
  const unique = new Map(chosen.map(({ address, port }) => [`${address}:${port}`, { address, port }]));
  // Sorted, so that the same endpoints always make the same rules.
  return [...unique.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, endpoint]) => endpoint);
}

function rulesOfPort(
  service: Service,
  port: ServicePort,
  slices: readonly EndpointSlice[],
  nodeName: string,
): ServiceRule[] {
  const spec = service.spec!;
  const protocol = port.protocol ?? 'TCP';
  if (protocol !== 'TCP' && protocol !== 'UDP') return [];
  const suffix = port.name ? `:${port.name}` : '';
  const affinity =
    spec.sessionAffinity === 'ClientIP'
      ? {
          sessionAffinity: {
            timeoutSeconds: spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? defaultAffinitySeconds,
          },
        }
      : {};
  const common = {
    name: `${service.metadata?.namespace}/${service.metadata?.name}${suffix}`,
    protocol,
    ...affinity,
  } as const;
  const local = (policy: string | undefined) => (policy === 'Local' ? nodeName : undefined);
  const internal = endpointsFor(slices, port.name ?? '', local(spec.internalTrafficPolicy));
  const external = endpointsFor(slices, port.name ?? '', local(spec.externalTrafficPolicy));
  const addresses = spec.clusterIPs?.length ? spec.clusterIPs : [spec.clusterIP!];
  const ingress = (service.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) =>
    ip === undefined ? [] : [ip],
  );
  return [
    ...addresses.map((address) => ({ ...common, address, port: port.port, endpoints: internal })),
    ...[...(spec.externalIPs ?? []), ...ingress].map((address) => ({
      ...common,
      address,
      port: port.port,
      endpoints: external,
    })),
    ...(port.nodePort ? [{ ...common, address: '*', port: port.nodePort, endpoints: external }] : []),
  ];
}

/**
 * All rules of a node, from all services and endpoint slices. Pure: the same input gives the same rules in the same
 * order, so that a comparison tells whether anything has to be written. Models pkg/proxy/iptables/proxier.go.
 */
export function compileRules({ services, slices, nodeName }: RuleInputs): readonly ServiceRule[] {
  const slicesOf = new Map<string, EndpointSlice[]>();
  for (const slice of slices) {
    const key = `${slice.metadata?.namespace}/${slice.metadata?.labels?.['kubernetes.io/service-name']}`;
    slicesOf.set(key, [...(slicesOf.get(key) ?? []), slice]);
  }
  return services
    .filter(isOurs)
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    .flatMap((service) =>
      (service.spec?.ports ?? []).flatMap((port) =>
        rulesOfPort(service, port, slicesOf.get(keyOf(service)) ?? [], nodeName),
      ),
    );
}

const keyOf = ({ metadata }: Service) => `${metadata?.namespace}/${metadata?.name}`;
