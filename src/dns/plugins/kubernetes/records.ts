import type { Service } from '../../../kube/api/types/core-v1.ts';
import type { EndpointSlice } from '../../../kube/api/types/discovery-v1.ts';
import type { DnsResponse, Question, ResourceRecord } from '../../message.ts';

/** What the zone is made of: the local copies of the informers, looked up by name and by address. */
export interface ClusterView {
  namespaceExists(namespace: string): boolean;
  service(namespace: string, name: string): Service | undefined;
  endpointSlices(namespace: string, service: string): readonly EndpointSlice[];
  /** Only asked with `pods verified`. */
  podExists(namespace: string, address: string): boolean;
  serviceByAddress(address: string): Service | undefined;
  /** The endpoint with that address of a service, and its name there. */
  endpointByAddress(
    address: string,
  ): { readonly namespace: string; readonly service: string; readonly name: string } | undefined;
  /** Grows with each change: the serial of the zone. */
  serial(): number;
}

export interface ZoneOptions {
  /** Forward zones in lower case with a final dot, such as `cluster.local.`. */
  readonly zones: readonly string[];
  readonly ttl: number;
  readonly pods: 'disabled' | 'insecure' | 'verified';
}

/** An address of a service with the name it has in DNS. */
interface Endpoint {
  readonly name: string;
  readonly address: string;
  readonly ports: readonly { readonly name: string; readonly protocol: string; readonly port: number }[];
}

/** The name of an endpoint: its hostname when the pod sets one, else its address with dashes. */
export function endpointName(hostname: string | undefined, address: string): string {
  return hostname ?? address.replaceAll('.', '-').replaceAll(':', '-');
}

function endpointsOf(slices: readonly EndpointSlice[], publishNotReady: boolean): Endpoint[] {
  return slices.flatMap((slice) => {
    const ports = (slice.ports ?? []).map((port) => ({
      name: port.name ?? '',
      protocol: (port.protocol ?? 'TCP').toLowerCase(),
      port: port.port ?? 0,
    }));
    return (slice.endpoints ?? [])
      .filter((endpoint) => publishNotReady || endpoint.conditions?.ready !== false)
      .flatMap((endpoint) =>
        endpoint.addresses.map((address) => ({
          name: endpointName(endpoint.hostname, address),
          address,
          ports,
        })),
      );
  });
}

const isHeadless = (service: Service) => service.spec?.clusterIP === 'None';

/** Answers questions about one zone. Models coredns plugin/kubernetes; the names follow the DNS-based service discovery specification. */
export class ZoneAnswerer {
  readonly #options: ZoneOptions;
  readonly #view: ClusterView;

  constructor(options: ZoneOptions, view: ClusterView) {
    this.#options = options;
    this.#view = view;
  }

