import type { Command } from 'commander';
import { type CliIo, type CommonOptions, SilentExit } from '../io.ts';
import { describe } from '../options.ts';

export function registerShell(program: Command, io: CliIo): void {
  describe(program.command('shell'), {
    summary: "open your own shell on the jumpbox, with the lab's tools first on the PATH",
    examples: ['k8s-lab shell', "k8s-lab shell -c 'kubectl get nodes'"],
  })
    .option('-c <command>', 'run this command and end with its exit code')
    .action(async (options: CommonOptions & { c?: string }) => {
      const { openSession } = await import('../../course/session.ts');
      const { learnerShell } = await import('../../machines/learner-shell.ts');
      const session = await openSession({ ...options, env: io.env });
      // The proxy's port is known once labd runs.
      await session.client();
      const child = learnerShell(session.workspace, {
        env: io.env,
        ...(options.c !== undefined && { command: options.c }),
      });
      const exitCode = await new Promise<number>((resolve, reject) => {
        child.on('error', reject);
        child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 143)));
      });
      if (exitCode !== 0) throw new SilentExit(exitCode);
    });
}
