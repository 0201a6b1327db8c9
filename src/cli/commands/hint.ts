import type { Command } from 'commander';
import type { CliIo, CommonOptions } from '../io.ts';
import { describe } from '../options.ts';

export function registerHint(program: Command, io: CliIo): void {
  describe(program.command('hint'), {
    summary: 'show the next hint of a step, from a nudge to the answer (default: the step you are at)',
    examples: ['k8s-lab hint', 'k8s-lab hint 4/kubernetes'],
  })
    .argument('[chapter/step]')
    .action(async (name: string | undefined, options: CommonOptions) => {
      const { loadPackOf, openSession } = await import('../../course/session.ts');
      const { selectSteps } = await import('../../course/select.ts');
      // A wrong name is told before anything is made or started.
      if (name !== undefined) selectSteps(loadPackOf({ ...options, env: io.env }), name);
      const session = await openSession({ ...options, env: io.env });
      const { course } = session;
      const ref = name === undefined ? course.state().next : selectSteps(course.pack, name).steps[0]!.ref;
      if (ref === undefined) {
        io.out('Every step is done: there is nothing to hint at.\n');
        return;
      }
      const step = course.step(ref);
      const hints = course.hint(ref);
      io.out(`${step.title} (${ref})\n`);
      for (const [index, hint] of hints.entries())
        io.out(`\nHint ${index + 1} of ${step.hints.length}: ${hint}\n`);
    });
}
