import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { programFile } from '../../lib/package-root.ts';
import { type CliIo, type CommonOptions, SilentExit } from '../io.ts';
import { showStatus } from './status.ts';

/** The smallest terminal that the TUI's screens fit in. */
const smallest = { columns: 80, rows: 24 };

/** What dist/programs/k8s-lab-tui.js exports. */
interface TuiModule {
  startTui(options: CommonOptions): Promise<number>;
}

export function whyNoTui(io: CliIo): string | undefined {
  if (!io.stdinIsTty || !io.stdoutIsTty) return 'this is no terminal';
  if ((io.env.CI ?? '') !== '' && io.env.CI !== 'false') return 'CI is set';
  if (io.env.TERM === 'dumb') return 'the terminal cannot move its cursor';
  const { columns = 0, rows = 0 } = io;
  if (columns < smallest.columns || rows < smallest.rows) {
    return `the terminal has ${columns}×${rows} characters and the course wants ${smallest.columns}×${smallest.rows}`;
  }
  return undefined;
}

/** A person at a terminal gets the TUI; everybody else the status in plain text, and exit code 0. */
export async function openTuiOrStatus(io: CliIo, options: CommonOptions): Promise<void> {
  const file = programFile('k8s-lab-tui');
  const obstacle = whyNoTui(io) ?? (existsSync(file) ? undefined : 'this build is without its screens');
  if (obstacle === undefined) {
    const { startTui } = (await import(pathToFileURL(file).href)) as TuiModule;
    const { workspace, topology } = options;
    const exitCode = await startTui({
      ...(workspace === undefined ? {} : { workspace }),
      ...(topology === undefined ? {} : { topology }),
    });
    throw new SilentExit(exitCode);
  }
  if (io.stdoutIsTty) io.err(`k8s-lab: plain output, because ${obstacle}\n`);
  await showStatus(io, options);
}
