import type { MachineRole, Topology } from '../machines/topology.ts';
import { type HostName, jumpbox } from './model.ts';
import type { YamlReader } from './yaml-reader.ts';

const groups: Readonly<Record<string, MachineRole | 'nodes' | 'all'>> = {
  controllers: 'controller',
  workers: 'worker',
  'load-balancers': 'load-balancer',
  nodes: 'nodes',
  machines: 'all',
};

/** The machines of `controllers`, `workers`, `load-balancers`, `nodes` (controllers and workers) or `machines`. */
export function machinesOfGroup(group: string, topology: Topology, reader: YamlReader): readonly HostName[] {
  const role = groups[group];
  if (role === undefined) {
    return reader.fail(
      `unknown group of machines ${JSON.stringify(group)}`,
      `known are ${Object.keys(groups).join(', ')}`,
    );
  }
  if (role === 'all') return topology.machines.map((machine) => machine.name);
  const roles: readonly MachineRole[] = role === 'nodes' ? ['controller', 'worker'] : [role];
  return topology.machines
    .filter((machine) => roles.some((candidate) => machine.roles.includes(candidate)))
    .map((machine) => machine.name);
}

/** `jumpbox`, the name of a machine, `{each: GROUP}` or `{first: GROUP}`. */
export function readHosts(reader: YamlReader, topology: Topology): readonly HostName[] {
  if (reader.isMap) {
    const fields = reader.fields(['each', 'first']);
    const each = fields.get('each');
    if (each !== undefined) return machinesOfGroup(each.text(), topology, each);
    const first = fields.get('first') ?? reader.fail('a host is {each: GROUP} or {first: GROUP}');
    return machinesOfGroup(first.text(), topology, first).slice(0, 1);
  }
  const name = reader.text();
  if (name === jumpbox || topology.machines.some((machine) => machine.name === name)) return [name];
  return reader.fail(
    `unknown host ${JSON.stringify(name)}`,
    'a host is jumpbox, {each: GROUP}, {first: GROUP} or the name of a machine in every topology',
  );
}
