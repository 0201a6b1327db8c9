import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { ExecResult, JumpboxAccess } from '../types.ts';
import { readIfThere, statIfThere } from './disk.ts';

/** A check that hangs says nothing. */
const commandTimeoutMs = 20_000;

function run(command: string, cwd: string, env: NodeJS.ProcessEnv, timeoutMs: number): Promise<ExecResult> {
  const attempt = (shell: string) =>
    new Promise<ExecResult>((resolve, reject) => {
      const child = spawn(shell, ['-c', command], {
        cwd,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: timeoutMs,
      });
      const output = { stdout: '', stderr: '' };
      for (const stream of ['stdout', 'stderr'] as const) {
        child[stream].setEncoding('utf8');
        child[stream].on('data', (text: string) => {
          output[stream] += text;
        });
      }
      child.on('error', reject);
      child.on('close', (code, signal) => {
        if (signal === 'SIGTERM') output.stderr += `stopped: no end after ${timeoutMs / 1000} s\n`;
        resolve({ exitCode: code ?? 143, ...output });
      });
    });
  return attempt('bash').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return attempt('sh');
    throw error;
  });
}

/** The learner's side. `env` is that of the lab's shell: PATH with the lab's tools first. */
export function createJumpbox(
  folder: string,
  env: NodeJS.ProcessEnv,
  timeoutMs = commandTimeoutMs,
): JumpboxAccess {
  const at = (path: string) => (path.startsWith('/') ? path : join(folder, path));
  return {
    readFile: (path) => readIfThere(at(path)),
    stat: (path) => statIfThere(at(path)),
    exec: (command) => run(command, folder, env, timeoutMs),
  };
}