  /** Undefined: the name is in none of the zones. */
  answer(question: Question): DnsResponse | undefined {
    const name = `${question.name.toLowerCase().replace(/\.$/, '')}.`;
    if (name.endsWith('.in-addr.arpa.') || name.endsWith('.ip6.arpa.')) return this.#reverse(question, name);
    const zone = this.#options.zones.find(
      (candidate) => name === candidate || name.endsWith(`.${candidate}`),
    );
    if (zone === undefined) return undefined;
    const labels = name === zone ? [] : name.slice(0, -zone.length - 1).split('.');
    const found = this.#lookup(question, labels, zone);
    if (found === undefined) return this.#negative('NXDOMAIN', zone);
    if (found.answers.length === 0) return this.#negative('NOERROR', zone);
    return { code: 'NOERROR', authoritative: true, authorities: [], additionals: [], ...found };
  }

  /** Records for the name and the type, none when the name has no such type, undefined when there is no such name. */
  #lookup(question: Question, labels: readonly string[], zone: string): Found | undefined {
    if (labels.length === 0) return this.#apex(question, zone);
    if (labels.length === 1 && labels[0] === 'dns-version') {
      return question.type === 'TXT'
        ? { answers: [this.#record(question.name, { type: 'TXT', data: '1.1.0' })] }
        : nothing;
    }
    if (labels.length === 2 && labels[0] === 'ns' && labels[1] === 'dns') return nothing;
    const kind = labels.at(-1);
    if (kind === 'pod') return this.#pod(question, labels.slice(0, -1));
    if (kind === 'svc') return this.#service(question, labels.slice(0, -1), zone);
    return undefined;
  }

  #apex(question: Question, zone: string): Found {
    if (question.type === 'SOA') return { answers: [this.#soa(zone)] };
    if (question.type === 'NS')
      return { answers: [this.#record(question.name, { type: 'NS', data: `ns.dns.${zone}` })] };
    return nothing;
  }

  #pod(question: Question, labels: readonly string[]): Found | undefined {
    if (this.#options.pods === 'disabled') return undefined;
    const namespace = labels.at(-1);
    if (namespace === undefined) return nothing;
    if (!this.#view.namespaceExists(namespace)) return undefined;
    if (labels.length === 1) return nothing;
    const address = labels[0]!.replaceAll('-', '.');
    if (labels.length !== 2 || !/^\d+\.\d+\.\d+\.\d+$/.test(address)) return undefined;
    if (this.#options.pods === 'verified' && !this.#view.podExists(namespace, address)) return undefined;
    return {
      answers: question.type === 'A' ? [this.#record(question.name, { type: 'A', data: address })] : [],
    };
  }

  #service(question: Question, labels: readonly string[], zone: string): Found | undefined {
    const [namespace, name, ...rest] = [...labels].reverse();
    if (namespace === undefined) return nothing;
    if (!this.#view.namespaceExists(namespace)) return undefined;
    if (name === undefined) return nothing;
    const service = this.#view.service(namespace, name);
    if (service === undefined) return undefined;
    const target = `${name}.${namespace}.svc.${zone.replace(/\.$/, '')}`;
    if (service.spec?.type === 'ExternalName') {
      const data = service.spec.externalName ?? '';
      return { answers: rest.length === 0 ? [this.#record(question.name, { type: 'CNAME', data })] : [] };
    }
    const publishNotReady = service.spec?.publishNotReadyAddresses === true;
    const endpoints = () => endpointsOf(this.#view.endpointSlices(namespace, name), publishNotReady);

    // `_https._tcp.SERVICE…`: the ports of that name.
    if (rest.length === 2 && rest[0]!.startsWith('_') && rest[1]!.startsWith('_')) {
      const protocol = rest[0]!.slice(1);
      return this.#srv(question, service, target, endpoints(), { port: rest[1]!.slice(1), protocol });
    }
    if (rest.length === 1) {
      const named = endpoints().filter((endpoint) => endpoint.name === rest[0]);
      return named.length === 0 ? undefined : this.#addresses(question, named);
    }
    if (rest.length > 1) return undefined;
    if (question.type === 'SRV') return this.#srv(question, service, target, endpoints(), undefined);
    if (!isHeadless(service)) {
      const addresses = service.spec?.clusterIPs ?? [service.spec?.clusterIP ?? ''];
      return this.#addresses(
        question,
        addresses.map((address) => ({ name, address, ports: [] })),
      );
    }
    const all = endpoints();
    // A headless service without endpoints has no name at all: clients shall not wait for an address that may come.
    return all.length === 0 ? undefined : this.#addresses(question, all);
  }

  #addresses(question: Question, endpoints: readonly Endpoint[]): Found {
    const family =
      question.type === 'AAAA'
        ? (address: string) => address.includes(':')
        : (address: string) => !address.includes(':');
    if (question.type !== 'A' && question.type !== 'AAAA') return nothing;
    const addresses = new Set(endpoints.map((endpoint) => endpoint.address).filter(family));
    const type = question.type;
    return { answers: [...addresses].map((data) => this.#record(question.name, { type, data })) };
  }

  #srv(
    question: Question,
    service: Service,
    target: string,
    endpoints: readonly Endpoint[],
    wanted: { readonly port: string; readonly protocol: string } | undefined,
  ): Found | undefined {
    const matches = (port: { readonly name?: string; readonly protocol?: string }) =>
      wanted === undefined ||
      (port.name === wanted.port && (port.protocol ?? 'TCP').toLowerCase() === wanted.protocol);
    const targets = isHeadless(service)
      ? endpoints.flatMap((endpoint) =>
          endpoint.ports
            .filter(matches)
            .map(({ port }) => ({ port, target: `${endpoint.name}.${target}`, address: endpoint.address })),
        )
      : (service.spec?.ports ?? [])
          .filter(matches)
          .map(({ port }) => ({ port, target, address: service.spec?.clusterIP ?? '' }));
    if (targets.length === 0) return undefined;
    if (question.type !== 'SRV') return nothing;
    const weight = Math.floor(100 / targets.length);
    return {
      answers: targets.map((entry) =>
        this.#record(question.name, {
          type: 'SRV',
          data: { priority: 0, weight, port: entry.port, target: entry.target },
        }),
      ),
      additionals: [...new Map(targets.map((entry) => [entry.target, entry.address]))].map(([name, data]) =>
        this.#record(name, { type: 'A', data }),
      ),
    };
  }

  /** 1.0.32.10.in-addr.arpa: the service or the endpoint with the address 10.32.0.1. */
  #reverse(question: Question, name: string): DnsResponse | undefined {
    if (!name.endsWith('.in-addr.arpa.')) return undefined;
    const address = name.slice(0, -'.in-addr.arpa.'.length).split('.').reverse().join('.');
    const zone = this.#options.zones[0];
    if (zone === undefined) return undefined;
    const host = this.#hostOf(address);
    if (host === undefined) return undefined;
    if (question.type !== 'PTR') return this.#negative('NOERROR', zone);
    const data = `${host}.svc.${zone.replace(/\.$/, '')}`;
    return {
      code: 'NOERROR',
      authoritative: true,
      answers: [this.#record(question.name, { type: 'PTR', data })],
      authorities: [],
      additionals: [],
    };
  }

  #hostOf(address: string): string | undefined {
    const service = this.#view.serviceByAddress(address);
    if (service !== undefined) return `${service.metadata?.name}.${service.metadata?.namespace}`;
    const endpoint = this.#view.endpointByAddress(address);
    return endpoint === undefined ? undefined : `${endpoint.name}.${endpoint.service}.${endpoint.namespace}`;
  }

  /** A negative answer carries the SOA: its minimum says how long the client may remember the absence (RFC 2308). */
  #negative(code: 'NXDOMAIN' | 'NOERROR', zone: string): DnsResponse {
    return { code, authoritative: true, answers: [], authorities: [this.#soa(zone)], additionals: [] };
  }

  #soa(zone: string): ResourceRecord {
    return this.#record(zone.replace(/\.$/, ''), {
      type: 'SOA',
      data: {
        mname: `ns.dns.${zone}`,
        rname: `hostmaster.${zone}`,
        serial: this.#view.serial(),
        refresh: 7200,
        retry: 1800,
        expire: 86400,
        minimum: this.#options.ttl,
      },
    });
  }

  #record(name: string, data: { readonly type: string; readonly data: unknown }): ResourceRecord {
    return { name, ttl: this.#options.ttl, class: 'IN', ...data } as ResourceRecord;
  }
}

interface Found {
  readonly answers: readonly ResourceRecord[];
  readonly additionals?: readonly ResourceRecord[];
}

const nothing: Found = { answers: [] };
