import { errorCode, LabError } from './errors.ts';

/** What a program gets from the world. */
export interface ProgramContext {
  readonly name: string;
  /** Arguments after the program's name. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Aborted by SIGTERM or SIGINT: stop serving, then return. */
  readonly signal: AbortSignal;
}

/**
 * Runs a program's main function as a process: its number is the exit code; a {@link LabError} is printed as one line,
 * as is what the system refuses; anything else is our own mistake and keeps its stack.
 */
export function runProgram(name: string, main: (context: ProgramContext) => Promise<number>): void {
  const stop = new AbortController();
  let signals = 0;
  const onSignal = (signal: NodeJS.Signals) => {
    signals++;
    stop.abort();
    // The second signal is a person (or systemd) who has waited long enough.
    if (signals > 1) process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  // A reader such as `head` that goes away early is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

  main({ name, args: process.argv.slice(2), env: process.env, signal: stop.signal }).then(
    (exitCode) => exitAfterFlush(exitCode),
    (error: unknown) => {
      const text =
        error instanceof LabError
          ? error.toString()
          : error instanceof Error
            ? isFromOutside(error)
              ? error.message
              : error.stack
            : String(error);
      process.stderr.write(`${name}: ${text?.replace(`${name}: `, '')}\n`);
      exitAfterFlush(error instanceof LabError ? error.exitCode : 1);
    },
  );
}

/** Whether the system or OpenSSL refused something, rather than that we made a mistake: then a stack tells nobody anything. */
const isFromOutside = (error: Error) => /^E[A-Z0-9]+$|^ERR_(OSSL|SSL|TLS)_/.test(errorCode(error) ?? '');

/** process.exit() would cut off what a pipe has not taken yet. */
function exitAfterFlush(exitCode: number): void {
  process.exitCode = exitCode;
  process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode)));
}
