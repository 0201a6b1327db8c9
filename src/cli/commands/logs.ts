import type { Command } from 'commander';
import { UsageError } from '../../lib/errors.ts';
import { didYouMean } from '../../lib/nearest.ts';
import type { Workspace } from '../../machines/workspace.ts';
import { type CliIo, type CommonOptions, SilentExit } from '../io.ts';
import { describe } from '../options.ts';
import { openMachines, requireMachine } from './machine-tools.ts';

export function registerLogs(program: Command, io: CliIo): void {
  describe(program.command('logs'), {
    summary: "show a unit's journal: short for journalctl -u",
    examples: ['k8s-lab logs controller-0 etcd', 'k8s-lab logs worker-0 kubelet -f'],
  })
    .argument('<machine>')
    .argument('<unit>')
    .option('-f, --follow', 'go on as lines come')
    .option('-n, --lines <count>', 'how many lines', '50')
    .action(
      async (machine: string, unit: string, options: CommonOptions & { follow?: boolean; lines: string }) => {
        if (!/^(\d+|all)$/.test(options.lines)) {
          throw new UsageError(`--lines wants a number or all, not ${JSON.stringify(options.lines)}`);
        }
        const workspace = await openMachines(io, options);
        await requireMachine(workspace, machine);
        await requireUnit(workspace, machine, unit);
        const { runJournalctl } = await import('../../machines/ssh.ts');
        const follow = options.follow === true ? ['-f'] : [];
        const exitCode = await runJournalctl(workspace, [
          machine,
          '-u',
          unit,
          '-n',
          options.lines,
          ...follow,
        ]);
        if (exitCode !== 0) throw new SilentExit(exitCode);
      },
    );
}

/** Throws {@link UsageError} for a unit that the machine does not have; `journalctl` also shows those that are gone. */
async function requireUnit(workspace: Workspace, machine: string, unit: string): Promise<void> {
  const { connectLab } = await import('../../machines/client.ts');
  const machines = await (await connectLab(workspace)).machines();
  const found = machines.find(({ name }) => name === machine);
  // Of a machine that is off nobody knows the units; its journals are on its disk.
  if (found?.power !== 'on') return;
  const names = found.units.map(({ name }) => name.replace(/\.service$/, ''));
  if (names.includes(unit.replace(/\.service$/, ''))) return;
  throw new UsageError(`${machine} has no unit ${JSON.stringify(unit)}`, {
    remedy:
      didYouMean(unit, names) ?? (names.length === 0 ? 'it has none yet' : `there are ${names.join(', ')}`),
  });
}
