import { readdirSync } from 'node:fs';
import type { Command } from 'commander';
import { type CliIo, type CommonOptions, mark, style } from '../io.ts';
import { describe } from '../options.ts';

interface StatusOptions extends CommonOptions {
  readonly json?: boolean;
}

const statusShape = `{ workspace, begun, doneSteps, totalSteps,
  next: "CHAPTER/STEP" or null at the end of the road,
  chapters: [{ id, number, title, status: "todo" | "started" | "done" | "broken",
               steps: [{ ref: "CHAPTER/STEP", done }] }] }`;

export function registerStatus(program: Command, io: CliIo): void {
  describe(program.command('status'), {
    summary: 'show what is done and what to run next',
    examples: ['k8s-lab status', 'k8s-lab status --json'],
    json: statusShape,
  })
    .option('--json', 'print JSON')
    .action((options: StatusOptions) => showStatus(io, options));
}

/** Also what `k8s-lab` alone does where no TUI can open. */
export async function showStatus(io: CliIo, options: StatusOptions): Promise<void> {
  const { openForReading } = await import('../../course/session.ts');
  const { course, workspace, begun } = openForReading({ ...options, env: io.env });
  const state = course.state();
  if (options.json === true) {
    const chapters = state.chapters.map(({ id, number, title, status, steps }) => ({
      id,
      number,
      title,
      status,
      steps: steps.map((step) => ({ ref: step.ref, done: step.done })),
    }));
    const { doneSteps, totalSteps } = state;
    const next = state.next ?? null;
    io.out(`${JSON.stringify({ workspace, begun, doneSteps, totalSteps, next, chapters }, null, 2)}\n`);
    return;
  }
  io.out(`${course.pack.title}: ${state.doneSteps} of ${state.totalSteps} steps done in ${workspace}\n\n`);
  for (const chapter of state.chapters) {
    const done = chapter.steps.filter((step) => step.done).length;
    const sign = mark(io, done === chapter.steps.length ? 'pass' : 'todo');
    const count = style(io, 'dim', `${done}/${chapter.steps.length}`);
    io.out(` ${sign} ${String(chapter.number).padStart(2)} ${chapter.title.padEnd(36)} ${count}\n`);
  }
  io.out('\n');
  const off = await machinesThatAreOff(workspace);
  if (off !== undefined) io.out(`${off}\n\n`);
  if (state.next === undefined) {
    io.out('All done: you have built a cluster by hand. `k8s-lab clean` takes the folder away.\n');
    return;
  }
  const step = course.step(state.next);
  const { printNext } = await import('../report.ts');
  printNext(io, course.chapters.find((chapter) => chapter.id === step.chapter)!, step);
  io.out(
    '\nIn a terminal `k8s-lab` opens the course; `k8s-lab shell` opens the jumpbox; `k8s-lab check` looks at it.\n',
  );
}

/** A sentence on machines that ran and do not now; undefined when there are none. Starts nothing. */
async function machinesThatAreOff(dir: string): Promise<string | undefined> {
  const { existingWorkspace, hasWorkspace } = await import('../../machines/workspace.ts');
  if (!hasWorkspace(dir)) return undefined;
  const { runningLab } = await import('../../machines/client.ts');
  const workspace = existingWorkspace(dir);
  // A machine that never booted has no journal: before the chapter that switches it on it may well be off.
  const booted = workspace.topology.machines.filter(({ name }) => hasFiles(workspace.journalDir(name)));
  const seen = booted.length === 0 ? undefined : await (await runningLab(workspace))?.machines();
  const on = new Set(seen?.filter(({ power }) => power === 'on').map(({ name }) => name));
  const off = booted.map(({ name }) => name).filter((name) => !on.has(name));
  if (off.length === 0) return undefined;
  return on.size === 0
    ? 'The machines are off: `k8s-lab up` switches them on.'
    : `${off.join(', ')} ${off.length === 1 ? 'is' : 'are'} off: \`k8s-lab up\` switches on what is off.`;
}

function hasFiles(folder: string): boolean {
  try {
    return readdirSync(folder).length > 0;
  } catch {
    return false;
  }
}
