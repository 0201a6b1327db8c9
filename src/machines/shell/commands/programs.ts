import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { guestEnvironment } from '../../../lib/guest-environment.ts';
import { launchCommand } from '../../../lib/launch.ts';
import { programFile } from '../../../lib/package-root.ts';
import { bytesText } from '../../../lib/shell-bytes.ts';
import { identityEnvironment } from '../../../usernet/identity.ts';
import { nodeFlags } from '../../labd/node-flags.ts';
import { command, fail, type ShellMachine } from '../command.ts';
import { type Command, type ExecResult, latin1FromBytes, type ResolvedCommandContext } from '../just-bash.ts';

/** Tools that ask the network are programs: only a process of the machine is on its network. */
export const networkTools = ['nc', 'nslookup', 'ping'] as const;

/** What a program file calls: runs a program of the lab as a process of this machine. */
export const programCommands = (machine: ShellMachine): Command[] => [
  command('k8s-lab-run', async ([program, ...args], context) => {
    if (program === undefined || !/^[a-z][a-z0-9-]*$/.test(program) || !existsSync(programFile(program))) {
      return fail(`bash: ${program ?? ''}: cannot execute: this build of k8s-lab has no such program\n`, 126);
    }
    return runProgramFile(machine, program, args, context);
  }),
  ...networkTools.map((name) =>
    command(name, (args, context) => runProgramFile(machine, 'image-toolbox', [name, ...args], context)),
  ),
];

/** Only what the learner exported goes to the program, and who it is. */
function environment(machine: ShellMachine, context: ResolvedCommandContext): Record<string, string> {
  return { ...guestEnvironment(context.exportedEnv ?? {}), ...identityEnvironment(machine.identity) };
}

async function runProgramFile(
  machine: ShellMachine,
  program: string,
  args: readonly string[],
  context: ResolvedCommandContext,
): Promise<ExecResult> {
  const live = machine.live();
  const input = Buffer.from(latin1FromBytes(context.stdin), 'latin1');
  const ownTerminal = live?.terminal === true && input.length === 0;
  const launch = launchCommand(program, args, nodeFlags(program));
  const child = spawn(launch.command, launch.args, {
    cwd: join(machine.root, context.cwd),
    env: environment(machine, context),
    stdio: ownTerminal ? 'inherit' : ['pipe', 'pipe', 'pipe'],
  });
  const signal = machine.signal();
  const end = () => child.kill('SIGTERM');
  signal.addEventListener('abort', end, { once: true });
  const out: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.on('data', (chunk: Buffer) => {
      if (live !== undefined) live.write(stream, chunk);
      else out[stream].push(chunk);
    });
  }
  child.stdin?.on('error', () => {});
  child.stdin?.end(input);
  const exitCode = await new Promise<number>((resolve) => {
    child.on('error', () => resolve(126));
    child.on('close', (code, killedBy) => resolve(code ?? (killedBy === 'SIGINT' ? 130 : 143)));
  });
  signal.removeEventListener('abort', end);
  return {
    stdout: Buffer.concat(out.stdout).toString('latin1'),
    stderr: bytesText(Buffer.concat(out.stderr)),
    stdoutKind: 'bytes',
    exitCode,
  };
}
