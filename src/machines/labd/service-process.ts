import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, join, posix, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { guestEnvironment } from '../../lib/guest-environment.ts';
import { launchCommand } from '../../lib/launch.ts';
import { notifyVariable } from '../../lib/notify.ts';
import { type Identity, identityEnvironment } from '../../usernet/identity.ts';
import { type ProgramMark, readProgramMark } from '../program-files.ts';
import { expandVariables, parseEnvironmentFile, type UnitCommand } from '../units/command-line.ts';
import type { ServiceUnit } from '../units/service-unit.ts';
import type { ExitStatus } from './exit-status.ts';
import { lineSplitter } from './journal.ts';
import { nodeFlags } from './node-flags.ts';
import type { ServiceProcess } from './service.ts';

/** The machine that a unit's command runs on, as far as starting a process goes. */
export interface ProcessHost {
  readonly root: string;
  readonly workspaceDir: string;
  readonly identity: Identity;
  /** Standard output and error of the program, a line at a time. */
  output(unit: ServiceUnit, identifier: string, pid: number, line: string): void;
  /** systemd's own words about the unit. */
  log(unit: string, message: string, priority: number): void;
}

const searchPath = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const shellFolders = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** What a unit may run besides program files: the commands that any distribution has, done by the machine's shell. */
const shellCommands = new Set(
  'modprobe sysctl sh bash true false echo sleep mkdir rm cp mv ln chmod chown cat touch test install env swapoff kill'.split(
    ' ',
  ),
);

const noExit = new Promise<void>(() => {});
const failed = (code: number): ServiceProcess => ({
  pid: undefined,
  exited: Promise.resolve({ code }),
  ready: noExit,
  kill: () => {},
});

/** The host's path of a file on the machine, or undefined when it is not there or a link leads out of the root. */
export function machineFile(root: string, path: string): string | undefined {
  try {
    const real = realpathSync(join(root, posix.resolve('/', path)));
    const base = realpathSync(root);
    return real === base || real.startsWith(base + sep) ? real : undefined;
  } catch {
    return undefined;
  }
}

type Executable = { readonly kind: 'program'; readonly mark: ProgramMark } | { readonly kind: 'shell' };

/** Finds what a unit's path stands for, or says why it cannot be executed. */
function findExecutable(root: string, path: string): Executable | { readonly problem: string } {
  const candidates = path.startsWith('/') ? [path] : searchPath.map((folder) => `${folder}/${path}`);
  const found = candidates.find((candidate) => existsSync(join(root, candidate)));
  if (found === undefined) {
    const folder = candidates.find((candidate) =>
      shellFolders.some((bin) => candidate === `${bin}/${basename(path)}`),
    );
    if (folder !== undefined && shellCommands.has(basename(path))) return { kind: 'shell' };
    return { problem: 'No such file or directory' };
  }
  const file = machineFile(root, found);
  if (file === undefined || !statSync(file).isFile()) return { problem: 'Permission denied' };
  try {
    accessSync(file, constants.X_OK);
  } catch {
    return { problem: 'Permission denied' };
  }
  const mark = readProgramMark(file);
  if (mark !== undefined) return { kind: 'program', mark };
  return { problem: 'Exec format error (only program files from downloads/ run on a machine of the lab)' };
}

type EnvironmentResult = { readonly env: Record<string, string> } | { readonly problem: string };

function environmentOf(host: ProcessHost, unit: ServiceUnit): EnvironmentResult {
  const env: Record<string, string> = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    LANG: 'C.UTF-8',
    ...unit.environment,
  };
  for (const { path, optional } of unit.environmentFiles) {
    const file = machineFile(host.root, path);
    if (file === undefined) {
      if (!optional)
        return { problem: `Failed to load environment files: No such file or directory (${path})` };
      continue;
    }
    Object.assign(env, parseEnvironmentFile(readFileSync(file, 'utf8')));
  }
  return { env };
}

