/** The smallest terminal that the course's screens fit in. */
export const smallestScreen = { columns: 80, rows: 24 } as const;

export interface TerminalFacts {
  readonly env: NodeJS.ProcessEnv;
  readonly stdinIsTty: boolean;
  readonly stdoutIsTty: boolean;
  /** Undefined without a terminal. */
  readonly columns: number | undefined;
  readonly rows: number | undefined;
}

/** What stands in the way of the screens, or undefined where a person can look at them. */
export function whyNoScreens(terminal: TerminalFacts): string | undefined {
  const { env, columns = 0, rows = 0 } = terminal;
  if (!terminal.stdinIsTty || !terminal.stdoutIsTty) return 'this is no terminal';
  if ((env.CI ?? '') !== '' && env.CI !== 'false') return 'CI is set';
  if (env.TERM === 'dumb') return 'the terminal cannot move its cursor';
  if (columns < smallestScreen.columns || rows < smallestScreen.rows) {
    return `the terminal has ${columns}×${rows} characters and the course wants ${smallestScreen.columns}×${smallestScreen.rows}`;
  }
  return undefined;
}
