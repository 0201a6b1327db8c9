import type { Command } from 'commander';
import { type CliIo, type CommonOptions, confirm } from '../io.ts';
import { describe } from '../options.ts';

export function registerReset(program: Command, io: CliIo): void {
  describe(program.command('reset'), {
    summary: 'put a chapter back to its beginning; what is removed is kept',
    examples: ['k8s-lab reset 4', 'k8s-lab reset etcd --yes'],
  })
    .argument('<chapter>')
    .option('--yes', 'do not ask')
    .action(async (name: string, options: CommonOptions & { yes?: boolean }) => {
      const { openSession, loadPackOf } = await import('../../course/session.ts');
      const { selectChapter } = await import('../../course/select.ts');
      // A wrong name is told before anything is asked or started.
      const chapter = selectChapter(loadPackOf({ ...options, env: io.env }), name);
      const question = `Reset chapter ${chapter.number}, ${chapter.title}? Later chapters that need it will turn red.`;
      if (options.yes !== true && !(await confirm(io, question))) {
        io.out('Nothing changed.\n');
        return;
      }
      const session = await openSession({ ...options, env: io.env });
      const kept = await session.course.reset(chapter.id, io.signal);
      io.out(`Chapter ${chapter.number} is back at its beginning; what was removed lies in ${kept}\n`);
    });
}
