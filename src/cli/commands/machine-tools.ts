import type { Command } from 'commander';
import type { Workspace } from '../../machines/workspace.ts';
import { type CliIo, type CommonOptions, SilentExit } from '../io.ts';
import { passThrough } from '../options.ts';

type Tool = (workspace: Workspace, args: readonly string[]) => Promise<number>;

interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
  readonly examples: readonly string[];
  readonly load: () => Promise<Tool>;
}

const entries: readonly Entry[] = [
  {
    name: 'ssh',
    summary: 'run a command on a machine, or open a shell there',
    usage: 'MACHINE [COMMAND…]',
    examples: ['k8s-lab ssh controller-0', 'k8s-lab ssh worker-0 ip route'],
    load: async () => (await import('../../machines/ssh.ts')).runSsh,
  },
  {
    name: 'scp',
    summary: 'copy files to and from machines',
    usage: '[-r] SOURCE… TARGET',
    examples: ['k8s-lab scp ca.pem worker-0:/root/', 'k8s-lab scp controller-0:/etc/hosts .'],
    load: async () => (await import('../../machines/scp.ts')).runScp,
  },
  {
    name: 'systemctl',
    summary: 'look at and steer the units of a machine',
    usage: 'MACHINE VERB [UNIT…]',
    examples: ['k8s-lab systemctl controller-0 status etcd', 'k8s-lab systemctl worker-0 restart kubelet'],
    load: async () => (await import('../../machines/ssh.ts')).runSystemctl,
  },
  {
    name: 'journalctl',
    summary: 'read the journal of a machine',
    usage: 'MACHINE [-u UNIT] [-n LINES] [-f]',
    examples: ['k8s-lab journalctl controller-0 -u etcd -n 20', 'k8s-lab journalctl worker-0 -u kubelet -f'],
    load: async () => (await import('../../machines/ssh.ts')).runJournalctl,
  },
];

/** The tools of a machine by their usual spelling: their flags are theirs, so they are passed on untouched. */
export function registerMachineTools(program: Command, io: CliIo): void {
  for (const { name, summary, usage, examples, load } of entries) {
    passThrough(program.command(name), { summary, examples })
      .usage(`[--workspace DIR] ${usage}`)
      .action(async (args: string[], options: CommonOptions) => {
        const workspace = await openMachines(io, options);
        // ssh and scp have words and an exit code of their own for it, which scripts know.
        if (args[0] !== undefined && name.endsWith('ctl')) await requireMachine(workspace, args[0]);
        const exitCode = await (await load())(workspace, args);
        if (exitCode !== 0) throw new SilentExit(exitCode);
      });
  }
}

/**
 * The lab whose machines are meant: these commands make none, since a lab without machines that were switched on has nothing
 * to log in to. Not furnished again: `ssh` in a loop should be quick. Throws {@link LabError} where there is none.
 */
export async function openMachines(io: CliIo, options: CommonOptions): Promise<Workspace> {
  const { checkTopology, existingWorkspace, workspaceDir } = await import('../../machines/workspace.ts');
  const workspace = existingWorkspace(workspaceDir(options.workspace, io.env));
  checkTopology(workspace, options.topology);
  return workspace;
}

/** Throws {@link UsageError} with the nearest name. */
export async function requireMachine(workspace: Workspace, name: string): Promise<void> {
  const { findMachine } = await import('../../machines/topology.ts');
  findMachine(workspace.topology, name);
}
