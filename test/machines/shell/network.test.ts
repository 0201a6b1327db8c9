import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openNetwork } from '../../../src/usernet/network.ts';
import { createTestShell, type TestShell } from './support.ts';

let shell: TestShell;
beforeAll(async () => {
  shell = await createTestShell();
  const network = openNetwork(shell.runtimeDir);
  network.createNamespace('controller-0', { machine: 'controller-0' });
  network.addAddress('controller-0', { address: '10.240.0.10', prefixLength: 24, device: 'eth0' });
});
afterAll(() => shell.destroy());

const out = async (script: string) => {
  const { stdout, stderr } = await shell.run(script);
  return stdout + stderr;
};

describe('ip', () => {
  it('shows devices and addresses, in full, in brief, or a line each', async () => {
    expect(await out('ip addr show eth0')).toBe(
      '2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP\n    inet 10.240.0.10/24 scope global eth0\n',
    );
    expect(await out("ip -o -4 addr show dev eth0 | awk '{print $4}'")).toBe('10.240.0.10/24\n');
    expect(await out('ip -br a')).toMatch(/^lo +UNKNOWN +127.0.0.1\/8 \neth0 +UP +10.240.0.10\/24 \n$/);
    expect(await out('ip -6 addr')).toBe('');
  });

  it('changes routes, and tells which one is taken', async () => {
    expect(await out('ip route add 10.200.0.0/24 via 10.240.0.20')).toBe('');
    expect(await out('ip r')).toBe(
      '10.200.0.0/24 via 10.240.0.20 dev eth0 \n10.240.0.0/24 dev eth0 proto kernel scope link src 10.240.0.10 \n',
    );
    expect(await out('ip route get 10.200.0.7')).toBe(
      '10.200.0.7 via 10.240.0.20 dev eth0 src 10.240.0.10 uid 0 \n    cache \n',
    );
    expect(await out('ip route get 10.240.0.21')).toMatch(/^10.240.0.21 dev eth0 src/);
    expect(await out('ip route get 10.240.0.10')).toMatch(/^local 10.240.0.10 dev lo/);
    expect(await out('ip route del 10.200.0.0/24; ip route get 10.200.0.7')).toBe(
      'RTNETLINK answers: Network is unreachable\n',
    );
  });

  it.each([
    ['ip', 'Usage: ip [ OPTIONS ] { address | link | route } { COMMAND | help }\n'],
    ['ip rooot', 'Object "rooot" is unknown, try "ip help".\n'],
    ['ip -json route', 'Option "-json" is unknown, try "ip -help".\n'],
    ['ip addr show eth9', 'Device "eth9" does not exist.\n'],
    [
      'ip addr add 10.0.0.1/24 dev eth0',
      "ip address add: not supported in the lab: a machine's addresses come from its topology\n",
    ],
    ['ip route get nowhere', 'Error: any valid prefix is expected rather than "nowhere".\n'],
    ['ip route add nonsense via 1.2.3.4', 'Error: any valid prefix is expected rather than "nonsense".\n'],
    ['ip route add 10.9.0.1/24 via 10.240.0.20', 'RTNETLINK answers: Invalid argument\n'],
    ['ip route add 10.9.0.0/24 via 10.1.1.1', 'Error: Nexthop has invalid gateway.\n'],
    ['ip route add 10.9.0.0/24 dev eth9', 'Cannot find device "eth9"\n'],
    ['ip route add 10.240.0.0/24 via 10.240.0.20', 'RTNETLINK answers: File exists\n'],
    ['ip route del 10.9.0.0/24', 'RTNETLINK answers: No such process\n'],
    ['ip route add 10.9.0.0/24 metric 3', 'Error: either "to" is duplicate, or "metric" is a garbage.\n'],
    ['ss -x', "ss: unsupported argument: -x (of the lab's ss: -t -u -l -n -p -a)\n"],
  ])('refuses by name: %s', async (script, message) => {
    const { stderr, exitCode } = await shell.run(script);
    expect(stderr).toBe(message);
    expect(exitCode).not.toBe(0);
  });
});

it('what a real node would show in iptables is told where it is', async () => {
  expect(await out('iptables -t nat -L')).toContain('kube-proxy tells it the services directly');
});
