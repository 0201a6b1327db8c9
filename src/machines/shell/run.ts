import { errorMessage } from '../../lib/errors.ts';
import { outputBytes, shellInput, textBytes } from '../../lib/shell-bytes.ts';
import type { Identity } from '../../usernet/identity.ts';
import type { Workspace } from '../workspace.ts';
import type { ExecResult } from './just-bash.ts';
import { createMachineShell, mayRunLive, tryParse } from './session.ts';

export interface RunOptions {
  readonly workspace: Workspace;
  readonly identity: Identity;
  readonly script: string;
  readonly stdin?: Uint8Array;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string | undefined;
  readonly signal: AbortSignal;
  write(stream: 'stdout' | 'stderr', data: Uint8Array): void;
}

/** Runs one script in a shell of its own and resolves with its exit code. */
export async function runScript(options: RunOptions): Promise<number> {
  const { signal, write } = options;
  const shell = createMachineShell({
    workspace: options.workspace,
    identity: options.identity,
    signal: () => signal,
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  shell.machine.fs.onProblem = (message) => write('stderr', Buffer.from(message));
  const parsed = tryParse(options.script);
  const live = parsed !== undefined && (await mayRunLive(parsed, shell.machine, options.cwd ?? '/root'));
  if (live) {
    shell.setLive({ terminal: false, write: (stream, data) => write(stream, Buffer.from(data)) });
  }
  let result: ExecResult;
  try {
    result = await shell.bash.exec(options.script, {
      rawScript: true,
      signal,
      ...shellInput(options.stdin ?? new Uint8Array()),
    });
  } catch (error) {
    // just-bash lets some errors of the file system through, such as a redirection out of the machine's root.
    result = { stdout: '', stderr: `bash: ${errorMessage(error)}\n`, exitCode: 1 };
  }
  if (result.stdout !== '') write('stdout', outputBytes(result));
  if (result.stderr !== '') write('stderr', textBytes(result.stderr));
  return signal.aborted ? 130 : result.exitCode;
}
