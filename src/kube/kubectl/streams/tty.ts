import type { Readable, Writable } from 'node:stream';

/** process.stdin, as far as a terminal matters. */
export type Input = Readable & {
  readonly isTTY?: boolean;
  readonly isRaw?: boolean;
  setRawMode?(raw: boolean): unknown;
};

/** process.stdout likewise; emits 'resize'. */
export type Output = Writable & { readonly columns?: number; readonly rows?: number };

/** Models client-go tools/remotecommand TerminalSize; it goes over the wire as JSON. */
export interface TerminalSize {
  readonly Width: number;
  readonly Height: number;
}

export const isTerminal = (input: Input) => input.isTTY === true && input.setRawMode !== undefined;

/**
 * Every key goes through as it is typed while `work` runs: Ctrl+C is for the far end. The terminal is given back however
 * that ends.
 */
export async function inRawMode<T>(input: Input, work: () => Promise<T>): Promise<T> {
  const before = input.isRaw ?? false;
  input.setRawMode?.(true);
  try {
    return await work();
  } finally {
    input.setRawMode?.(before);
  }
}

/** Tells the size now and whenever it changes; the result stops that. */
export function watchSize(output: Output, tell: (size: TerminalSize) => void): () => void {
  const report = () => {
    if (output.columns !== undefined && output.rows !== undefined)
      tell({ Width: output.columns, Height: output.rows });
  };
  report();
  output.on('resize', report);
  return () => output.off('resize', report);
}
