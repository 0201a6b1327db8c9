import { type MachineRole, type MachineSpec, machinesWithRole, type Topology } from '../machines/topology.ts';
import type { Values } from './render.ts';

const etcdPeerPort = 2380;
const etcdClientPort = 2379;
const apiServerPort = 6443;

export const machineValues = (machine: MachineSpec, index: number): Values => ({
  name: machine.name,
  address: machine.address,
  podCidr: machine.podCidr,
  index,
});

/** What placeholders can name: everything follows from the topology, so no address stands twice in a pack. */
export function templateValues(topology: Topology): Values {
  const list = (role: MachineRole) => machinesWithRole(topology, role).map(machineValues);
  const names = (role: MachineRole) => machinesWithRole(topology, role).map((machine) => machine.name);
  const controllers = machinesWithRole(topology, 'controller');
  const workers = machinesWithRole(topology, 'worker');
  const loadBalancer = machinesWithRole(topology, 'load-balancer')[0];
  if (controllers[0] === undefined || workers[0] === undefined || loadBalancer === undefined) {
    throw new Error(`topology ${topology.name} lacks a controller, a worker or a load balancer`);
  }
  const { machines: _machines, ...scalars } = topology;
  const domain = topology.clusterDomain;
  const serviceNames = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc'];
  // kubernetes.default.svc.cluster, then .local: a certificate names each search step on its own.
  for (const part of domain.split('.')) serviceNames.push(`${serviceNames.at(-1)}.${part}`);
  const addresses = [
    topology.apiServiceAddress,
    ...controllers.map((machine) => machine.address),
    loadBalancer.address,
    '127.0.0.1',
  ];
  const lines = topology.machines.map(({ address, name, podCidr }) =>
    [address, name, podCidr].filter((word) => word !== undefined).join(' '),
  );
  return {
    topology: scalars,
    controllers: list('controller'),
    workers: list('worker'),
    loadBalancers: list('load-balancer'),
    machines: topology.machines.map(machineValues),
    /** The lines of machines.txt: for a loop, and as a list for a check. */
    machineList: lines.map((line) => ({ line })),
    machineLines: lines,
    names: {
      controllers: names('controller').join(' '),
      workers: names('worker').join(' '),
      loadBalancers: names('load-balancer').join(' '),
      machines: topology.machines.map((machine) => machine.name).join(' '),
    },
    count: { controllers: controllers.length, workers: workers.length, machines: topology.machines.length },
    several: { controllers: controllers.length > 1, workers: workers.length > 1 },
    controller: machineValues(controllers[0], 0),
    worker: machineValues(workers[0], 0),
    loadBalancer: machineValues(loadBalancer, 0),
    etcd: {
      endpoints: controllers.map((machine) => `https://${machine.address}:${etcdClientPort}`),
      initialCluster: controllers
        .map((machine) => `${machine.name}=https://${machine.address}:${etcdPeerPort}`)
        .join(','),
      servers: controllers.map((machine) => `https://${machine.address}:${etcdClientPort}`).join(','),
      /** Shorter, for etcdctl: it takes the scheme from the flags. */
      addresses: controllers.map((machine) => `${machine.address}:${etcdClientPort}`).join(','),
    },
    apiServer: {
      url: `https://${loadBalancer.address}:${apiServerPort}`,
      localUrl: `https://127.0.0.1:${apiServerPort}`,
      addresses: addresses.join(','),
      hostnames: [...addresses, ...serviceNames].join(','),
      /** A list, as the certificate check wants it. */
      sans: [...addresses, ...serviceNames],
    },
    hosts: {
      controllers: names('controller'),
      workers: names('worker'),
      loadBalancers: names('load-balancer'),
      /** Controllers and workers. */
      nodes: [...new Set([...names('controller'), ...names('worker')])],
      machines: topology.machines.map((machine) => machine.name),
    },
  };
}
