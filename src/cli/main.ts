import { asciiLetters, wantsAscii } from '../lib/letters.ts';
import { askTerminal } from './io.ts';
import { runCli } from './program.ts';

/** A terminal gets letters that it has; a file or a program the text as it is. */
const written = (stream: NodeJS.WriteStream) => {
  const plain = stream.isTTY === true && wantsAscii(process.env);
  return (text: string) => stream.write(plain ? asciiLetters(text) : text);
};

process.exitCode = await runCli(process.argv.slice(2), {
  out: written(process.stdout),
  err: written(process.stderr),
  env: process.env,
  stdinIsTty: process.stdin.isTTY === true,
  stdoutIsTty: process.stdout.isTTY === true,
  // `doctor | tee FILE` is run in a terminal all the same: standard error knows it.
  columns: process.stdout.columns ?? process.stderr.columns,
  rows: process.stdout.rows ?? process.stderr.rows,
  ask: askTerminal,
  signal: stopSignal(),
});

/** Aborted by the first Ctrl+C or SIGTERM; the second ends the process at once. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(name === 'SIGINT' ? 130 : 143);
      controller.abort();
    });
  }
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  return controller.signal;
}
