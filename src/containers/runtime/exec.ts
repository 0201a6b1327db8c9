import { randomBytes } from 'node:crypto';
import { errorMessage } from '../../lib/errors.ts';
import { GrpcCode, GrpcError } from '../../lib/grpc/status.ts';
import { containerIdentity } from './container-spec.ts';
import type { Containers } from './containers.ts';
import type { RuntimeContext } from './context.ts';
import { execFailure, findExecutable } from './executable.ts';
import type { ContainerProcess } from './processes.ts';

export interface ExecOptions {
  readonly command: readonly string[];
  readonly tty: boolean;
  readonly stdin: boolean;
}

/** More than this of either stream is cut off (Models execSync's limit in containerd). */
const maxOutputBytes = 16 << 20;

/** Starts another process in a running container: the same files, the same network. Throws GrpcError. */
export async function startExec(
  context: RuntimeContext,
  containers: Containers,
  id: string,
  options: ExecOptions,
): Promise<ContainerProcess> {
  const record = containers.get(id);
  // Throws unless it runs.
  const io = containers.io(record.id);
  const sandbox = context.sandboxes.get(record.sandboxId, 'failed to find sandbox id');
  try {
    const executable = findExecutable(options.command, {
      mounts: record.mounts,
      cwd: record.cwd,
      path: record.env.PATH ?? '',
    });
    const process = await context.processes.start({
      executable,
      identity: containerIdentity(context, sandbox, record.mounts),
      env: { ...record.env, ...(options.tty ? { K8S_LAB_TTY: '1', TERM: record.env.TERM ?? 'xterm' } : {}) },
      cwd: record.cwd,
      stdin: options.stdin,
    });
    io.accompany(process);
    return process;
  } catch (error) {
    throw new GrpcError(GrpcCode.Unknown, execFailure(randomBytes(32).toString('hex'), errorMessage(error)), {
      cause: error,
    });
  }
}

/** Runs a command to its end. Throws GrpcError DeadlineExceeded after the timeout (0: none), having killed it. */
export async function execSync(
  context: RuntimeContext,
  containers: Containers,
  id: string,
  command: readonly string[],
  timeoutSeconds: number,
): Promise<{ stdout: Buffer; stderr: Buffer; exitCode: number }> {
  const process = await startExec(context, containers, id, { command, tty: false, stdin: false });
  const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  for (const stream of ['stdout', 'stderr'] as const) {
    let size = 0;
    process[stream].on('data', (chunk: Buffer) => {
      if (size < maxOutputBytes) output[stream].push(chunk.subarray(0, maxOutputBytes - size));
      size += chunk.length;
    });
  }
  let timedOut = false;
  const timer =
    timeoutSeconds > 0
      ? setTimeout(() => {
          timedOut = true;
          process.kill('SIGKILL', true);
        }, timeoutSeconds * 1000)
      : undefined;
  const exitCode = (await process.exited) ?? 255;
  clearTimeout(timer);
  if (timedOut) {
    throw new GrpcError(
      GrpcCode.DeadlineExceeded,
      `failed to exec in container: timeout ${timeoutSeconds}s exceeded: context deadline exceeded`,
    );
  }
  return { stdout: Buffer.concat(output.stdout), stderr: Buffer.concat(output.stderr), exitCode };
}
