import { describe, expect, it } from 'vitest';
import { type Packet, passes, route, type Verdict, type World } from '../../src/usernet/forward.ts';
import { emptyState, type Namespace, type NetworkState, type ServiceRule } from '../../src/usernet/state.ts';

const machine = (id: string, ...addresses: [string, string][]): Namespace => ({
  id,
  key: id,
  machine: id,
  addresses: addresses.map(([address, device]) => ({ address, prefixLength: 24, device })),
  up: true,
  powered: true,
});
const pod = (id: string, on: string, address: string): Namespace => ({
  ...machine(id, [address, 'eth0']),
  machine: on,
});

const namespaces = [
  machine('jumpbox', ['10.240.0.1', 'eth0']),
  machine('controller-0', ['10.240.0.10', 'eth0']),
  machine('worker-0', ['10.240.0.20', 'eth0'], ['10.200.0.1', 'cnio0']),
  machine('worker-1', ['10.240.0.21', 'eth0'], ['10.200.1.1', 'cnio0']),
  pod('pod-a', 'worker-0', '10.200.0.5'),
  pod('pod-b', 'worker-0', '10.200.0.6'),
  pod('pod-c', 'worker-1', '10.200.1.5'),
  machine('bare'),
];

const podRoutes = {
  'worker-0': [{ to: '10.200.1.0/24', via: '10.240.0.21' }],
  'worker-1': [{ to: '10.200.0.0/24', via: '10.240.0.20' }],
};

interface Setting {
  routes?: NetworkState['routes'];
  masquerade?: NetworkState['masquerade'];
  services?: Record<string, readonly ServiceRule[]>;
  change?: Record<string, Partial<Namespace>>;
}

function world({ routes = {}, masquerade = {}, services = {}, change = {} }: Setting): World {
  return {
    state: {
      ...emptyState,
      networks: { network: '10.240.0.0/24', podCidr: '10.200.0.0/16', serviceCidr: '10.32.0.0/24' },
      namespaces: Object.fromEntries(namespaces.map((one) => [one.id, { ...one, ...change[one.id] }])),
      routes,
      masquerade,
    },
    services: (id) => services[id] ?? [],
  };
}

/** `pod-a@10.200.0.5:80 from X seen Y`, or what became of the packet instead. */
function text(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'deliver':
      return `${verdict.namespace.id}@${verdict.address}:${verdict.port} from ${verdict.source} seen ${verdict.seenSource}`;
    case 'unreachable':
      return verdict.code;
    case 'refuse':
      return `refuse ${verdict.service}`;
    case 'drop':
      return `drop: ${verdict.reason}`;
  }
}

const ask = (
  namespace: string,
  to: string,
  setting: Setting = {},
  more: Partial<Packet> = {},
  random = 0,
) => {
  const [destination, port] = to.split(':');
  const packet: Packet = {
    namespace,
    protocol: 'TCP',
    destination: destination!,
    port: Number(port),
    ...more,
  };
  return text(route(packet, world(setting), () => random));
};

const web: ServiceRule = {
  name: 'web',
  protocol: 'TCP',
  address: '10.32.0.7',
  port: 80,
  endpoints: [
    { address: '10.200.0.5', port: 8080 },
    { address: '10.200.1.5', port: 8080 },
  ],
};
const nodePort: ServiceRule = { ...web, address: '*', port: 30080 };
const onWorkers = (...rules: ServiceRule[]) => ({ 'worker-0': rules, 'worker-1': rules });

