import { join } from 'node:path';
import type { Clock } from '../../lib/clock.ts';
import { LabError } from '../../lib/errors.ts';
import type { LabClient, MachineStatus } from '../../machines/client.ts';
import type { Workspace } from '../../machines/workspace.ts';
import type { JournalLine, MachineAccess, UnitStatus } from '../types.ts';
import { readIfThere, statIfThere } from './disk.ts';

/** One round of checks asks for the state of the same machines many times. */
const freshMs = 200;

const unknownUnit: UnitStatus = {
  loadState: 'not-found',
  enabled: false,
  activeState: 'inactive',
  subState: 'dead',
};

/** labd may have ended since the client was made. */
function nothingWhenDown(error: unknown): readonly MachineStatus[] {
  if (error instanceof LabError && error.message === 'the lab is not running') return [];
  throw error;
}

/**
 * Machines as labd knows them. Files are read from the machine's disk itself, a folder of the workspace, which works while
 * it is off too, and costs labd nothing. Without a labd (undefined) every machine is off.
 */
export function createMachines(
  workspace: Workspace,
  lab: LabClient | undefined,
  clock: Clock,
): MachineAccess {
  let cached: { readonly at: number; readonly value: Promise<readonly MachineStatus[]> } | undefined;
  const statuses = () => {
    if (lab === undefined) return Promise.resolve<readonly MachineStatus[]>([]);
    if (cached === undefined || clock.monotonic() - cached.at > freshMs)
      cached = { at: clock.monotonic(), value: lab.machines().catch(nothingWhenDown) };
    return cached.value;
  };
  const disk = (machine: string, path: string) => join(workspace.machineRoot(machine), join('/', path));
  const needLab = (machine: string): LabClient => {
    if (lab === undefined) throw new Error(`${machine} is off`);
    return lab;
  };

  return {
    async state(machine) {
      if (!workspace.topology.machines.some((candidate) => candidate.name === machine)) return 'missing';
      const status = (await statuses()).find((candidate) => candidate.name === machine);
      return status?.power === 'on' ? 'running' : 'off';
    },
    readFile: (machine, path) => readIfThere(disk(machine, path)),
    stat: (machine, path) => statIfThere(disk(machine, path)),
    async unit(machine, name) {
      const status = (await statuses()).find((candidate) => candidate.name === machine);
      // labd tells full names; a pack may write `etcd`, as one does to systemctl.
      const full = name.includes('.') ? name : `${name}.service`;
      const unit = status?.units.find((candidate) => candidate.name === full);
      if (unit === undefined) return unknownUnit;
      const { loadState, enabled, activeState, subState, result, since, restarts } = unit;
      return {
        loadState,
        enabled,
        activeState,
        subState,
        result,
        restarts,
        ...(since === undefined ? {} : { since }),
      };
    },
    async journal(machine, unit, lines) {
      const entries: JournalLine[] = [];
      for await (const entry of needLab(machine).journal(machine, { unit, lines })) entries.push(entry);
      return entries.slice(-lines);
    },
    exec: (machine, command) => needLab(machine).run(machine, command),
  };
}
