import { preloadFile, programFile } from './package-root.ts';

/** A command line that starts one of the lab's programs (see scripts/programs.mjs) with the preload before it. */
export function launchCommand(
  program: string,
  args: readonly string[],
  nodeFlags: readonly string[] = [],
): { command: string; args: string[] } {
  return {
    command: process.execPath,
    args: [...nodeFlags, '--import', preloadFile(), programFile(program), ...args],
  };
}
