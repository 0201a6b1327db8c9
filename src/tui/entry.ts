/**
 * What `k8s-lab` starts with. Without a command, in a terminal, the first frame is on the screen before anything large is
 * loaded; everything else is the command line's.
 *
 *     argv ──▶ a person at a terminal, and no command? ── no ──▶ k8s-lab-cli.js (src/cli/main.ts)
 *                       └── yes ──▶ first-frame.ts ──▶ k8s-lab-tui.js (main.tsx) goes on from that frame
 */
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { programFile } from '../lib/package-root.ts';
import { whyNoScreens } from '../lib/screens.ts';
import { beginning, firstFrame, sizeOf } from './first-frame.ts';
import { createFrameWriter } from './frame-writer.ts';
import { lookOf, readTuiOptions } from './options.ts';
import { guardTerminal } from './terminal-guard.ts';
import { createTheme } from './theme.ts';

/** What dist/programs/k8s-lab-tui.js exports; it is another bundle, and loaded later. */
type Screens = typeof import('./main.tsx');

const { env, stdin, stdout } = process;
const options = readTuiOptions(process.argv.slice(2));
const obstacle = whyNoScreens({
  env,
  stdinIsTty: stdin.isTTY === true,
  stdoutIsTty: stdout.isTTY === true,
  columns: stdout.columns,
  rows: stdout.rows,
});
const screens = programFile('k8s-lab-tui');

if (options !== undefined && obstacle === undefined && existsSync(screens)) {
  const guard = guardTerminal({ stdin, stdout });
  // What is typed from now on is for the screens, and is not to be echoed over them.
  stdin.setRawMode(true);
  const begun = beginning(options, sizeOf(stdout), env);
  const theme = createTheme(lookOf(options, env));
  const writer = createFrameWriter((text) => stdout.write(text), theme);
  guard.enter();
  if (!theme.linear) writer.draw(firstFrame(begun, theme));
  const { startTui } = (await import(pathToFileURL(screens).href)) as Screens;
  // Whatever is still being opened or looked at is not waited for.
  process.exit(await startTui(options, { guard, begun, theme, writer }));
} else {
  await import(pathToFileURL(programFile('k8s-lab-cli')).href);
}
