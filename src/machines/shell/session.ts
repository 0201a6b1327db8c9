import { posix } from 'node:path';
import { escapedFiles, keepBytes } from '../../lib/shell-bytes.ts';
import { shellSleep } from '../../lib/shell-sleep.ts';
import type { Identity } from '../../usernet/identity.ts';
import { connectLab, type LabClient } from '../client.ts';
import { parseProgramMark } from '../program-files.ts';
import type { Workspace } from '../workspace.ts';
import type { LiveOutput, ShellMachine } from './command.ts';
import { dumpCommands } from './commands/dump.ts';
import { fileCommands } from './commands/files.ts';
import { networkCommands } from './commands/network.ts';
import { networkTools, programCommands } from './commands/programs.ts';
import { serviceCommands } from './commands/services.ts';
import { systemCommands } from './commands/system.ts';
import { createMachineFs } from './filesystem.ts';
import { Bash, type Command, getCommandNames, parse, type ScriptNode } from './just-bash.ts';

export interface ShellOptions {
  readonly workspace: Workspace;
  readonly identity: Identity;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Aborted by Ctrl+C or when the caller goes away. */
  readonly signal: () => AbortSignal;
  /** More commands, such as the prompt of an interactive shell. */
  readonly commands?: readonly Command[];
}

export interface MachineShell {
  readonly machine: ShellMachine;
  readonly bash: Bash;
  /** Lets the next single command write while it runs; undefined takes that back. */
  setLive(output: LiveOutput | undefined): void;
}

/** Commands of ours that want bytes as they are. */
const byteCommandNames = [...networkTools, 'k8s-lab-run', 'cmp', 'hexdump', 'od', 'xxd'];

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A root shell on one machine: just-bash over the machine's folder, with the lab's commands. */
export function createMachineShell(options: ShellOptions): MachineShell {
  const { identity, workspace } = options;
  const root = workspace.machineRoot(identity.machine);
  const disk = createMachineFs(root);
  const fs = escapedFiles(disk);
  let live: LiveOutput | undefined;
  let lab: Promise<LabClient> | undefined;
  const machine: ShellMachine = {
    name: identity.machine,
    root,
    identity,
    workspace,
    fs,
    lab: () => {
      lab ??= connectLab(workspace, { start: false });
      return lab;
    },
    live: () => live,
    signal: options.signal,
  };
  const commands = [
    ...programCommands(machine),
    ...serviceCommands(machine),
    ...systemCommands(machine),
    ...networkCommands(machine),
    ...fileCommands(machine),
    ...dumpCommands,
    ...(options.commands ?? []),
  ];
  disk.commands = new Set([...getCommandNames(), ...commands.map(({ name }) => name)]);
  const bash = new Bash({
    fs,
    cwd: options.cwd ?? '/root',
    env: {
      HOME: '/root',
      USER: 'root',
      LOGNAME: 'root',
      SHELL: '/bin/bash',
      PATH: defaultPath,
      HOSTNAME: machine.name,
      ...options.env,
    },
    customCommands: commands,
    // A person's own shell: only what would hang or fill the computer is limited.
    executionLimits: {
      maxExecutionTimeMs: Number.POSITIVE_INFINITY,
      maxCommandCount: Number.POSITIVE_INFINITY,
      maxLoopIterations: Number.POSITIVE_INFINITY,
    },
    // What runs here is the machine's owner; the file system, not JavaScript, is the boundary.
    defenseInDepth: false,
    processInfo: { pid: process.pid, ppid: 1, uid: 0, gid: 0 },
    sleep: (ms) => shellSleep(ms, options.signal()),
  });
  keepBytes(bash, disk, byteCommandNames);
  return {
    machine,
    bash,
    setLive: (output) => {
      live = output;
    },
  };
}

/** Commands of ours that write while they run. */
const streaming = new Set<string>(['journalctl', 'k8s-lab-run', ...networkTools]);

/**
 * Whether a script is one simple command whose output goes nowhere but to the terminal, and that command is a program
 * or streams: only then may it write past just-bash, which collects output until a script ends.
 */
export async function mayRunLive(script: ScriptNode, machine: ShellMachine, cwd: string): Promise<boolean> {
  const [statement, ...more] = script.statements;
  if (statement === undefined || more.length > 0 || statement.pipelines.length !== 1) return false;
  const { commands } = statement.pipelines[0]!;
  const only = commands[0];
  if (commands.length !== 1 || only?.type !== 'SimpleCommand') return false;
  // A here-document is input and does no harm; anything else redirects output.
  if (only.redirections.some(({ operator }) => !operator.startsWith('<'))) return false;
  const words = [only.name, ...only.args].map((word) => {
    const part = word?.parts[0];
    return word?.parts.length === 1 && part?.type === 'Literal' ? part.value : undefined;
  });
  while (words[0] === 'sudo' || /^[A-Za-z_][A-Za-z0-9_]*=/.test(words[0] ?? '')) words.shift();
  const name = words[0];
  if (name === undefined) return false;
  if (streaming.has(name)) return true;
  const candidates = name.includes('/')
    ? [machine.fs.resolvePath(cwd, name)]
    : defaultPath.split(':').map((folder) => posix.join(folder, name));
  for (const path of candidates) {
    if (!(await machine.fs.exists(path))) continue;
    const text = await machine.fs.readFile(path, 'latin1').catch(() => '');
    return parseProgramMark(text.slice(0, 512)) !== undefined;
  }
  return false;
}

/** The parsed script, or undefined when it does not parse (running it will say why). */
export function tryParse(text: string): ScriptNode | undefined {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
