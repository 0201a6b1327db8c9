/**
 * The shell of a machine: just-bash, rooted in the machine's folder, as three small programs.
 *
 *   machine-shell serve                 labd's warm shell: requests as JSON lines on stdin (protocol.ts)
 *   machine-shell interactive WORKSPACE MACHINE   `ssh MACHINE` on a terminal: line editing, history, Ctrl+C
 *   machine-shell run -- COMMAND ARGS   a unit's /bin/sh, /bin/mkdir …; labd says in the environment on which machine
 *
 * session.ts puts a shell together: filesystem.ts is the boundary (nothing outside the machine's folder can be named),
 * commands/ are what a distribution would bring and just-bash lacks, and program files run as processes with the
 * machine's identity (commands/programs.ts).
 */
import { UsageError } from '../../lib/errors.ts';
import { runProgram } from '../../lib/program.ts';
import type { Identity } from '../../usernet/identity.ts';
import { machineIdentity } from '../identity.ts';
import { readWorkspace } from '../workspace.ts';
import { quoteWord } from './command.ts';
import { interactive } from './interactive.ts';
import { runScript } from './run.ts';
import { serve } from './serve.ts';

runProgram('machine-shell', async ({ args, env, signal }) => {
  const [mode, ...rest] = args;
  switch (mode) {
    case 'serve':
      return serve();
    case 'interactive': {
      const [dir, machine] = rest;
      if (dir === undefined || machine === undefined) break;
      const workspace = readWorkspace(dir);
      return interactive({ workspace, identity: machineIdentity(workspace, machine) });
    }
    case 'run': {
      const { K8S_LAB_SHELL_IDENTITY: text, K8S_LAB_SHELL_WORKSPACE: dir, ...others } = env;
      if (text === undefined || dir === undefined) break;
      const identity = JSON.parse(text) as Identity;
      const inner = Object.entries(others).filter(([name]) => !name.startsWith('K8S_LAB_'));
      return runScript({
        workspace: readWorkspace(dir),
        identity,
        script: rest
          .slice(rest[0] === '--' ? 1 : 0)
          .map(quoteWord)
          .join(' '),
        env: Object.fromEntries(inner) as Record<string, string>,
        cwd: '/',
        signal,
        write: (stream, data) => void process[stream].write(data),
      });
    }
  }
  throw new UsageError('usage: machine-shell serve | interactive WORKSPACE MACHINE | run -- COMMAND');
});
