import type { Command } from 'commander';
import { LabError } from '../../lib/errors.ts';
import { type CliIo, type CommonOptions, SilentExit, style } from '../io.ts';
import { describe } from '../options.ts';

export function registerRun(program: Command, io: CliIo): void {
  describe(program.command('run'), {
    summary: "run a step's commands, showing each with its output, then check it",
    examples: ['k8s-lab run 4/ca', 'k8s-lab run 5'],
  })
    .argument('<chapter[/step]>')
    .action(async (name: string, options: CommonOptions) => {
      const { loadPackOf, openSession } = await import('../../course/session.ts');
      const { selectSteps } = await import('../../course/select.ts');
      const { printReport } = await import('../report.ts');
      // A wrong name is told before anything is made or started.
      selectSteps(loadPackOf({ ...options, env: io.env }), name);
      const session = await openSession({ ...options, env: io.env });
      const { course } = session;
      for (const step of selectSteps(course.pack, name).steps) {
        const result = await course.run(step.ref, {
          signal: io.signal,
          onCommand: (host, script) => io.out(`${style(io, 'cyan', `${host}$`)} ${script}\n`),
          onOutput: ({ stream, text }) => (stream === 'stdout' ? io.out(text) : io.err(text)),
        });
        if (result.exitCode !== 0) {
          throw new LabError(`the commands of ${step.ref} failed on ${result.failed?.host}`, {
            remedy: `exit code ${result.exitCode}; \`k8s-lab check ${step.ref}\` says what is missing`,
          });
        }
        const { untilGreen } = await import('../../course/solve.ts');
        const report = await untilGreen(course, step, { signal: io.signal });
        printReport(io, step, report);
        if (report.state !== 'pass') {
          throw new SilentExit(1);
        }
      }
    });
}
