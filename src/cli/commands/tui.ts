import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { programFile } from '../../lib/package-root.ts';
import { whyNoScreens } from '../../lib/screens.ts';
import { type CliIo, type CommonOptions, SilentExit } from '../io.ts';
import { showStatus } from './status.ts';

export interface ScreenOptions extends CommonOptions {
  readonly ascii?: boolean;
  readonly screenReader?: boolean;
}

/** What dist/programs/k8s-lab-tui.js exports. */
interface TuiModule {
  startTui(options: ScreenOptions): Promise<number>;
}

/** A person at a terminal gets the TUI; everybody else the status in plain text, and exit code 0. */
export async function openTuiOrStatus(io: CliIo, options: ScreenOptions): Promise<void> {
  const file = programFile('k8s-lab-tui');
  const obstacle = whyNoScreens(io) ?? (existsSync(file) ? undefined : 'this build is without its screens');
  if (obstacle === undefined) {
    const { startTui } = (await import(pathToFileURL(file).href)) as TuiModule;
    throw new SilentExit(await startTui(options));
  }
  if (io.stdoutIsTty) io.err(`k8s-lab: plain output, because ${obstacle}\n`);
  await showStatus(io, options);
}
