import { machinesWithRole, type Topology } from '../machines/topology.ts';
import type { CheckContext, FileStat, Finding, Host } from './types.ts';
import { jumpbox } from './types.ts';

/** Files of a host, wherever it is: one spelling for the workspace and for machines. */
export const readHostFile = (
  context: CheckContext,
  host: Host,
  path: string,
): Promise<Uint8Array | undefined> =>
  host === jumpbox ? context.jumpbox.readFile(path) : context.machines.readFile(host, path);

export const statHostFile = (
  context: CheckContext,
  host: Host,
  path: string,
): Promise<FileStat | undefined> =>
  host === jumpbox ? context.jumpbox.stat(path) : context.machines.stat(host, path);

export async function readHostText(
  context: CheckContext,
  host: Host,
  path: string,
): Promise<string | undefined> {
  const data = await readHostFile(context, host, path);
  return data === undefined ? undefined : Buffer.from(data).toString('utf8');
}

/** `ca.pem` in the workspace, `controller-0:/etc/etcd/ca.pem` on a machine. */
export const place = (host: Host, path: string) => (host === jumpbox ? path : `${host}:${path}`);

export const machineReasons = {
  'machine-off': 'a machine that the check looks at is switched off',
  'machine-missing': 'a machine that the check looks at does not exist yet',
} as const;
export type MachineReason = keyof typeof machineReasons;

/** A finding when the machine cannot be asked at all, else undefined. */
export async function machineTrouble(
  context: CheckContext,
  host: Host,
): Promise<Finding<MachineReason> | undefined> {
  if (host === jumpbox) return undefined;
  const state = await context.machines.state(host);
  switch (state) {
    case 'running':
      return undefined;
    case 'off':
      return {
        reason: 'machine-off',
        message: `${host} is switched off: nothing that should run on it can be seen.`,
        expected: `${host} is running`,
        found: 'it is off',
        where: host,
        remedy: 'switch the machines on with `k8s-lab up`',
      };
    case 'missing':
      return {
        reason: 'machine-missing',
        message: `The machine ${host} does not exist yet.`,
        expected: `a machine named ${host}`,
        found: 'none',
        where: host,
        remedy: 'create the machines with `k8s-lab up`',
      };
  }
}

/** `a`, `a and b`, `a, b and c`. */
export function enumerate(items: readonly string[]): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} and ${items[items.length - 1]}`;
}

export const octal = (mode: number) => `0${mode.toString(8).padStart(3, '0')}`;

/** Hosts of an `on` parameter: names, and the groups `controllers`, `workers`, `load-balancers` and `machines`. */
export function expandHosts(on: readonly Host[], topology: Topology): readonly Host[] {
  const names = (role: 'controller' | 'worker' | 'load-balancer') =>
    machinesWithRole(topology, role).map((machine) => machine.name);
  return on.flatMap((host) => {
    switch (host) {
      case 'controllers':
        return names('controller');
      case 'workers':
        return names('worker');
      case 'load-balancers':
        return names('load-balancer');
      case 'machines':
        return topology.machines.map((machine) => machine.name);
      default:
        return [host];
    }
  });
}

/** Evaluates something for each host that can be asked; a machine that cannot becomes a finding of its own. */
export async function onEachHost<Reason extends string>(
  context: CheckContext,
  on: readonly Host[],
  examine: (host: Host) => Promise<readonly Finding<Reason>[]>,
): Promise<Finding<Reason | MachineReason>[]> {
  const findings: Finding<Reason | MachineReason>[] = [];
  for (const host of expandHosts(on, context.topology)) {
    const trouble = await machineTrouble(context, host);
    if (trouble !== undefined) findings.push(trouble);
    else findings.push(...(await examine(host)));
  }
  return findings;
}
