import type { Command } from 'commander';
import type { CliIo, CommonOptions } from '../io.ts';
import { describe } from '../options.ts';

const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

export function registerEnv(program: Command, io: CliIo): void {
  describe(program.command('env'), {
    summary: "print the lab's environment as shell exports, for a shell of your own",
    examples: ['eval "$(k8s-lab env)"', 'k8s-lab env | source   # in fish'],
  }).action(async (options: CommonOptions) => {
    const { openSession } = await import('../../course/session.ts');
    const { environment } = await import('../../machines/learner-shell.ts');
    const session = await openSession({ ...options, env: io.env });
    await session.client();
    for (const [name, value] of Object.entries(environment(session.workspace, io.env))) {
      if (value !== io.env[name]) io.out(`export ${name}=${quote(value)}\n`);
    }
  });
}
