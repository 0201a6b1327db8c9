import { join } from 'node:path';
import type { CheckResult, CheckSpec } from '../../src/checks/types.ts';
import type { CommandRunner } from '../../src/course/commands.ts';
import { type Course, createCourse } from '../../src/course/course.ts';
import { loadPack } from '../../src/course/pack.ts';
import { openProgress } from '../../src/course/progress.ts';
import { FakeClock } from '../../src/lib/clock.ts';
import { temporaryFolder, tinyPack } from './fake-pack.ts';

/** A world of names that are there or not: `make x`, `remove x` and `break x` change it, a check looks for its path. */
export function fakeLab(options: { changes?: Readonly<Record<string, string>>; folder?: string } = {}) {
  const folder = options.folder ?? temporaryFolder();
  const there = new Set<string>();
  const ran: string[] = [];
  const looked: string[] = [];
  const clock = new FakeClock();
  const commands: CommandRunner = {
    async run(host, script, { onOutput } = {}) {
      ran.push(`${host}: ${script}`);
      onOutput?.({ host, stream: 'stdout', text: `${script} done\n` });
      const [verb, name] = script.split(' ');
      if (verb === 'make') there.add(name!);
      else if (verb === 'remove' || verb === 'break') there.delete(name!);
      else return 1;
      return 0;
    },
  };
  const pass = (spec: CheckSpec) =>
    spec.path === 'over'
      ? !there.has('one') && !there.has('two') && ran.length > 0
      : there.has(String(spec.path));
  const evaluate = async (specs: readonly CheckSpec[]): Promise<readonly CheckResult[]> =>
    specs.map((spec) => {
      looked.push(String(spec.path));
      if (pass(spec)) return { state: 'pass' };
      const place = String(spec.path);
      return {
        state: 'fail',
        reason: 'missing',
        message: `${place} is missing.`,
        expected: place,
        found: 'nothing',
        where: place,
        fix: { remedy: `make ${place}` },
        also: [],
      };
    });
  const course: Course = createCourse({
    pack: loadPack({ folder: tinyPack(options.changes) }),
    workspace: folder,
    progress: openProgress(join(folder, '.lab', 'progress.json'), 'tiny'),
    commands,
    evaluate,
    clock,
  });
  return { course, there, ran, looked, clock, folder };
}
