import type { Command } from 'commander';
import type { RunOptions, RunResult } from '../../course/course.ts';
import { LabError } from '../../lib/errors.ts';
import type { CliIo, CommonOptions } from '../io.ts';
import { describe, examplesText } from '../options.ts';

/** Break-and-fix exercises: `list` shows titles only, so that a workshop can apply one unseen. */
export function registerFault(program: Command, io: CliIo): void {
  const fault = program
    .command('fault')
    .description('break something on purpose, for practice and workshops')
    .addHelpText(
      'after',
      examplesText([
        'k8s-lab fault list',
        'k8s-lab fault apply 4/san-without-service-address',
        'k8s-lab fault undo 4/san-without-service-address',
      ]),
    );

  describe(fault.command('list'), {
    summary: 'show the faults of the course',
    examples: ['k8s-lab fault list'],
  }).action(async (options: CommonOptions) => {
    const { loadPackOf } = await import('../../course/session.ts');
    for (const chapter of loadPackOf({ ...options, env: io.env }).chapters) {
      for (const entry of chapter.faults.filter(({ applies }) => applies))
        io.out(`${`${chapter.id}/${entry.id}`.padEnd(52)} ${entry.title}\n`);
    }
  });

  for (const [verb, summary] of [
    ['apply', 'break what this fault breaks'],
    ['undo', 'put right what this fault has broken'],
  ] as const) {
    describe(fault.command(verb), {
      summary,
      examples: [`k8s-lab fault ${verb} 4/san-without-service-address`],
    })
      .argument('<chapter/fault>')
      .action(async (name: string, options: CommonOptions) => {
        const { openSession, loadPackOf } = await import('../../course/session.ts');
        const { selectFault } = await import('../../course/select.ts');
        const entry = selectFault(loadPackOf({ ...options, env: io.env }), name);
        const session = await openSession({ ...options, env: io.env });
        const { course } = session;
        const run: RunOptions = { signal: io.signal, onOutput: ({ text }) => io.err(text) };
        const result: RunResult = await (verb === 'apply'
          ? course.applyFault(entry, run)
          : course.undoFault(entry, run));
        if (result.exitCode !== 0)
          throw new LabError(`fault ${entry.id}: ${verb} failed on ${result.failed?.host}`);
        io.out(
          verb === 'apply'
            ? `Something is broken now. \`k8s-lab check\` tells the symptom; \`k8s-lab fault undo ${name}\` ends the exercise.\n`
            : 'It is as it was.\n',
        );
      });
  }
}
