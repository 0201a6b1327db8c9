import { runProgram } from '../../../lib/program.ts';
import { isOwnVariable } from './applet.ts';
import { applets } from './applets.ts';

/**
 * `k8s-lab/toolbox`, one program with many names as BusyBox is: `sleep 3600` in a container is a link to it. What needs
 * a shell's own commands (sh, ls, grep …) is another program, src/containers/images/shell, since it is larger.
 */
runProgram('toolbox', async ({ args, env, signal }) => {
  const [name, ...rest] = args;
  const applet = name === undefined ? undefined : applets[name];
  if (applet === undefined) {
    if (name !== undefined && name !== '--help' && name !== '--list') {
      process.stderr.write(`${name}: applet not found\n`);
      return 127;
    }
    console.log(
      `The toolbox of k8s-lab: many small tools in one program.\n\nUsage: toolbox [function [arguments]...]\n`,
    );
    console.log(`Currently defined functions:\n\t${Object.keys(applets).sort().join(', ')}`);
    return 0;
  }
  const visible = Object.fromEntries(Object.entries(env).filter(([key]) => !isOwnVariable(key)));
  const exitCode = await applet({
    args: rest,
    env: visible,
    cwd: process.cwd(),
    stdin: process.stdin,
    signal,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
  });
  // Whoever was stopped says so, as a process that its signal ended.
  return signal.aborted && exitCode === 0 ? 143 : exitCode;
});
