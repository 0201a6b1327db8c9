import type { Command } from 'commander';
import { type CliIo, type CommonOptions, SilentExit } from '../io.ts';
import { describe } from '../options.ts';
import { openMachines } from './machine-tools.ts';

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
        const workspace = await openMachines(io, options);
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
