import { spawn } from 'node:child_process';
import { LabError, UsageError } from '../lib/errors.ts';
import { launchCommand } from '../lib/launch.ts';
import { didYouMean } from '../lib/nearest.ts';
import { connectLab, type LabClient } from './client.ts';
import { planJournalctl, runJournalctlPlan } from './journalctl.ts';
import { nodeFlags } from './labd/node-flags.ts';
import type { Workspace } from './workspace.ts';

/** The machine's name in `root@controller-0`; an address of a machine will do too. Throws an Error in ssh's words. */
export function resolveMachine(workspace: Workspace, target: string): string {
  const at = target.lastIndexOf('@');
  const user = at < 0 ? 'root' : target.slice(0, at);
  const host = target.slice(at + 1);
  const { machines } = workspace.topology;
  const found = machines.find(({ name, address }) => name === host || address === host);
  if (found === undefined) {
    throw new LabError(`ssh: Could not resolve hostname ${host}: Name or service not known`, {
      remedy:
        didYouMean(
          host,
          machines.map(({ name }) => name),
        ) ?? `the machines are ${machines.map(({ name }) => name).join(', ')}`,
      exitCode: 255,
    });
  }
  if (user !== 'root') {
    throw new LabError(`${user}@${host}: Permission denied (publickey).`, {
      remedy: 'the machines know only root',
      exitCode: 255,
    });
  }
  return found.name;
}

/** As ssh says it when nobody answers: the machine is off, or its cable is cut. */
export async function requireReachable(lab: LabClient, machine: string, tool = 'ssh'): Promise<void> {
  const status = (await lab.machines()).find((candidate) => candidate.name === machine);
  if (status?.power === 'on' && status.link === 'up') return;
  const off = status?.power !== 'on';
  throw new LabError(
    `${tool}: connect to host ${machine} port 22: ${off ? 'No route to host' : 'Connection timed out'}`,
    {
      remedy: off ? `${machine} is switched off; run "k8s-lab up"` : `the cable of ${machine} is cut`,
      exitCode: 255,
    },
  );
}

interface SshCall {
  readonly target: string;
  readonly command: string | undefined;
  readonly noInput: boolean;
}

/** Options of ssh that take a value, and those that do not; the lab has no use for most, but scripts give them. */
const valueOptions = 'oipFlJLRDEbcmQSWw';
const switches = 'tTnqvxXaA4C6fNky';

export function parseSshArguments(argv: readonly string[]): SshCall {
  let noInput = false;
  let user: string | undefined;
  for (let index = 0; index < argv.length; index++) {
    const arg = argv[index]!;
    if (!arg.startsWith('-') || arg === '-') {
      const words = argv.slice(index + 1);
      return {
        target: user === undefined || arg.includes('@') ? arg : `${user}@${arg}`,
        // As ssh does: words are joined by blanks, and the other side's shell reads them anew.
        command: words.length === 0 ? undefined : words.join(' '),
        noInput,
      };
    }
    for (let at = 1; at < arg.length; at++) {
      const letter = arg[at]!;
      if (valueOptions.includes(letter)) {
        const value = arg.slice(at + 1) || argv[++index];
        if (value === undefined) throw new UsageError(`ssh: option requires an argument -- ${letter}`);
        if (letter === 'l') user = value;
        if ('LRDJW'.includes(letter)) throw new UsageError(`ssh: -${letter} is not supported by k8s-lab`);
        break;
      }
      if (!switches.includes(letter)) throw new UsageError(`ssh: unknown option -- ${letter}`);
      if (letter === 'n') noInput = true;
    }
  }
  throw new UsageError('usage: ssh [root@]MACHINE [COMMAND]');
}

/** `ssh MACHINE [COMMAND]`: resolves with the exit code. */
export async function runSsh(workspace: Workspace, argv: readonly string[]): Promise<number> {
  const call = parseSshArguments(argv);
  const machine = resolveMachine(workspace, call.target);
  const lab = await connectLab(workspace);
  await requireReachable(lab, machine);
  if (call.command === undefined && process.stdin.isTTY === true) return runInteractive(workspace, machine);
  const input = call.noInput || process.stdin.isTTY === true ? Buffer.alloc(0) : await readInput();
  const stop = new AbortController();
  const abort = () => stop.abort();
  process.once('SIGINT', abort);
  process.once('SIGTERM', abort);
  try {
    return await lab.exec(machine, call.command ?? input.toString('utf8'), {
      ...(call.command === undefined ? {} : { stdin: input }),
      onStdout: (data) => void process.stdout.write(data),
      onStderr: (data) => void process.stderr.write(data),
      signal: stop.signal,
    });
  } finally {
    process.removeListener('SIGINT', abort);
    process.removeListener('SIGTERM', abort);
  }
}

async function readInput(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  } catch {
    // A closed standard input is an empty one.
  }
  return Buffer.concat(chunks);
}

/** The interactive shell runs on this terminal, in a process of its own. */
function runInteractive(workspace: Workspace, machine: string): Promise<number> {
  const { command, args } = launchCommand(
    'machine-shell',
    ['interactive', workspace.dir, machine],
    nodeFlags('machine-shell'),
  );
  const child = spawn(command, args, { stdio: 'inherit' });
  // Ctrl+C is the shell's affair, not ours.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => {
      process.removeListener('SIGINT', ignore);
      resolve(code ?? 255);
    });
  });
}

/** `k8s-lab systemctl MACHINE ARGS…`. */
export async function runSystemctl(workspace: Workspace, argv: readonly string[]): Promise<number> {
  const [target, ...args] = argv;
  if (target === undefined) throw new UsageError('usage: k8s-lab systemctl MACHINE VERB [UNIT…]');
  const machine = resolveMachine(workspace, target);
  const lab = await connectLab(workspace);
  await requireReachable(lab, machine);
  const result = await lab.systemctl(machine, args);
  process.stdout.write(result.stdout);
  process.stderr.write(result.stderr);
  return result.exitCode;
}

/** `k8s-lab journalctl MACHINE ARGS…`; works on a machine that is off too, as its disk does. */
export async function runJournalctl(workspace: Workspace, argv: readonly string[]): Promise<number> {
  const [target, ...args] = argv;
  if (target === undefined) throw new UsageError('usage: k8s-lab journalctl MACHINE [-u UNIT] [-f]');
  const machine = resolveMachine(workspace, target);
  const plan = planJournalctl(args, Date.now());
  const lab = await connectLab(workspace);
  const stop = new AbortController();
  const abort = () => stop.abort();
  process.once('SIGINT', abort);
  process.once('SIGTERM', abort);
  return runJournalctlPlan(
    plan,
    machine,
    (query) => lab.journal(machine, { ...query, signal: stop.signal }),
    (text) => void process.stdout.write(text),
  );
}
