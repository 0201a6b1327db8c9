import { shellQuote } from '../../lib/shell-quote.ts';
import type { Identity } from '../../usernet/identity.ts';
import type { LabClient } from '../client.ts';
import type { Workspace } from '../workspace.ts';
import type { MachineFs } from './filesystem.ts';
import { type Command, defineCommand, type ExecResult, type ResolvedCommandContext } from './just-bash.ts';

/** What the commands of a machine's shell know. */
export interface ShellMachine {
  /** The machine's name. */
  readonly name: string;
  readonly root: string;
  readonly identity: Identity;
  readonly workspace: Workspace;
  readonly fs: MachineFs;
  /** labd, connected on first use. */
  lab(): Promise<LabClient>;
  /** Where a command may write while it runs: set when its output goes to the terminal and nowhere else. */
  readonly live: () => LiveOutput | undefined;
  /** Aborted when the learner presses Ctrl+C or hangs up. */
  readonly signal: () => AbortSignal;
}

export interface LiveOutput {
  write(stream: 'stdout' | 'stderr', data: string | Uint8Array): void;
  /** True when a program may use this process's own terminal. */
  readonly terminal: boolean;
}

export type Run = (args: string[], context: ResolvedCommandContext) => Promise<ExecResult> | ExecResult;

export const command = (name: string, run: Run): Command =>
  defineCommand(name, async (args, context) => run(args, context));

export const ok = (stdout = ''): ExecResult => ({ stdout, stderr: '', exitCode: 0 });
export const fail = (stderr: string, exitCode = 1): ExecResult => ({ stdout: '', stderr, exitCode });

/** A word as the shell would read it back; a plain one stays bare, by which a live command is known (session.ts). */
export const quoteWord = (word: string) => (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : shellQuote(word));
