import type { Command } from 'commander';
import type { CliIo, CommonOptions } from '../io.ts';
import { describe } from '../options.ts';

export function registerList(program: Command, io: CliIo): void {
  describe(program.command('list'), {
    summary: 'show the chapters and steps',
    examples: ['k8s-lab list', 'k8s-lab list --topology small'],
  }).action(async (options: CommonOptions) => {
    const { loadPackOf } = await import('../../course/session.ts');
    const { loadPack } = await import('../../course/pack.ts');
    // Another topology than the lab's may be looked at: nothing is made of it.
    const { topology } = options;
    const pack = topology === undefined ? loadPackOf({ ...options, env: io.env }) : loadPack({ topology });
    io.out(`${pack.title} (topology ${pack.topology.name})\n`);
    for (const chapter of pack.chapters) {
      io.out(`\n${String(chapter.number).padStart(2)}  ${chapter.title}  ${chapter.id}\n`);
      for (const step of chapter.steps) io.out(`      ${step.id.padEnd(24)} ${step.title}\n`);
    }
  });
}
