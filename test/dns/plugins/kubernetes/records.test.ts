import { expect, test } from 'vitest';
import { type ClusterView, ZoneAnswerer } from '../../../../src/dns/plugins/kubernetes/records.ts';
import type { Service } from '../../../../src/kube/api/types/core-v1.ts';
import type { EndpointSlice } from '../../../../src/kube/api/types/discovery-v1.ts';

const service = (namespace: string, name: string, spec: Service['spec']): Service => ({
  metadata: { namespace, name },
  spec,
});

const services = [
  service('default', 'kubernetes', {
    clusterIP: '10.32.0.1',
    ports: [{ name: 'https', port: 443, protocol: 'TCP' }],
  }),
  service('default', 'db', { clusterIP: 'None', ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }] }),
  service('default', 'empty', { clusterIP: 'None', ports: [{ port: 80 }] }),
  service('default', 'elsewhere', { type: 'ExternalName', externalName: 'db.example.org' }),
];

const slices: EndpointSlice[] = [
  {
    addressType: 'IPv4',
    metadata: { namespace: 'default', name: 'db-1', labels: { 'kubernetes.io/service-name': 'db' } },
    ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }],
    endpoints: [
      { addresses: ['10.200.0.5'], conditions: { ready: true }, hostname: 'db-0' },
      { addresses: ['10.200.1.6'], conditions: { ready: true } },
      { addresses: ['10.200.2.7'], conditions: { ready: false } },
    ],
  },
];

const view: ClusterView = {
  namespaceExists: (namespace) => namespace === 'default',
  service: (namespace, name) =>
    services.find((entry) => entry.metadata?.namespace === namespace && entry.metadata?.name === name),
  endpointSlices: (namespace, name) =>
    slices.filter(
      (slice) => namespace === 'default' && slice.metadata?.labels?.['kubernetes.io/service-name'] === name,
    ),
  podExists: (_namespace, address) => address === '10.200.0.5',
  serviceByAddress: (address) => services.find((entry) => entry.spec?.clusterIP === address),
  endpointByAddress: (address) =>
    address === '10.200.0.5' ? { namespace: 'default', service: 'db', name: 'db-0' } : undefined,
  serial: () => 42,
};

const answerer = (pods: 'disabled' | 'insecure' | 'verified' = 'insecure') =>
  new ZoneAnswerer({ zones: ['cluster.local.'], ttl: 5, pods }, view);

/** The data of the answers, or the code where there are none. */
function ask(name: string, type = 'A', zone = answerer()): unknown {
  const response = zone.answer({ name, type });
  if (response === undefined) return 'not ours';
  if (response.answers.length === 0) {
    expect(response.authorities.map((record) => record.type)).toEqual(['SOA']);
    return response.code;
  }
  return response.answers.map((record) => ('data' in record ? record.data : undefined));
}

test('a service has the address of its cluster IP', () => {
  expect(ask('kubernetes.default.svc.cluster.local')).toEqual(['10.32.0.1']);
  expect(ask('Kubernetes.Default.SVC.cluster.local.')).toEqual(['10.32.0.1']);
});

test('a headless service has the addresses of its ready endpoints, and none without endpoints', () => {
  expect(ask('db.default.svc.cluster.local')).toEqual(['10.200.0.5', '10.200.1.6']);
  expect(ask('empty.default.svc.cluster.local')).toBe('NXDOMAIN');
});

test('an endpoint is named by its hostname, else by its address with dashes', () => {
  expect(ask('db-0.db.default.svc.cluster.local')).toEqual(['10.200.0.5']);
  expect(ask('10-200-1-6.db.default.svc.cluster.local')).toEqual(['10.200.1.6']);
  expect(ask('db-9.db.default.svc.cluster.local')).toBe('NXDOMAIN');
});

test('SRV gives port and target; a headless service one for each endpoint, with their addresses beside', () => {
  expect(ask('_https._tcp.kubernetes.default.svc.cluster.local', 'SRV')).toEqual([
    { priority: 0, weight: 100, port: 443, target: 'kubernetes.default.svc.cluster.local' },
  ]);
  const response = answerer().answer({ name: '_sql._tcp.db.default.svc.cluster.local', type: 'SRV' })!;
  expect(response.answers).toHaveLength(2);
  expect(response.additionals.map((record) => ('data' in record ? record.data : ''))).toEqual([
    '10.200.0.5',
    '10.200.1.6',
  ]);
  expect(ask('_nope._tcp.kubernetes.default.svc.cluster.local', 'SRV')).toBe('NXDOMAIN');
});

test('an external name is a CNAME', () => {
  expect(ask('elsewhere.default.svc.cluster.local')).toEqual(['db.example.org']);
});

test('a name that exists without that type is NOERROR; one that does not exist is NXDOMAIN; both carry the SOA', () => {
  expect(ask('kubernetes.default.svc.cluster.local', 'AAAA')).toBe('NOERROR');
  expect(ask('default.svc.cluster.local')).toBe('NOERROR');
  expect(ask('nothing.default.svc.cluster.local')).toBe('NXDOMAIN');
  expect(ask('kubernetes.other.svc.cluster.local')).toBe('NXDOMAIN');
  expect(ask('foo.cluster.local')).toBe('NXDOMAIN');
});

test('names outside the zone are somebody else’s', () => {
  expect(ask('example.org')).toBe('not ours');
  expect(ask('notcluster.local')).toBe('not ours');
});

test('pods: by their address when insecure, only when they exist when verified, never when disabled', () => {
  expect(ask('10-200-9-9.default.pod.cluster.local')).toEqual(['10.200.9.9']);
  expect(ask('10-200-9-9.default.pod.cluster.local', 'A', answerer('verified'))).toBe('NXDOMAIN');
  expect(ask('10-200-0-5.default.pod.cluster.local', 'A', answerer('verified'))).toEqual(['10.200.0.5']);
  expect(ask('10-200-0-5.default.pod.cluster.local', 'A', answerer('disabled'))).toBe('NXDOMAIN');
  expect(ask('10-200-0-5.other.pod.cluster.local')).toBe('NXDOMAIN');
});

test('an address of a service or an endpoint has a name', () => {
  expect(ask('1.0.32.10.in-addr.arpa', 'PTR')).toEqual(['kubernetes.default.svc.cluster.local']);
  expect(ask('5.0.200.10.in-addr.arpa', 'PTR')).toEqual(['db-0.db.default.svc.cluster.local']);
  expect(ask('9.9.9.10.in-addr.arpa', 'PTR')).toBe('not ours');
});
