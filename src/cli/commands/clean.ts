import type { Command } from 'commander';
import { type CliIo, type CommonOptions, confirm } from '../io.ts';
import { describe } from '../options.ts';

export function registerClean(program: Command, io: CliIo): void {
  describe(program.command('clean'), {
    summary: "switch everything off and remove the lab's folder",
    examples: ['k8s-lab clean', 'k8s-lab clean --workspace /tmp/lab --yes'],
  })
    .option('--yes', 'do not ask')
    .action(async (options: CommonOptions & { yes?: boolean }) => {
      const { rm } = await import('node:fs/promises');
      const { existingWorkspace, workspaceDir } = await import('../../machines/workspace.ts');
      const { runningLab } = await import('../../machines/client.ts');
      // Never remove a folder that we did not make.
      const workspace = existingWorkspace(workspaceDir(options.workspace, io.env));
      const question = `Remove ${workspace.dir} with all files in it?`;
      if (options.yes !== true && !(await confirm(io, question))) {
        io.out('Nothing changed.\n');
        return;
      }
      await (await runningLab(workspace))?.down();
      await rm(workspace.dir, { recursive: true, force: true });
      await rm(workspace.runtimeDir, { recursive: true, force: true });
      io.out(`${workspace.dir} is gone.\n`);
    });
}
