import type { Command } from 'commander';
import { type CliIo, type CommonOptions, mark, SilentExit, style } from '../io.ts';
import { describe } from '../options.ts';

export function registerDoctor(program: Command, io: CliIo): void {
  describe(program.command('doctor'), {
    summary: 'look at this computer: Node, terminal, disk, memory, tools, each with a remedy',
    examples: ['k8s-lab doctor', 'k8s-lab doctor --workspace /data/lab'],
  }).action(async (options: CommonOptions) => {
    const { examine } = await import('../doctor/probes.ts');
    const { workspaceDir } = await import('../../machines/workspace.ts');
    const workspace = workspaceDir(options.workspace, io.env);
    const findings = await examine({ workspace, env: io.env, columns: io.columns, rows: io.rows });
    for (const { name, state, found, remedy } of findings) {
      const sign = mark(io, state === 'good' ? 'pass' : state === 'note' ? 'blocked' : 'fail');
      io.out(`${sign} ${name.padEnd(9)} ${found}\n`);
      if (remedy !== undefined) io.out(`${' '.repeat(12)}${style(io, 'dim', remedy)}\n`);
    }
    const problems = findings.filter((finding) => finding.state === 'problem');
    if (problems.length > 0) {
      io.out(
        `\nIn the way: ${problems.map((finding) => finding.name).join(', ')}. See the remedies above.\n`,
      );
      throw new SilentExit(1);
    }
    io.out('\nThis computer is ready to begin.\n');
  });
}
