import type { Cluster } from '../cluster/cluster.ts';
import type { FlagSpecs, ParsedArgs } from './flags.ts';
import type { GlobalFlags } from './global-flags.ts';
import type { Terminal } from './terminal.ts';

/** What a command works with. */
export interface Session extends Terminal {
  readonly global: GlobalFlags;
  /** `kubectl get`, for hints at --help. */
  readonly path: string;
  /** The cluster of the chosen context; nothing is read or connected before. */
  cluster(): Cluster;
  print(text: string): void;
  warn(text: string): void;
}

export interface Command<S extends FlagSpecs = FlagSpecs> {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
  /** What follows the command's name, such as `TYPE NAME`. */
  readonly usage?: string;
  readonly flags?: S;
  readonly subcommands?: readonly Command[];
  /** Resolves to the exit code; nothing means 0. */
  readonly run?: (session: Session, args: ParsedArgs<S>) => Promise<number | undefined>;
}

/** A command whose run() sees the types of its own flags. */
export function command<const S extends FlagSpecs>(definition: {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
  readonly usage?: string;
  readonly flags?: S;
  readonly subcommands?: readonly Command[];
  // biome-ignore lint/suspicious/noConfusingVoidType: a command that has nothing to say about its exit code returns nothing
  readonly run?: (session: Session, args: ParsedArgs<S>) => Promise<number | void>;
}): Command {
  return definition as unknown as Command;
}
