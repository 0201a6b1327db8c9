import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { folderFingerprint, loadNetwork, parseNetworkFile } from '../../src/containers/cni/configuration.ts';
import { nextAddress, rangeSets } from '../../src/containers/cni/plugins/host-local.ts';
import { runPlugin } from '../../src/containers/cni/plugins/plugins.ts';
import type { CniCommand, PluginConfig } from '../../src/containers/cni/types.ts';
import { type Network, openNetwork } from '../../src/usernet/network.ts';

let dir: string;
let network: Network;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'cni-'));
  mkdirSync(join(dir, 'bin'));
  for (const name of ['bridge', 'host-local', 'loopback']) writeFileSync(join(dir, 'bin', name), '');
  network = openNetwork(join(dir, 'r'));
  network.createNamespace('worker-0', { machine: 'worker-0' });
  network.addAddress('worker-0', { address: '10.240.0.20', prefixLength: 24, device: 'eth0' });
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const config = (ipam: PluginConfig['ipam'] = {}): PluginConfig => ({
  cniVersion: '1.0.0',
  name: 'net',
  type: 'bridge',
  bridge: 'cnio0',
  isGateway: true,
  ipMasq: true,
  ipam: {
    type: 'host-local',
    ranges: [[{ subnet: '10.200.0.0/29' }]],
    routes: [{ dst: '0.0.0.0/0' }],
    dataDir: join(dir, 'leases'),
    ...ipam,
  },
});

function call(command: CniCommand, pod: string, plugin = config()) {
  return runPlugin(
    plugin.type,
    plugin,
    { command, containerId: pod, netns: `/run/netns/${pod}`, ifName: 'eth0', path: join(dir, 'bin') },
    { network, machine: 'worker-0' },
  );
}

function add(pod: string, plugin?: PluginConfig) {
  network.createNamespace(pod, { machine: 'worker-0' });
  return call('ADD', pod, plugin);
}

describe('bridge with host-local', () => {
  test('a pod gets an address, the machine the gateway, and what leaves the subnet is masqueraded', () => {
    const result = add('pod-a');
    expect(result).toMatchObject({
      cniVersion: '1.0.0',
      ips: [{ address: '10.200.0.2/29', gateway: '10.200.0.1', interface: 2 }],
      routes: [{ dst: '0.0.0.0/0' }],
    });
    expect(result.interfaces?.map(({ name }) => name)).toEqual([
      'cnio0',
      expect.stringMatching(/^veth/),
      'eth0',
    ]);
    expect(network.namespace('pod-a')?.addresses).toEqual([
      { address: '10.200.0.2', prefixLength: 29, device: 'eth0' },
    ]);
    expect(network.namespace('worker-0')?.addresses).toContainEqual({
      address: '10.200.0.1',
      prefixLength: 29,
      device: 'cnio0',
    });
    expect(network.state().masquerade['worker-0']).toEqual([
      { source: '10.200.0.0/29', except: '10.200.0.0/29' },
    ]);
    expect(readFileSync(join(dir, 'leases/net/10.200.0.2'), 'utf8')).toBe('pod-a\r\neth0');
  });

  test('an address rests before it is used again, and DEL may come twice', () => {
    add('pod-a');
    call('DEL', 'pod-a');
    call('DEL', 'pod-a');
    expect(network.namespace('pod-a')?.addresses).toEqual([]);
    expect(add('pod-b').ips?.[0]?.address).toBe('10.200.0.3/29');
    expect(readdirSync(join(dir, 'leases/net')).sort()).toEqual(['10.200.0.3', 'last_reserved_ip.0']);
  });

  test('when the range is used up it says so as host-local does', () => {
    for (const pod of ['a', 'b', 'c', 'd', 'e']) add(`pod-${pod}`);
    expect(() => add('pod-f')).toThrow(
      'failed to allocate for range 0: no IP addresses available in range set: 10.200.0.1-10.200.0.6',
    );
  });

  test('a bridge that has another address already is an error', () => {
    add('pod-a');
    const other = { ...config({ ranges: [[{ subnet: '10.201.0.0/24' }]] }), name: 'other' };
    expect(() => add('pod-b', other)).toThrow(
      '"cnio0" already has an IP address different from 10.201.0.1/24',
    );
  });

  test('a plugin whose file is missing is not found, whatever is built in', () => {
    rmSync(join(dir, 'bin/host-local'));
    expect(() => add('pod-a')).toThrow(`failed to find plugin "host-local" in path [${join(dir, 'bin')}]`);
  });
});

describe('ranges', () => {
  test.each([
    [{ subnet: '10.1.0.0/24' }, '10.1.0.2'],
    [{ subnet: '10.1.0.0/24', rangeStart: '10.1.0.50' }, '10.1.0.50'],
    [{ subnet: '10.1.0.0/24', gateway: '10.1.0.254' }, '10.1.0.1'],
  ])('%j starts with %s', (range, first) => {
    const [set] = rangeSets(config({ ranges: [[range]] }));
    expect(nextAddress(set!, new Set(), undefined)?.address).toBe(first);
  });

  test.each([
    [{ subnet: 'POD_CIDR' }, 'invalid CIDR address: POD_CIDR'],
    [{ subnet: '10.1.0.0/24', rangeStart: '10.2.0.1' }, 'RangeStart 10.2.0.1 not in network 10.1.0.0/24'],
  ])('%j is refused', (range, message) => {
    expect(() => rangeSets(config({ ranges: [[range]] }))).toThrow(message);
  });
});

describe('configuration files', () => {
  const write = (name: string, text: string) => {
    mkdirSync(join(dir, 'net.d'), { recursive: true });
    writeFileSync(join(dir, 'net.d', name), text);
  };

  test('the first valid file in lexical order counts; others are told about', () => {
    const warned: string[] = [];
    const load = () =>
      loadNetwork(join(dir, 'net.d'), (file, reason) => warned.push(`${file.split('/').at(-1)}: ${reason}`));
    expect(load()).toEqual({ problem: 'cni plugin not initialized' });
    write('99-loopback.conf', '{"cniVersion":"1.0.0","name":"lo","type":"loopback"}');
    const before = folderFingerprint(join(dir, 'net.d'));
    write('05-broken.conf', '{');
    write('10-bridge.conf', '{"cniVersion":"1.0.0","name":"b","type":"bridge"}');
    write('00-readme.txt', 'not read');
    expect(folderFingerprint(join(dir, 'net.d'))).not.toBe(before);
    expect(load()).toMatchObject({ list: { name: 'b', plugins: [{ type: 'bridge', name: 'b' }] } });
    expect(warned).toHaveLength(1);
    expect(warned[0]).toContain('05-broken.conf: error parsing configuration');
  });

  test('a list hands its name and version to its plugins', () => {
    const list = parseNetworkFile(
      'x.conflist',
      '{"cniVersion":"0.4.0","name":"n","plugins":[{"type":"bridge"},{"type":"portmap"}]}',
    );
    expect(list.plugins).toEqual([
      { type: 'bridge', cniVersion: '0.4.0', name: 'n' },
      { type: 'portmap', cniVersion: '0.4.0', name: 'n' },
    ]);
  });
});
