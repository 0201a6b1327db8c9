import type { Command } from 'commander';
import type { Course } from '../../course/course.ts';
import { type CliIo, type CommonOptions, SilentExit } from '../io.ts';
import { describe } from '../options.ts';

const reportShape = `[{ step: "CHAPTER/STEP", state: "pass" | "fail" | "blocked" | "error", blockedBy: [STEP],
   checks: [{ id, title, kind, state,
              with "fail":    reason, message, expected, found, where, fix: { remedy, step? }, also
              with "blocked": by
              with "error":   message }] }]
Exit code 0 when all are green, else 1.`;

export function registerCheck(program: Command, io: CliIo): void {
  describe(program.command('check'), {
    summary: 'look at a chapter or step and say what is wrong (default: what is done, and the next step)',
    examples: ['k8s-lab check', 'k8s-lab check 4', 'k8s-lab check 7/start', 'k8s-lab check etcd --json'],
    json: reportShape,
  })
    .argument('[chapter[/step]]')
    .option('--json', 'print JSON')
    .action(async (name: string | undefined, options: CommonOptions & { json?: boolean }) => {
      const { loadPackOf, openSession } = await import('../../course/session.ts');
      const { selectSteps } = await import('../../course/select.ts');
      const { printReport, reportJson } = await import('../report.ts');
      // A wrong name is told before anything is made or started.
      if (name !== undefined) selectSteps(loadPackOf({ ...options, env: io.env }), name);
      const session = await openSession({ ...options, env: io.env });
      const { course } = session;
      const refs = name === undefined ? await defaultRefs(course) : await namedRefs(course, name);
      const reports = await course.checkAll(refs, { signal: io.signal });
      if (options.json === true) io.out(`${JSON.stringify(reports.map(reportJson), null, 2)}\n`);
      else for (const report of reports) printReport(io, course.step(report.ref), report);
      const red = reports.filter((report) => report.state !== 'pass');
      if (options.json !== true) {
        io.out(`\n${reports.length - red.length} of ${reports.length} steps green\n`);
        for (const report of red) {
          const state = course.state().chapters.flatMap((chapter) => chapter.steps);
          const offered = state.find((step) => step.ref === report.ref)?.hintOffered;
          if (offered === true) io.out(`Stuck? \`k8s-lab hint\` has a hint for ${report.ref}.\n`);
        }
      }
      if (red.length > 0) throw new SilentExit(1);
    });
}

async function namedRefs(course: Course, name: string): Promise<string[]> {
  const { selectSteps } = await import('../../course/select.ts');
  return selectSteps(course.pack, name).steps.map((step) => step.ref);
}

/** Every step that was green once, and the one the learner is at. */
async function defaultRefs(course: Course): Promise<string[]> {
  const { stepsInForce } = await import('../../course/evaluate.ts');
  const state = course.state();
  const done = new Set(
    state.chapters
      .flatMap((chapter) => chapter.steps)
      .filter((step) => step.done || step.ref === state.next)
      .map((step) => step.ref),
  );
  return stepsInForce(course.pack, (ref) => done.has(ref) && ref !== state.next)
    .map((step) => step.ref)
    .filter((ref) => done.has(ref));
}
