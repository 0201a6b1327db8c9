import type { Command } from 'commander';
import { type CliIo, type CommonOptions, mark, SilentExit, seconds, style } from '../io.ts';
import { describe } from '../options.ts';

interface ShownOptions extends CommonOptions {
  readonly to?: string;
  readonly verbose?: boolean;
}

export function registerSolve(program: Command, io: CliIo): void {
  describe(program.command('solve'), {
    summary: 'walk the course without a person: run each step, check it, stop at the first that stays red',
    examples: ['k8s-lab solve', 'k8s-lab solve --to 7', 'k8s-lab solve --to 13 --workspace /tmp/lab'],
  })
    .option('--to <chapter>', 'stop after this chapter')
    .option('--verbose', 'show the output of the commands')
    .action(async (options: ShownOptions) => {
      const { loadPackOf, openSession } = await import('../../course/session.ts');
      const { selectChapter } = await import('../../course/select.ts');
      const { solveCourse } = await import('../../course/solve.ts');
      const { printSolveFailure } = await import('../report.ts');
      // A wrong name is told before anything is made or started.
      if (options.to !== undefined) selectChapter(loadPackOf({ ...options, env: io.env }), options.to);
      const session = await openSession({ ...options, env: io.env });
      const { course } = session;
      const bar = progressBar(io);
      const result = await solveCourse(course, {
        signal: io.signal,
        ...(options.to !== undefined && { to: selectChapter(course.pack, options.to).id }),
        onStep: (step, { index, total }) => bar.show(index, total, step.ref),
        onOutput: (_step, output) => {
          if (options.verbose !== true) return;
          bar.clear();
          io.out(output.text);
        },
        onDone({ step, outcome, elapsedMs }) {
          bar.clear();
          const sign = mark(io, outcome === 'skipped' ? 'done' : 'pass');
          const time = outcome === 'skipped' ? 'already green' : seconds(elapsedMs);
          io.out(`${sign} ${step.ref.padEnd(44)} ${style(io, 'dim', time.padStart(8))}\n`);
        },
      });
      bar.clear();
      if (!result.ok) {
        printSolveFailure(io, result.failure);
        throw new SilentExit(1);
      }
      const done = course
        .state()
        .chapters.filter((chapter) => chapter.steps.every((step) => step.done)).length;
      io.out(`\n${done} of ${course.chapters.length} chapters in ${seconds(result.elapsedMs)}\n`);
    });
}

/** A bar on the last line of a terminal; nothing at all in a pipe. */
function progressBar(io: CliIo) {
  const width = Math.max(10, Math.min(30, (io.columns ?? 80) - 50));
  return {
    show(index: number, total: number, label: string) {
      if (!io.stdoutIsTty) return;
      const filled = Math.round((index / Math.max(1, total)) * width);
      const line = `[${'█'.repeat(filled)}${'░'.repeat(width - filled)}] ${index}/${total} ${label}`;
      io.out(`\r\u001b[2K${line.slice(0, (io.columns ?? 80) - 1)}`);
    },
    clear() {
      if (io.stdoutIsTty) io.out('\r\u001b[2K');
    },
  };
}
