import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type CliIo, type CommonOptions, mark, SilentExit, seconds } from '../io.ts';
import { describe, examplesText } from '../options.ts';

interface DevOptions extends CommonOptions {
  readonly pack?: string;
  readonly static?: boolean;
  readonly to?: string;
  readonly faults?: string;
  readonly messages?: boolean;
}

export function registerDev(program: Command, io: CliIo): void {
  const dev = program
    .command('dev')
    .description('for authors of packs')
    .addHelpText('after', examplesText(['k8s-lab dev check --static', 'k8s-lab dev check --to 4']));
  describe(dev.command('check'), {
    summary: 'refuse a pack whose start passes, whose solution fails, or whose check no fault turns red',
    examples: [
      'k8s-lab dev check --static',
      'k8s-lab dev check --to 7 --topology single',
      'k8s-lab dev check --to 4 --faults 4/key-readable --messages',
      'k8s-lab dev check --pack labs/mine',
    ],
  })
    .option('--pack <folder>', 'the pack (default: the official course)')
    .option('--static', 'only read the pack: no machine is started')
    .option('--to <chapter>', 'stop after this chapter')
    .option('--faults <names>', 'try only these, separated by commas, such as 4/key-readable')
    .option('--messages', 'show what a learner reads when each fault has struck')
    .action(async (options: DevOptions) => {
      const { inspectPack } = await import('../../course/dev/inspect.ts');
      const folder = options.pack === undefined ? undefined : resolve(options.pack);
      const problems = inspectPack(folder === undefined ? {} : { folder });
      for (const problem of problems) io.out(`${mark(io, 'fail')} ${problem}\n`);
      if (problems.length === 0) io.out(`${mark(io, 'pass')} the pack is consistent on every topology\n`);
      // A pack that cannot be read right is not worth a lab.
      if (problems.length > 0) throw new SilentExit(1);
      if (options.static === true) return;

      const { proveCourse } = await import('../../course/dev/prove.ts');
      const { openScratch } = await import('../scratch.ts');
      const { loadPack } = await import('../../course/pack.ts');
      const { selectChapter, selectFault } = await import('../../course/select.ts');
      const pack = loadPack({
        ...(folder !== undefined && { folder }),
        ...(options.topology !== undefined && { topology: options.topology }),
      });
      const to = options.to === undefined ? undefined : selectChapter(pack, options.to).id;
      const only = options.faults?.split(',').map((name) => selectFault(pack, name.trim()));
      const chosen = new Set(only?.map((fault) => `${fault.chapter}/${fault.id}`));
      await using scratch = await openScratch(io, {
        ...options,
        ...(folder !== undefined && { pack: folder }),
      });
      const started = performance.now();
      const { passed, failed } = await proveCourse(scratch.course, {
        signal: io.signal,
        ...(to !== undefined && { to }),
        ...(only !== undefined && { wanted: (fault) => chosen.has(`${fault.chapter}/${fault.id}`) }),
        onResult: ({ name, ok, elapsedMs, detail, message }) => {
          io.out(`${mark(io, ok ? 'pass' : 'fail')} ${seconds(elapsedMs).padStart(7)}  ${name}\n`);
          if (message !== undefined && options.messages === true) io.out(`           “${message}”\n`);
          if (detail !== undefined) io.out(`           ${detail}\n`);
        },
      });
      io.out(
        `\n${passed.solution} solutions, ${passed.fault} faults and ${passed.chapter} chapters proven, ${failed} failed, in ${seconds(performance.now() - started)}\n`,
      );
      if (io.signal.aborted) throw new SilentExit(130);
      if (failed > 0) throw new SilentExit(1);
    });
}
