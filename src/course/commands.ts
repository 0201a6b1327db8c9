import { spawn } from 'node:child_process';
import { LabError } from '../lib/errors.ts';
import { type HostName, jumpbox } from './model.ts';

export interface CommandOutput {
  readonly host: HostName;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

export interface CommandOptions {
  readonly onOutput?: (output: CommandOutput) => void;
  readonly signal?: AbortSignal;
}

/** Runs a block of shell commands on a host and gives its exit code. */
export interface CommandRunner {
  run(host: HostName, script: string, options?: CommandOptions): Promise<number>;
}

/** The part of the lab that runs commands on machines (src/machines/client.ts). */
export interface MachineCommands {
  exec(
    machine: string,
    script: string,
    options: CommandOptions & { readonly onOutput: (output: CommandOutput) => void },
  ): Promise<number>;
}

/**
 * The exit status of a block is that of its first failing command, as a person at the keyboard would stop there.
 * A pipe keeps the shell's own rule: `grep -q` that closes early must not fail the program before it.
 */
const preamble = 'set -e\n';

export interface JumpboxShell {
  readonly workspace: string;
  /** The learner's environment: PATH with the lab's tools first, HTTPS_PROXY … */
  readonly env: NodeJS.ProcessEnv;
}

function runOnJumpbox(shell: JumpboxShell, script: string, options: CommandOptions): Promise<number> {
  const attempt = (program: string) =>
    new Promise<number>((resolve, reject) => {
      const child = spawn(program, ['-c', preamble + script], {
        cwd: shell.workspace,
        env: shell.env,
        stdio: ['ignore', 'pipe', 'pipe'],
        // Its own process group: what the block left in the background ends with it.
        detached: true,
      });
      const kill = () => {
        try {
          if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
        } catch {
          // The group is gone already.
        }
      };
      options.signal?.addEventListener('abort', kill, { once: true });
      for (const stream of ['stdout', 'stderr'] as const) {
        child[stream].setEncoding('utf8');
        child[stream].on('data', (text: string) => options.onOutput?.({ host: jumpbox, stream, text }));
      }
      child.on('error', reject);
      // `exit`, then a sweep: a background job that keeps the pipes open must not keep the step open.
      child.on('exit', kill);
      child.on('close', (code, signal) => {
        options.signal?.removeEventListener('abort', kill);
        resolve(code ?? (signal === 'SIGTERM' ? 143 : 1));
      });
    });
  return attempt('bash').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return attempt('sh');
    throw error;
  });
}

/** Commands for the jumpbox go to bash in the workspace (to sh where there is no bash), those for machines to the lab. */
export function createCommandRunner(shell: JumpboxShell, machines: MachineCommands): CommandRunner {
  return {
    run(host, script, options = {}) {
      if (options.signal?.aborted) throw new LabError('stopped', { exitCode: 130 });
      if (host === jumpbox) return runOnJumpbox(shell, script, options);
      const onOutput = options.onOutput ?? (() => undefined);
      return machines.exec(host, preamble + script, { ...options, onOutput });
    },
  };
}
