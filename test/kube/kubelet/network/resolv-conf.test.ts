import { describe, expect, it } from 'vitest';
import type { PodSpec } from '../../../../src/kube/api/types/core-v1.ts';
import {
  hostsFile,
  parseResolvConf,
  podDns,
  podHostname,
  sandboxHostname,
} from '../../../../src/kube/kubelet/network/resolv-conf.ts';
import { makePod } from '../support/objects.ts';

const context = {
  clusterDNS: ['10.32.0.10'],
  clusterDomain: 'cluster.local',
  node: { servers: ['10.240.0.1'], searches: ['lab.example'], options: ['timeout:2'] },
};
const domains = ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local'];

describe('the names that a pod can look up', () => {
  it('are the cluster’s first, then what the node searches', () => {
    expect(podDns(makePod(), context)).toEqual({
      servers: ['10.32.0.10'],
      searches: [...domains, 'lab.example'],
      options: ['ndots:5'],
    });
  });

  it.each([
    [{ dnsPolicy: 'Default' }, ['10.240.0.1']],
    [{ hostNetwork: true }, ['10.240.0.1']],
    [{ hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }, ['10.32.0.10']],
    [{ dnsPolicy: 'None', dnsConfig: { nameservers: ['1.1.1.1'] } }, ['1.1.1.1']],
  ])('come by policy: %j asks %j', (spec, servers) => {
    expect(podDns(makePod(spec), context).servers).toEqual(servers);
  });

  it('are the node’s where the kubelet knows no name server of the cluster', () => {
    expect(podDns(makePod(), { ...context, clusterDNS: [] })).toEqual(context.node);
  });

  it('take what the pod adds, each once, and no more than libc reads', () => {
    const dnsConfig = {
      nameservers: ['10.32.0.10', '1.1.1.1', '2.2.2.2', '3.3.3.3'],
      searches: ['cluster.local', ...Array.from({ length: 40 }, (_, index) => `s${index}`)],
      options: [{ name: 'ndots', value: '1' }, { name: 'edns0' }],
    };
    const found = podDns(makePod({ dnsConfig }), context);
    expect(found.servers).toEqual(['10.32.0.10', '1.1.1.1', '2.2.2.2']);
    expect([found.searches.length, new Set(found.searches).size]).toEqual([32, 32]);
    expect(found.options).toEqual(['ndots:1', 'edns0']);
  });
});

it('a resolv.conf is read as libc reads it', () => {
  const text =
    '# made by hand\nsearch a.example\nnameserver 1.1.1.1 ; first\nsearch b.example. .\noptions ndots:2 rotate\nnonsense\n';
  expect(parseResolvConf(text)).toEqual({
    servers: ['1.1.1.1'],
    searches: ['b.example', '.'],
    options: ['ndots:2', 'rotate'],
  });
});

describe('the hosts file of a pod', () => {
  const last = (text: string) => text.trimEnd().split('\n').at(-1);

  it('names the pod, in full where it has a subdomain', () => {
    expect(last(hostsFile(makePod(), ['10.200.0.2'], 'cluster.local', ''))).toBe('10.200.0.2\tweb');
    const pod = makePod({ hostname: 'db-0', subdomain: 'db' });
    expect(last(hostsFile(pod, ['10.200.0.2'], 'cluster.local', ''))).toBe(
      '10.200.0.2\tdb-0.db.default.svc.cluster.local\tdb-0',
    );
  });

  it('ends with the pod’s aliases', () => {
    const pod = makePod({ hostAliases: [{ ip: '1.2.3.4', hostnames: ['a', 'b'] }] });
    expect(last(hostsFile(pod, ['10.200.0.2'], 'cluster.local', ''))).toBe('1.2.3.4\ta\tb');
  });

  it('is the node’s on the network of the node', () => {
    const text = hostsFile(
      makePod({ hostNetwork: true }),
      ['10.240.0.20'],
      'cluster.local',
      '10.240.0.20 worker-0\n',
    );
    expect(text).toBe('# Kubernetes-managed hosts file (host network).\n10.240.0.20 worker-0\n');
  });
});

describe('the name that a pod has for itself', () => {
  const db = (fields: Partial<PodSpec> = {}) => makePod({ hostname: 'db-0', subdomain: 'db', ...fields });

  it('is the full one only where the pod asks for it', () => {
    expect(sandboxHostname(db(), 'cluster.local')).toBe('db-0');
    const full = db({ setHostnameAsFQDN: true });
    expect(sandboxHostname(full, 'cluster.local')).toBe('db-0.db.default.svc.cluster.local');
    expect(sandboxHostname(makePod({ setHostnameAsFQDN: true }), 'cluster.local')).toBe('web');
  });

  it('has no more than 64 characters', () => {
    const long = db({ subdomain: 'd'.repeat(40), setHostnameAsFQDN: true });
    expect(() => sandboxHostname(long, 'cluster.local')).toThrow(
      'is too long (64 characters is the max, 71 characters requested)',
    );
  });
});

it.each([
  ['web', 'web'],
  [`${'a'.repeat(62)}-.b`, 'a'.repeat(62)],
])('a pod %s is called %s', (name, hostname) => {
  expect(podHostname(makePod({}, { name }))).toBe(hostname);
});
