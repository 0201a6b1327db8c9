import type { Command } from 'commander';
import { shellQuote } from '../../lib/shell-quote.ts';
import type { CliIo, CommonOptions } from '../io.ts';
import { describe } from '../options.ts';

export function registerEnv(program: Command, io: CliIo): void {
  describe(program.command('env'), {
    summary: "print the lab's environment as shell exports, for a shell of your own",
    examples: ['eval "$(k8s-lab env)"', 'k8s-lab env | source   # in fish'],
  }).action(async (options: CommonOptions) => {
    const { openSession } = await import('../../course/session.ts');
    const { environment } = await import('../../machines/learner-shell.ts');
    const session = await openSession({ ...options, env: io.env });
    await session.client();
    // All of it, though some may be set here: a variable of this process need not be one of the shell that asks.
    for (const [name, value] of Object.entries(environment(session.workspace, io.env))) {
      io.out(`export ${name}=${shellQuote(value)}\n`);
    }
  });
}
