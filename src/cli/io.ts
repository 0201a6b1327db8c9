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
  /** What the person at the terminal types after a question. Rejects with an AbortError at Ctrl+C. */
  readonly ask: (question: string, signal: AbortSignal) => Promise<string>;
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
  try {
    return /^y(es)?$/i.test((await io.ask(`${question} [y/N] `, io.signal)).trim());
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
    io.out('\nNothing changed.\n');
    throw new SilentExit(130);
  }
}

/** Asks on the process's own terminal; the end of the input (Ctrl+D) is an empty answer. */
export async function askTerminal(question: string, signal: AbortSignal): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  const reader = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const closed = new Promise<string>((resolve) => reader.once('close', () => resolve('')));
    return await Promise.race([reader.question(question, { signal }), closed]);
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
