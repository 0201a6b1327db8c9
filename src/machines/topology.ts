import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { UsageError } from '../lib/errors.ts';
import { didYouMean } from '../lib/nearest.ts';
import { packageRoot } from '../lib/package-root.ts';

export type MachineRole = 'controller' | 'worker' | 'load-balancer';

export interface MachineSpec {
  readonly name: string;
  readonly roles: readonly MachineRole[];
  readonly address: string;
  /** The pods of a worker get their addresses from here. */
  readonly podCidr?: string;
}

/** The machines of a lab and the addresses that every file of the cluster must agree on. */
export interface Topology {
  readonly name: string;
  readonly clusterName: string;
  readonly clusterDomain: string;
  /** The network the machines are in. */
  readonly network: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
  /** The first address of the service CIDR: the Service `kubernetes`. */
  readonly apiServiceAddress: string;
  readonly dnsAddress: string;
  /** The learner's own computer, as the machines see it. */
  readonly jumpbox: string;
  readonly machines: readonly MachineSpec[];
}

const folder = () => join(packageRoot(), 'templates', 'topologies');

export function topologyNames(): string[] {
  return readdirSync(folder())
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length));
}

function firstAddress(cidr: string): string {
  const [a, b, c, d] = cidr.split('/')[0]!.split('.').map(Number);
  return `${a}.${b}.${c}.${d! + 1}`;
}

/** Throws {@link UsageError} when there is no topology of that name. */
export function loadTopology(name: string): Topology {
  const names = topologyNames();
  if (!names.includes(name)) {
    throw new UsageError(`unknown topology ${JSON.stringify(name)}`, {
      remedy: didYouMean(name, names) ?? `there are ${names.join(', ')}`,
    });
  }
  const data = parse(readFileSync(join(folder(), `${name}.yaml`), 'utf8')) as Omit<
    Topology,
    'apiServiceAddress'
  >;
  return { ...data, apiServiceAddress: firstAddress(data.serviceCidr) };
}

export function machinesWithRole(topology: Topology, role: MachineRole): readonly MachineSpec[] {
  return topology.machines.filter((machine) => machine.roles.includes(role));
}

/** Throws {@link UsageError} when the topology has no machine of that name. */
export function findMachine(topology: Topology, name: string): MachineSpec {
  const machine = topology.machines.find((candidate) => candidate.name === name);
  if (machine !== undefined) return machine;
  const names = topology.machines.map((candidate) => candidate.name);
  throw new UsageError(`unknown machine ${JSON.stringify(name)}`, {
    remedy: didYouMean(name, names) ?? `there are ${names.join(', ')}`,
  });
}
