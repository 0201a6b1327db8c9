import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { launchCommand } from '../../lib/launch.ts';
import { type Identity, identityEnvironment } from '../../usernet/identity.ts';
import { isProcessAlive, processStartTime } from '../../usernet/processes.ts';
import type { Executable } from './executable.ts';

/**
 * Memory flags of container processes: dozens share a laptop. A young generation of 1 MB and no extra compiler threads
 * bring an idle Node from about 45 MB to 30.
 */
const nodeFlags = ['--max-semi-space-size=1', '--max-old-space-size=64', '--v8-pool-size=1', '--no-warnings'];

export interface StartOptions {
  readonly executable: Executable;
  readonly identity: Identity;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly stdin: boolean;
}

/** How a process ended; a signal as 128 + its number, as shells and the CRI tell it. */
export interface ExitInfo {
  readonly exitCode: number;
  readonly signal: NodeJS.Signals | undefined;
}

export interface ContainerProcess {
  readonly pid: number;
  readonly child: ChildProcess;
  /** After the process is gone and its output has been read. */
  readonly exited: Promise<ExitInfo>;
  /** `group` reaches what it started too. */
  kill(signal: NodeJS.Signals, group?: boolean): void;
}

const signalNumbers: Readonly<Partial<Record<NodeJS.Signals, number>>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
};

/**
 * The processes that this runtime started, remembered by pid and start time in a folder under /run: after a kill -9 the
 * next containerd finds what was left and ends it.
 */
export class ProcessTable {
  readonly #folder: string;

  constructor(runDir: string) {
    this.#folder = join(runDir, 'pids');
    mkdirSync(this.#folder, { recursive: true });
  }

  /** Starts a program in a group of its own. Throws when there is no process to be had. */
  async start(options: StartOptions): Promise<ContainerProcess> {
    const { command, args } = launchCommand(options.executable.program, options.executable.args, nodeFlags);
    const child = spawn(command, args, {
      detached: true,
      stdio: [options.stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'],
      env: { ...options.env, PWD: options.cwd, ...identityEnvironment(options.identity) },
    });
    const exited = new Promise<ExitInfo>((resolve) => {
      child.once('close', (code, signal) => {
        if (child.pid !== undefined) this.#forget(child.pid);
        resolve({
          exitCode: code ?? 128 + (signalNumbers[signal!] ?? 0),
          signal: signal ?? undefined,
        });
      });
    });
    // With its first process a container ends: whatever that one started goes too, as in a PID namespace.
    child.once('exit', () => child.pid !== undefined && sendSignal(-child.pid, 'SIGKILL'));
    // A peer that stopped reading or writing is seen by its exit.
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.on('error', () => undefined);
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    const pid = child.pid!;
    writeFileSync(join(this.#folder, String(pid)), processStartTime(pid));
    return {
      pid,
      child,
      exited,
      kill: (signal, group = false) => sendSignal(group ? -pid : pid, signal),
    };
  }

  /** Ends what an earlier runtime left behind; the number of processes. */
  killLeftovers(): number {
    let count = 0;
    for (const name of readdirSync(this.#folder)) {
      const pid = Number(name);
      const startTime = readFileSync(join(this.#folder, name), 'utf8');
      if (isProcessAlive(pid) && processStartTime(pid) === startTime) {
        sendSignal(-pid, 'SIGKILL');
        count++;
      }
      this.#forget(pid);
    }
    return count;
  }

  #forget(pid: number): void {
    rmSync(join(this.#folder, String(pid)), { force: true });
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone already, which is what a signal to a dead process means here.
  }
}
