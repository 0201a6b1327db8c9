import { styleText } from 'node:util';
import { UsageError } from '../lib/errors.ts';

/** What a command may know of the terminal and the process: replaced in tests. */
export interface CliIo {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly env: NodeJS.ProcessEnv;
  readonly stdinIsTty: boolean;
  readonly stdoutIsTty: boolean;
  /** Size of the terminal; undefined without one. */
  readonly columns: number | undefined;
  readonly rows: number | undefined;
  /** Aborted by Ctrl+C or SIGTERM. */
  readonly signal: AbortSignal;
}

/** Options that every command takes. */
export interface CommonOptions {
  readonly workspace?: string;
  readonly topology?: string;
}

export type Mark = 'pass' | 'fail' | 'blocked' | 'error' | 'todo' | 'done';

const marks: Readonly<Record<Mark, { sign: string; color: 'green' | 'red' | 'yellow' | 'magenta' | 'dim' }>> =
  {
    pass: { sign: '✔', color: 'green' },
    done: { sign: '✔', color: 'dim' },
    fail: { sign: '✖', color: 'red' },
    blocked: { sign: '…', color: 'yellow' },
    error: { sign: '!', color: 'magenta' },
    todo: { sign: '·', color: 'dim' },
  };

type Style = Parameters<typeof styleText>[0];

/** Colours only where a person looks on: never in a pipe, never with NO_COLOR. */
export function style(io: CliIo, format: Style, text: string): string {
  const colored = io.stdoutIsTty && (io.env.NO_COLOR ?? '') === '' && io.env.TERM !== 'dumb';
  return colored ? styleText(format, text, { validateStream: false }) : text;
}

export const mark = (io: CliIo, name: Mark) => style(io, marks[name].color, marks[name].sign);

/** `0.4 s`, `12.3 s`. */
export const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

/** A question that only `y` or `yes` answers with yes. Throws {@link UsageError} when nobody is there to answer. */
export async function confirm(io: CliIo, question: string): Promise<boolean> {
  if (!io.stdinIsTty) throw new UsageError(`${question} Nobody can answer here`, { remedy: 'pass --yes' });
  const { createInterface } = await import('node:readline/promises');
  const reader = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await reader.question(`${question} [y/N] `, { signal: io.signal });
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    // Ctrl+C at the question.
    if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
    io.out('\nNothing changed.\n');
    throw new SilentExit(130);
  } finally {
    reader.close();
  }
}

/** Ends a command that has said all there is to say. */
export class SilentExit extends Error {
  readonly exitCode: number;
  constructor(exitCode: number) {
    super(`exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}
