import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Cancel, Clock } from '../../lib/clock.ts';
import { launchCommand } from '../../lib/launch.ts';
import type { Identity } from '../../usernet/identity.ts';
import type { ExecRequest } from '../api.ts';
import type { ShellReply, ShellRequest } from '../shell/protocol.ts';
import { nodeFlags } from './node-flags.ts';

const idleMs = 60_000;

export interface ShellRun {
  onOutput(stream: 'stdout' | 'stderr', data: Buffer): void;
  readonly signal: AbortSignal;
}

/**
 * One warm shell process for commands on all machines: starting one takes a quarter of a second, and its memory is
 * given back after a minute without work. Each command runs in a shell of its own, rooted in its machine's folder.
 */
export class ShellHost {
  #child: ChildProcess | undefined;
  #nextId = 1;
  #idle: Cancel | undefined;
  readonly #runs = new Map<number, { run: ShellRun; machine: string; finish: (exitCode: number) => void }>();
  readonly #clock: Clock;
  readonly #workspaceDir: string;

  constructor(options: { readonly clock: Clock; readonly workspaceDir: string }) {
    this.#clock = options.clock;
    this.#workspaceDir = options.workspaceDir;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves with the exit code; 130 when aborted, 255 when the machine goes off or the shell dies under it. */
  exec(machine: string, identity: Identity, request: ExecRequest, run: ShellRun): Promise<number> {
    if (run.signal.aborted) return Promise.resolve(130);
    this.#idle?.();
    this.#idle = undefined;
    const child = this.#ensure();
    const id = this.#nextId++;
    return new Promise((resolve) => {
      const abort = () => this.#send({ type: 'abort', id });
      const finish = (exitCode: number) => {
        if (!this.#runs.delete(id)) return;
        run.signal.removeEventListener('abort', abort);
        if (this.#runs.size === 0) this.#idle = this.#clock.after(idleMs, () => this.stop());
        resolve(exitCode);
      };
      this.#runs.set(id, { run, machine, finish });
      run.signal.addEventListener('abort', abort, { once: true });
      this.#send({ type: 'exec', id, identity, workspace: this.#workspaceDir, ...request });
      void child;
    });
  }

  /** Ends what runs on a machine: its power is gone. */
  endMachine(machine: string): void {
    for (const [id, entry] of [...this.#runs]) {
      if (entry.machine !== machine) continue;
      this.#send({ type: 'abort', id });
      entry.finish(255);
    }
  }

  stop(): void {
    this.#idle?.();
    this.#idle = undefined;
    const child = this.#child;
    this.#child = undefined;
    child?.kill('SIGKILL');
    for (const entry of [...this.#runs.values()]) entry.finish(255);
  }

  #send(request: ShellRequest): void {
    this.#child?.stdin?.write(`${JSON.stringify(request)}\n`);
  }

  #ensure(): ChildProcess {
    if (this.#child !== undefined) return this.#child;
    const { command, args } = launchCommand('machine-shell', ['serve'], nodeFlags('machine-shell'));
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
    this.#child = child;
    child.stdin!.on('error', () => {});
    child.on('error', () => this.#ended(child));
    child.on('exit', () => this.#ended(child));
    createInterface({ input: child.stdout! }).on('line', (line) =>
      this.#receive(JSON.parse(line) as ShellReply),
    );
    return child;
  }

  #ended(child: ChildProcess): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    for (const entry of [...this.#runs.values()]) entry.finish(255);
  }

  #receive(reply: ShellReply): void {
    const entry = this.#runs.get(reply.id);
    if (entry === undefined) return;
    if ('exitCode' in reply) entry.finish(reply.exitCode);
    else entry.run.onOutput(reply.stream, Buffer.from(reply.data, 'base64'));
  }
}