/** Starts a command of a unit. Never throws: what goes wrong is in the journal and in the exit status. */
export function startServiceProcess(
  host: ProcessHost,
  unit: ServiceUnit,
  command: UnitCommand,
  mainPid: number | undefined,
): ServiceProcess {
  const environment = environmentOf(host, unit);
  if ('problem' in environment) {
    host.log(unit.name, `${unit.name}: ${environment.problem}`, 3);
    host.log(unit.name, `${unit.name}: Failed to run 'start' task: No such file or directory`, 4);
    return failed(1);
  }
  const values = environment.env;
  if (mainPid !== undefined) values.MAINPID = String(mainPid);
  const words = command.noExpansion
    ? [...command.words]
    : expandVariables(command.words, values, (name) =>
        host.log(
          unit.name,
          `${unit.name}: Referenced but unset environment variable evaluates to an empty string: ${name}`,
          4,
        ),
      );
  // `ExecReload=/bin/kill -HUP $MAINPID` needs no process of its own.
  if (basename(command.path) === 'kill' && words.includes(String(mainPid)))
    return signalMain(words, mainPid!);

  const executable = findExecutable(host.root, command.path);
  if ('problem' in executable) {
    host.log(
      unit.name,
      `${unit.name}: Failed to locate executable ${command.path}: ${executable.problem}`,
      3,
    );
    host.log(
      unit.name,
      `${unit.name}: Failed at step EXEC spawning ${command.path}: ${executable.problem}`,
      3,
    );
    return failed(203);
  }
  for (const folder of unit.stateDirectories) mkdirSync(join(host.root, folder), { recursive: true });
  const cwd = machineFile(host.root, unit.workingDirectory ?? '/');
  if (cwd === undefined) {
    host.log(
      unit.name,
      `${unit.name}: Changing to the requested working directory failed: No such file or directory`,
      3,
    );
    return failed(200);
  }
  const launch =
    executable.kind === 'program'
      ? launchCommand(executable.mark.program, words.slice(1), nodeFlags(executable.mark.program))
      : launchCommand(
          'machine-shell',
          ['run', '--', basename(command.path), ...words.slice(1)],
          nodeFlags('machine-shell'),
        );
  // A shell works on the machine's folder by itself: it must not see its own files through the mounts.
  const identity = identityEnvironment(host.identity);
  const own =
    executable.kind === 'program'
      ? identity
      : { K8S_LAB_SHELL_WORKSPACE: host.workspaceDir, K8S_LAB_SHELL_IDENTITY: JSON.stringify(host.identity) };
  const child = spawn(launch.command, launch.args, {
    cwd,
    env: { ...guestEnvironment(values), ...own, [notifyVariable]: '3' },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  return supervise(host, unit, unit.syslogIdentifier ?? basename(command.path), child);
}

function supervise(
  host: ProcessHost,
  unit: ServiceUnit,
  identifier: string,
  child: ChildProcess,
): ServiceProcess {
  const pid = child.pid;
  for (const stream of [child.stdout!, child.stderr!]) {
    const lines = lineSplitter((line) => host.output(unit, identifier, pid ?? 0, line));
    stream.on('data', (chunk: Buffer) => lines.push(chunk));
    stream.on('end', () => lines.end());
    stream.on('error', () => {});
  }
  const notify = child.stdio[3] as Readable;
  const ready = new Promise<void>((resolve) => {
    let text = '';
    notify.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString('latin1')).slice(-4096);
      if (/^READY=1$/m.test(text)) resolve();
    });
    notify.on('error', () => {});
  });
  const exited = new Promise<ExitStatus>((resolve) => {
    child.on('error', (error) => {
      host.log(unit.name, `${unit.name}: Failed to spawn: ${error.message}`, 3);
      resolve({ code: 203 });
    });
    // 'exit' and not 'close': a grandchild that keeps the pipe must not keep the unit.
    child.on('exit', (code, signal) => resolve(signal === null ? { code: code ?? 0 } : { signal }));
  });
  return {
    pid,
    exited,
    ready,
    kill: (signal, group) => {
      if (pid !== undefined) sendSignal(group ? -pid : pid, signal);
    },
  };
}

function signalMain(words: readonly string[], mainPid: number): ServiceProcess {
  const name = words.find((word) => /^-[A-Z]/.test(word))?.slice(1) ?? 'TERM';
  const signal = `SIG${name.replace(/^SIG/, '')}` as NodeJS.Signals;
  return sendSignal(mainPid, signal) ? { ...failed(0), exited: Promise.resolve({ code: 0 }) } : failed(1);
}

/** False when there is no such process (any more). */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}
