import { writeSync } from 'node:fs';

const enter = '\u001b[?1049h\u001b[2J\u001b[H\u001b[?25l';
const leave = '\u001b[?1049l\u001b[?25h\u001b[0m';

const deadly = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** The terminal while we have it: what stood in it before comes back, however the program ends. */
export interface TerminalGuard {
  /** The alternate screen, empty. */
  enter(): void;
  leave(): void;
  /** Called before a signal or a mistake of ours ends the program. */
  onDeath(listener: () => void): void;
  /** While another program has the terminal, Ctrl+C is meant for that one. */
  lend(isLent: boolean): void;
  /** Gives the signals back. */
  release(): void;
}

interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream & { readonly fd: number };
}

/** Takes the signals, and sees to it that the terminal is restored; {@link TerminalGuard.release} ends that. */
export function guardTerminal({ stdin, stdout }: Terminal): TerminalGuard {
  let inside = false;
  let lent = false;
  let dying = false;
  let beforeDeath: () => void = () => undefined;

  const restore = () => {
    // A terminal that is gone needs no restoring.
    try {
      if (stdin.isTTY && !lent) stdin.setRawMode(false);
      // Synchronously: the process may be about to die.
      if (inside) writeSync(stdout.fd, leave);
    } catch {}
    inside = false;
  };
  const die = (signal: keyof typeof deadly) => {
    // Where the terminal is gone, restoring it fails again, and tells so.
    if (dying) return;
    dying = true;
    beforeDeath();
    restore();
    if (signal !== 'SIGHUP') process.exit(deadly[signal]);
    // Node resets the terminal's mode when it exits, and aborts where there is no terminal any more.
    process.removeAllListeners('SIGHUP');
    process.kill(process.pid, 'SIGHUP');
  };
  const crash = (error: unknown) => {
    beforeDeath();
    restore();
    try {
      writeSync(2, `k8s-lab: ${error instanceof Error ? error.stack : String(error)}\n`);
    } catch {}
    process.exit(1);
  };
  const onSignal = (name: NodeJS.Signals) => {
    if (name === 'SIGINT' && lent) return;
    die(name as keyof typeof deadly);
  };
  // The window was closed: there is nobody to tell.
  const onStreamError = () => die('SIGHUP');

  // The command line's own handlers would wait for an end of work that a screen does not have.
  for (const name of Object.keys(deadly)) process.removeAllListeners(name).on(name, onSignal);
  process.on('exit', restore).on('uncaughtException', crash).on('unhandledRejection', crash);
  stdout.on('error', onStreamError);
  stdin.on('error', onStreamError);

  return {
    enter() {
      if (!inside) stdout.write(enter);
      inside = true;
    },
    leave: restore,
    onDeath(listener) {
      beforeDeath = listener;
    },
    lend(isLent) {
      lent = isLent;
    },
    release() {
      restore();
      process.off('exit', restore).off('uncaughtException', crash).off('unhandledRejection', crash);
      for (const name of Object.keys(deadly)) process.off(name, onSignal);
      stdout.off('error', onStreamError);
      stdin.off('error', onStreamError);
    },
  };
}