describe('forwarding', () => {
  const cases: [name: string, from: string, to: string, expected: string, setting?: Setting][] = [
    [
      'loopback of a machine',
      'worker-0',
      '127.0.0.1:1',
      'worker-0@127.0.0.1:1 from 127.0.0.1 seen 127.0.0.1',
    ],
    ['loopback of a pod', 'pod-a', '127.0.0.1:1', 'pod-a@127.0.0.1:1 from 127.0.0.1 seen 127.0.0.1'],
    ['0.0.0.0 is loopback', 'pod-a', '0.0.0.0:1', 'pod-a@127.0.0.1:1 from 127.0.0.1 seen 127.0.0.1'],
    ['an own address', 'worker-0', '10.200.0.1:1', 'worker-0@10.200.0.1:1 from 10.200.0.1 seen 10.200.0.1'],
    [
      'machine to machine',
      'controller-0',
      '10.240.0.20:1',
      'worker-0@10.240.0.20:1 from 10.240.0.10 seen 10.240.0.10',
    ],
    ['an unused address of the network', 'controller-0', '10.240.0.99:1', 'EHOSTUNREACH'],
    ['an address outside the lab', 'controller-0', '192.0.2.1:1', 'ENETUNREACH'],
    ['a namespace without addresses', 'bare', '10.240.0.20:1', 'EHOSTUNREACH'],
    ['a namespace that is gone', 'nobody', '10.240.0.20:1', 'ENETUNREACH'],
    [
      'pod to pod on one worker',
      'pod-a',
      '10.200.0.6:1',
      'pod-b@10.200.0.6:1 from 10.200.0.5 seen 10.200.0.5',
    ],
    [
      'machine to its own pod',
      'worker-0',
      '10.200.0.5:1',
      'pod-a@10.200.0.5:1 from 10.200.0.1 seen 10.200.0.1',
    ],
    [
      'pod to its machine',
      'pod-a',
      '10.240.0.20:1',
      'worker-0@10.240.0.20:1 from 10.200.0.5 seen 10.200.0.5',
    ],
    ['pod to another worker’s pod without a route', 'pod-a', '10.200.1.5:1', 'EHOSTUNREACH'],
    [
      'with routes',
      'pod-a',
      '10.200.1.5:1',
      'pod-c@10.200.1.5:1 from 10.200.0.5 seen 10.200.0.5',
      { routes: podRoutes },
    ],
    [
      'with the way there but not back',
      'pod-a',
      '10.200.1.5:1',
      'drop: worker-1 has no way back to 10.200.0.5',
      { routes: { 'worker-0': podRoutes['worker-0'] } },
    ],
    [
      'one way is enough when the node masquerades',
      'pod-a',
      '10.200.1.5:1',
      'pod-c@10.200.1.5:1 from 10.200.0.5 seen 10.240.0.20',
      {
        routes: { 'worker-0': podRoutes['worker-0'] },
        masquerade: { 'worker-0': [{ source: '10.200.0.0/24', except: '10.200.0.0/24' }] },
      },
    ],
    [
      'masquerading spares the pods’ own network',
      'pod-a',
      '10.200.0.6:1',
      'pod-b@10.200.0.6:1 from 10.200.0.5 seen 10.200.0.5',
      { masquerade: { 'worker-0': [{ source: '10.200.0.0/24', except: '10.200.0.0/24' }] } },
    ],
    [
      'a pod to a controller without a way back',
      'pod-a',
      '10.240.0.10:1',
      'drop: controller-0 has no way back to 10.200.0.5',
    ],
    [
      'the longest prefix wins',
      'controller-0',
      '10.200.1.5:1',
      'pod-c@10.200.1.5:1 from 10.240.0.10 seen 10.240.0.10',
      {
        routes: {
          'controller-0': [
            { to: 'default', via: '10.240.0.20' },
            { to: '10.200.1.0/24', via: '10.240.0.21' },
          ],
        },
      },
    ],
    [
      'a loop of routes',
      'controller-0',
      '10.200.9.9:1',
      'EHOSTUNREACH',
      {
        routes: {
          'controller-0': [{ to: 'default', via: '10.240.0.20' }],
          'worker-0': [{ to: 'default', via: '10.240.0.10' }],
        },
      },
    ],
    [
      'the receiver’s cable is cut',
      'controller-0',
      '10.240.0.20:1',
      'drop: the link of worker-0 is cut',
      { change: { 'worker-0': { up: false } } },
    ],
    [
      'the sender’s cable is cut',
      'controller-0',
      '10.240.0.20:1',
      'drop: the link of controller-0 is cut',
      { change: { 'controller-0': { up: false } } },
    ],
    [
      'a machine that is off',
      'controller-0',
      '10.240.0.20:1',
      'EHOSTUNREACH',
      { change: { 'worker-0': { powered: false } } },
    ],
    [
      'a gateway that is off',
      'pod-a',
      '10.200.1.5:1',
      'EHOSTUNREACH',
      { routes: podRoutes, change: { 'worker-1': { powered: false } } },
    ],
    [
      'a cut cable leaves the machine’s own pods alone',
      'worker-0',
      '10.200.0.5:1',
      'pod-a@10.200.0.5:1 from 10.200.0.1 seen 10.200.0.1',
      { change: { 'worker-0': { up: false } } },
    ],
    [
      'a cluster IP, first endpoint',
      'pod-b',
      '10.32.0.7:80',
      'pod-a@10.200.0.5:8080 from 10.200.0.6 seen 10.200.0.6',
      { services: onWorkers(web) },
    ],
    ['another port of a cluster IP', 'pod-b', '10.32.0.7:81', 'EHOSTUNREACH', { services: onWorkers(web) }],
    [
      'a cluster IP where no kube-proxy runs',
      'controller-0',
      '10.32.0.7:80',
      'EHOSTUNREACH',
      { services: onWorkers(web) },
    ],
    [
      'a service without endpoints',
      'pod-b',
      '10.32.0.7:80',
      'refuse web',
      { services: onWorkers({ ...web, endpoints: [] }) },
    ],
    [
      'a pod that reaches itself by its service',
      'pod-a',
      '10.32.0.7:80',
      'pod-a@10.200.0.5:8080 from 10.200.0.5 seen 10.200.0.1',
      { services: onWorkers(web) },
    ],
    [
      'a node port from outside',
      'jumpbox',
      '10.240.0.20:30080',
      'pod-a@10.200.0.5:8080 from 10.240.0.1 seen 10.200.0.1',
      { services: onWorkers(nodePort) },
    ],
    [
      'a node port with externalTrafficPolicy Local needs a way back',
      'jumpbox',
      '10.240.0.20:30080',
      'pod-a@10.200.0.5:8080 from 10.240.0.1 seen 10.240.0.1',
      { services: onWorkers({ ...nodePort, externalTrafficPolicy: 'Local' }) },
    ],
    [
      'a node port on loopback',
      'worker-0',
      '127.0.0.1:30080',
      'pod-a@10.200.0.5:8080 from 127.0.0.1 seen 10.200.0.1',
      { services: onWorkers(nodePort) },
    ],
    [
      'a node port on a machine without rules',
      'jumpbox',
      '10.240.0.10:30080',
      'controller-0@10.240.0.10:30080 from 10.240.0.1 seen 10.240.0.1',
      { services: onWorkers(nodePort) },
    ],
  ];
  it.each(cases)('%s', (_name, from, to, expected, setting) => {
    expect(ask(from, to, setting)).toBe(expected);
  });

  it('keeps to the protocol of a rule', () => {
    expect(ask('pod-b', '10.32.0.7:80', { services: onWorkers(web) }, { protocol: 'UDP' })).toBe(
      'EHOSTUNREACH',
    );
  });

  it('chooses among endpoints by the random number', () => {
    const setting = { services: onWorkers(web), routes: podRoutes };
    expect(ask('pod-b', '10.32.0.7:80', setting, {}, 0.49)).toContain('pod-a@');
    expect(ask('pod-b', '10.32.0.7:80', setting, {}, 0.5)).toContain('pod-c@');
  });

  it('sends one client to one endpoint with session affinity, and clients to all of them', () => {
    const endpoints = Array.from({ length: 4 }, (_, index) => ({
      address: '10.200.0.5',
      port: 8080 + index,
    }));
    const rule = { ...web, endpoints, sessionAffinity: { timeoutSeconds: 10800 } };
    const chosen = new Set<string>();
    for (let client = 1; client < 60; client++) {
      const setting: Setting = {
        services: onWorkers(rule),
        change: {
          'pod-b': { addresses: [{ address: `10.200.0.${client + 10}`, prefixLength: 24, device: 'eth0' }] },
        },
      };
      const first = ask('pod-b', '10.32.0.7:80', setting, {}, 0.1);
      expect(ask('pod-b', '10.32.0.7:80', setting, {}, 0.9)).toBe(first);
      chosen.add(first.split(' ')[0]!);
    }
    expect(chosen.size).toBe(4);
  });

  it('leaves from the address that the program bound', () => {
    expect(ask('worker-0', '10.240.0.21:1', {}, { source: '10.240.0.20' })).toContain('seen 10.240.0.20');
  });

  it('knows whether an established connection still has its way', () => {
    expect(passes(world({ routes: podRoutes }).state, 'pod-a', '10.200.1.5')).toBe(true);
    expect(passes(world({}).state, 'pod-a', '10.200.1.5')).toBe(false);
    expect(
      passes(world({ change: { 'worker-1': { up: false } } }).state, 'controller-0', '10.240.0.21'),
    ).toBe(false);
  });
});
