import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { guestEnvironment } from '../../lib/guest-environment.ts';
import { launchCommand } from '../../lib/launch.ts';
import { type Identity, identityEnvironment } from '../../usernet/identity.ts';
import { isProcessAlive, processStartTime } from '../../usernet/processes.ts';
import type { Executable } from './executable.ts';

/**
 * Memory flags of container processes: dozens share a laptop. A young generation of 1 MB and no extra compiler threads
 * bring an idle Node from about 45 MB to 30.
 */
export const containerNodeFlags = [
  '--max-semi-space-size=1',
  '--max-old-space-size=64',
  '--v8-pool-size=1',
  '--no-warnings',
];

export interface StartOptions {
  readonly executable: Executable;
  readonly identity: Identity;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly stdin: boolean;
}

export interface ContainerProcess {
  readonly pid: number;
  /** Null when it was started without. */
  readonly stdin: Writable | null;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /**
   * Its exit code, after the process is gone and its output has been read: 128 + the number for a signal, as shells and
   * the CRI tell it; undefined when nobody saw how it ended.
   */
  readonly exited: Promise<number | undefined>;
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
 * The commands that are run in containers (exec, probes), remembered by pid and start time in a folder under /run: after
 * a kill -9 nobody reads their output any more, and the next containerd ends them. Containers themselves: see shim.ts.
 */
export class ProcessTable {
  readonly #folder: string;

  constructor(runDir: string) {
    this.#folder = join(runDir, 'pids');
    mkdirSync(this.#folder, { recursive: true });
  }

  /** Starts a program in a group of its own. Throws when there is no process to be had. */
  async start(options: StartOptions): Promise<ContainerProcess> {
    const { command, args } = launchCommand(
      options.executable.program,
      options.executable.args,
      containerNodeFlags,
    );
    const child = spawn(command, args, {
      detached: true,
      stdio: [options.stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'],
      env: { ...guestEnvironment(options.env), PWD: options.cwd, ...identityEnvironment(options.identity) },
    });
    const exited = new Promise<number>((resolve) => {
      child.once('close', (code, signal) => {
        if (child.pid !== undefined) this.#forget(child.pid);
        resolve(code ?? 128 + (signalNumbers[signal!] ?? 0));
      });
    });
    // What it started goes with it.
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
      stdin: child.stdin,
      stdout: child.stdout!,
      stderr: child.stderr!,
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

export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone already, which is what a signal to a dead process means here.
  }
}
