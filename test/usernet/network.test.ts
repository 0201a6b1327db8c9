import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatRoute, type Network, openNetwork } from '../../src/usernet/index.ts';

let folder: string;
let network: Network;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'usernet-state-'));
  network = openNetwork(folder);
  network.createNamespace('worker-0', { machine: 'worker-0' });
  network.addAddress('worker-0', { address: '10.240.0.20', prefixLength: 24, device: 'eth0' });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lines = () => network.routes('worker-0').list().map(formatRoute);

describe('routes of a machine', () => {
  it('come with addresses, and go with them', () => {
    network.addAddress('worker-0', { address: '10.200.0.1', prefixLength: 24, device: 'cnio0' });
    network.routes('worker-0').add({ to: '10.200.1.0/24', via: '10.240.0.21' });
    network.routes('worker-0').add({ to: 'default', via: '10.240.0.1' });
    expect(lines()).toEqual([
      'default via 10.240.0.1 dev eth0',
      '10.200.0.0/24 dev cnio0 proto kernel scope link src 10.200.0.1',
      '10.200.1.0/24 via 10.240.0.21 dev eth0',
      '10.240.0.0/24 dev eth0 proto kernel scope link src 10.240.0.20',
    ]);
    network.removeAddress('worker-0', '10.240.0.20');
    expect(lines()).toEqual(['10.200.0.0/24 dev cnio0 proto kernel scope link src 10.200.0.1']);
  });

  it('answer mistakes as ip route does', () => {
    const routes = network.routes('worker-0');
    routes.add({ to: '10.200.1.0/24', via: '10.240.0.21' });
    expect(() => routes.add({ to: '10.200.1.0/24', via: '10.240.0.22' })).toThrow(
      'RTNETLINK answers: File exists',
    );
    expect(() => routes.add({ to: '10.240.0.0/24', via: '10.240.0.22' })).toThrow(
      'RTNETLINK answers: File exists',
    );
    expect(() => routes.add({ to: '10.200.2.0/24', via: '10.99.0.1' })).toThrow(
      'Nexthop has invalid gateway',
    );
    expect(() => routes.add({ to: '10.200.2.0/24', via: '10.240.0.20' })).toThrow(
      'Nexthop has invalid gateway',
    );
    expect(() => routes.add({ to: '10.200.2.5/24', via: '10.240.0.22' })).toThrow(
      'RTNETLINK answers: Invalid argument',
    );
    expect(() => routes.add({ to: 'pods', via: '10.240.0.22' })).toThrow(
      'any valid prefix is expected rather than "pods"',
    );
    expect(() => routes.add({ to: '10.200.2.0/24', device: 'eth7' })).toThrow('Cannot find device "eth7"');
    expect(() => routes.delete({ to: '10.200.2.0/24' })).toThrow('RTNETLINK answers: No such process');
    expect(() => routes.delete({ to: '10.200.1.0/24', via: '10.240.0.22' })).toThrow('No such process');
    routes.replace({ to: '10.200.1.0/24', via: '10.240.0.22' });
    expect(lines()[0]).toBe('10.200.1.0/24 via 10.240.0.22 dev eth0');
    routes.delete({ to: '10.200.1.0/24' });
    expect(lines()).toHaveLength(1);
  });
});

describe('the state of the network', () => {
  it('is seen at once by whoever else opened it', () => {
    const other = openNetwork(folder);
    network.createNamespace('pod-1', { machine: 'worker-0' });
    network.addAddress('pod-1', { address: '10.200.0.2', prefixLength: 24, device: 'eth0' });
    expect(other.findAddress('10.200.0.2')?.id).toBe('pod-1');
    other.setServiceRules('worker-0', [{ name: 'a', protocol: 'TCP', address: '*', port: 1, endpoints: [] }]);
    expect(network.serviceRules('worker-0')).toHaveLength(1);
    other.removeNamespace('pod-1');
    expect(network.findAddress('10.200.0.2')).toBeUndefined();
  });

  it('refuses a second address of the same name, and unknown namespaces', () => {
    expect(() =>
      network.addAddress('worker-0', { address: '10.240.0.20', prefixLength: 24, device: 'eth0' }),
    ).toThrow('File exists');
    expect(() => network.setLink('worker-9', { up: false })).toThrow('no network namespace "worker-9"');
    expect(() => network.createNamespace('worker-0', { machine: 'worker-1' })).toThrow('on worker-0 already');
  });

  it('never gives a key of a removed namespace to another', () => {
    network.createNamespace('pod-1', { machine: 'worker-0' });
    const key = network.namespace('pod-1')?.key;
    network.removeNamespace('pod-1');
    network.createNamespace('pod-2', { machine: 'worker-0' });
    expect(network.namespace('pod-2')?.key).not.toBe(key);
  });

  it('loses no change of writers at the same time, and outlives one killed with the lock', async () => {
    const file = join(folder, 'writer.mjs');
    await build({
      stdin: {
        contents: `import { openNetwork } from './src/usernet/network.ts';
const network = openNetwork(process.argv[2]);
for (let i = 0; i < 25; i++) network.createNamespace('pod-' + process.argv[3] + '-' + i, { machine: 'worker-0' });`,
        resolveDir: process.cwd(),
        loader: 'ts',
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: file,
    });
    const writer = (name: string) => {
      const child = spawn(process.execPath, [file, folder, name], { stdio: 'inherit' });
      return { child, done: new Promise((resolve) => child.once('close', resolve)) };
    };
    // A lock whose process has gone: a pid that was alive a moment ago.
    const dead = writer('dead');
    await dead.done;
    writeFileSync(join(folder, 'net', 'lock'), `${dead.child.pid} 0123`);
    const codes = await Promise.all(['a', 'b', 'c', 'd'].map((name) => writer(name).done));
    expect(codes).toEqual([0, 0, 0, 0]);
    expect(network.namespaces()).toHaveLength(1 + 5 * 25);
    expect(readdirSync(join(folder, 'net')).sort()).toEqual(['bell', 'services', 'state.json']);
  });
});
