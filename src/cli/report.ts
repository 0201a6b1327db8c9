import type { CheckReport, StepReport } from '../course/evaluate.ts';
import type { Chapter, Step } from '../course/model.ts';
import type { SolveFailure } from '../course/solve.ts';
import { type CliIo, mark, style } from './io.ts';

const indent = (text: string, by: string) =>
  text
    .split('\n')
    .map((line) => (line === '' ? line : by + line))
    .join('\n');

/** A check with its diagnosis: what was expected, what was found, where, and what to do. */
function checkLines(io: CliIo, step: Step, { check, result }: CheckReport): string[] {
  const head = `  ${mark(io, result.state)} ${check.spec.title}`;
  switch (result.state) {
    case 'pass':
      return [head];
    case 'blocked':
      return [head, `      waits for ${result.by.join(', ')}`];
    case 'error':
      return [head, `      the check could not look: ${result.message}`];
    case 'fail': {
      const fix = result.fix.step === undefined ? '' : ` (step ${result.fix.step})`;
      const lines = [
        head,
        indent(result.message, '      '),
        `      expected: ${result.expected}`,
        `      found:    ${result.found}`,
        `      where:    ${result.where}`,
        `      to do:    ${result.fix.remedy}${fix}`,
      ];
      for (const more of result.also) lines.push(`      also:     ${more.message}`);
      const note = step.reasons[result.reason];
      if (note !== undefined) lines.push('', indent(style(io, 'dim', note), '      '));
      return lines;
    }
  }
}

export function printReport(io: CliIo, step: Step, report: StepReport): void {
  io.out(`${mark(io, report.state)} ${step.ref}  ${style(io, 'bold', step.title)}\n`);
  for (const entry of report.checks) io.out(`${checkLines(io, step, entry).join('\n')}\n`);
}

export function printSolveFailure(io: CliIo, failure: SolveFailure): void {
  const { step, command } = failure;
  io.out(`\n${mark(io, 'fail')} ${step.ref}  ${style(io, 'bold', step.title)}\n`);
  if (command !== undefined) {
    io.out(`  a command failed on ${command.host} with exit code ${command.exitCode}:\n`);
    io.out(`${indent(command.script, '    $ ')}\n`);
    if (command.output !== '') io.out(`${indent(command.output, '    ')}\n`);
  }
  for (const entry of failure.checks) io.out(`${checkLines(io, step, entry).join('\n')}\n`);
}

export const hostLabel = (step: Step) =>
  step.hosts.length === 1 ? `on ${step.hosts[0]}` : `on each of ${step.hosts.join(', ')}`;

/** What the learner does next: the step, where it runs, and its commands. */
export function printNext(io: CliIo, chapter: Chapter, step: Step): void {
  io.out(
    `Next: chapter ${chapter.number}, ${chapter.title} · ${style(io, 'bold', step.title)} (${step.ref})\n`,
  );
  io.out(`${style(io, 'dim', `# ${hostLabel(step)}`)}\n`);
  for (const block of step.run) io.out(`${block}\n`);
}

/** The report as JSON, for scripts. */
export function reportJson(report: StepReport) {
  return {
    step: report.ref,
    state: report.state,
    blockedBy: report.blockedBy,
    checks: report.checks.map(({ check, result }) => ({
      id: check.id,
      title: check.spec.title,
      kind: check.spec.kind,
      ...result,
    })),
  };
}
