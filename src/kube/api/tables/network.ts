/** The columns of services, endpoints and networking. Models pkg/printers/internalversion/printers.go. */
import type { Endpoints, Service } from '../types/core-v1.ts';
import type { EndpointSlice } from '../types/discovery-v1.ts';
import type { Ingress, IngressClass, IPAddress, NetworkPolicy, ServiceCIDR } from '../types/networking-v1.ts';
import {
  ageOf,
  columns,
  labelsCell,
  limited,
  NONE,
  orNone,
  type Printer,
  selectorCell,
  UNSET,
} from './printer.ts';

const MAX_ENDPOINTS = 3;

export const servicePrinter: Printer<Service> = {
  columns: columns('Name', 'Type', 'Cluster-IP', 'External-IP', 'Port(s)', 'Age', 'Selector+'),
  row: (service, context) => {
    const { spec } = service;
    const ports = (spec?.ports ?? []).map(
      (p) => `${p.port}${p.nodePort ? `:${p.nodePort}` : ''}/${p.protocol ?? 'TCP'}`,
    );
    return [
      service.metadata.name,
      spec?.type ?? '',
      orNone(spec?.clusterIPs?.[0] ?? spec?.clusterIP),
      externalIP(service),
      orNone(ports.join(',')),
      ageOf(service, context),
      labelsCell(spec?.selector),
    ];
  },
};

function externalIP({ spec, status }: Service): string {
  const listed = spec?.externalIPs ?? [];
  if (spec?.type === 'ExternalName') return orNone(spec.externalName);
  if (spec?.type !== 'LoadBalancer') return orNone(listed.join(','));
  const ingress = (status?.loadBalancer?.ingress ?? []).map((i) => i.ip || i.hostname || '');
  const all = [...ingress, ...listed].filter((address) => address !== '');
  return all.length > 0 ? all.join(',') : '<pending>';
}

export const endpointsPrinter: Printer<Endpoints> = {
  columns: columns('Name', 'Endpoints', 'Age'),
  row: (e, context) => {
    const all = (e.subsets ?? []).flatMap((subset) => {
      const addresses = (subset.addresses ?? []).map((a) => a.ip);
      if ((subset.ports ?? []).length === 0) return addresses;
      return (subset.ports ?? []).flatMap((p) =>
        addresses.map((ip) => `${ip.includes(':') ? `[${ip}]` : ip}:${p.port}`),
      );
    });
    return [e.metadata.name, limited(all, MAX_ENDPOINTS), ageOf(e, context)];
  },
};

export const endpointSlicePrinter: Printer<EndpointSlice> = {
  columns: columns('Name', 'AddressType', 'Ports', 'Endpoints', 'Age'),
  row: (slice, context) => {
    const ports = (slice.ports ?? []).map((p) => String(p.port ?? p.name ?? '*'));
    const addresses = (slice.endpoints ?? []).flatMap((e) => e.addresses);
    return [
      slice.metadata.name,
      slice.addressType,
      ports.length === 0 ? UNSET : limited(ports, MAX_ENDPOINTS),
      addresses.length === 0 ? UNSET : limited(addresses, MAX_ENDPOINTS),
      ageOf(slice, context),
    ];
  },
};

export const ingressPrinter: Printer<Ingress> = {
  columns: columns('Name', 'Class', 'Hosts', 'Address', 'Ports', 'Age'),
  row: (ingress, context) => {
    const hosts = (ingress.spec?.rules ?? []).map((rule) => rule.host ?? '').filter((host) => host !== '');
    const addresses = (ingress.status?.loadBalancer?.ingress ?? []).map((i) => i.ip || i.hostname || '');
    return [
      ingress.metadata.name,
      orNone(ingress.spec?.ingressClassName ?? ingress.metadata.annotations?.['kubernetes.io/ingress.class']),
      hosts.length === 0 ? '*' : limited(hosts, MAX_ENDPOINTS),
      addresses.join(','),
      (ingress.spec?.tls ?? []).length > 0 ? '80, 443' : '80',
      ageOf(ingress, context),
    ];
  },
};

export const ingressClassPrinter: Printer<IngressClass> = {
  columns: columns('Name', 'Controller', 'Parameters', 'Age'),
  row: (c, context) => {
    const p = c.spec?.parameters;
    const group = p?.apiGroup ? `.${p.apiGroup}` : '';
    const parameters = p == null ? NONE : `${p.kind}${group}/${p.name}`;
    return [c.metadata.name, c.spec?.controller ?? '', parameters, ageOf(c, context)];
  },
};

export const networkPolicyPrinter: Printer<NetworkPolicy> = {
  columns: columns('Name', 'Pod-Selector', 'Age'),
  row: (p, context) => [p.metadata.name, selectorCell(p.spec?.podSelector), ageOf(p, context)],
};

export const ipAddressPrinter: Printer<IPAddress> = {
  columns: columns('Name', 'ParentRef'),
  row: (a) => {
    const parent = a.spec?.parentRef;
    const place = [parent?.resource, parent?.group].filter(Boolean).join('.');
    const path = [place, parent?.namespace, parent?.name].filter(Boolean).join('/');
    return [a.metadata.name, orNone(path)];
  },
};

export const serviceCidrPrinter: Printer<ServiceCIDR> = {
  columns: columns('Name', 'CIDRs', 'Age'),
  row: (s, context) => [s.metadata.name, (s.spec?.cidrs ?? []).join(','), ageOf(s, context)],
};
