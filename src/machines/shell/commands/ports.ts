import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openNetwork } from '../../../usernet/network.ts';
import { isProcessAlive, registeredProcesses } from '../../../usernet/processes.ts';

export interface ListeningPort {
  readonly protocol: 'TCP' | 'UDP';
  readonly address: string;
  readonly port: number;
  readonly pid: number;
  readonly program: string;
}

/** The ports of a machine, read from the folder of its sockets (see src/usernet/intercept/ports.ts for the names). */
export function listeningPorts(runtimeDir: string, machine: string): ListeningPort[] {
  const namespace = openNetwork(runtimeDir).namespace(machine);
  if (namespace === undefined) return [];
  const folder = join(runtimeDir, 's', namespace.key);
  const programs = new Map(registeredProcesses(runtimeDir).map((record) => [record.pid, record.program]));
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names
    .flatMap((name): ListeningPort[] => {
      const match = /^([tu])(\d+)@(.+)\.pid$/.exec(name);
      if (match === null) return [];
      const pid = ownerOf(join(folder, name));
      if (pid === undefined || !isProcessAlive(pid)) return [];
      return [
        {
          protocol: match[1] === 't' ? 'TCP' : 'UDP',
          port: Number(match[2]),
          address: match[3] === '0' ? '0.0.0.0' : match[3]!,
          pid,
          program: programs.get(pid) ?? 'node',
        },
      ];
    })
    .sort((a, b) => a.port - b.port);
}

function ownerOf(path: string): number | undefined {
  try {
    return Number(readFileSync(path, 'latin1').split(' ')[0]);
  } catch {
    return undefined;
  }
}
