import type { Readable } from 'node:stream';

/** What a small tool gets, in the toolbox or as a command of the shell. */
export interface AppletContext {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin: Readable;
  readonly signal: AbortSignal;
  out(text: string | Uint8Array): void;
  err(text: string): void;
}

/** Resolves with the exit code. */
export type Applet = (context: AppletContext) => number | Promise<number>;

/** Variables of the lab's own that a container's processes carry and its programs need not see. */
export const isOwnVariable = (name: string) => name.startsWith('K8S_LAB_');
