import type { Command } from 'commander';
import type { CliIo, CommonOptions } from '../io.ts';
import { describe } from '../options.ts';

export function registerWatch(program: Command, io: CliIo): void {
  describe(program.command('watch'), {
    summary: 'check again whenever files or units change, for a second terminal',
    examples: ['k8s-lab watch', 'k8s-lab watch 7'],
  })
    .argument('[chapter[/step]]')
    .action(async (name: string | undefined, options: CommonOptions) => {
      const { loadPackOf, openSession } = await import('../../course/session.ts');
      const { selectSteps } = await import('../../course/select.ts');
      const { watchCourse } = await import('../../course/watch.ts');
      const { printReport } = await import('../report.ts');
      // A wrong name is told before anything is made or started.
      if (name !== undefined) selectSteps(loadPackOf({ ...options, env: io.env }), name);
      const session = await openSession({ ...options, env: io.env });
      const { course } = session;
      const { labChanges } = await import('../../machines/changes.ts');
      await session.client();
      const refs =
        name === undefined ? undefined : selectSteps(course.pack, name).steps.map((step) => step.ref);
      io.out(`Watching ${session.workspace.dir}; Ctrl+C ends it.\n`);
      await watchCourse(course, {
        ...(refs === undefined ? {} : { refs }),
        events: labChanges(session.workspace, io.signal),
        signal: io.signal,
        onReports(reports) {
          if (io.stdoutIsTty) io.out('\u001b[2J\u001b[H');
          for (const report of reports) printReport(io, course.step(report.ref), report);
        },
      });
    });
}
