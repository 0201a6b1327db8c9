import { createInterface } from 'node:readline';
import { defineCommand, serialize } from 'just-bash';
import { outputBytes, textBytes } from '../../../lib/shell-bytes.ts';
import { createShell, isSingleCommand, tryParse } from './session.ts';
import { streamScript } from './stream-output.ts';

/**
 * One long script for just-bash, so that `cd`, variables and functions last from line to line: a loop that asks for the
 * next statement (`__prompt`) and evaluates it.
 */
const sessionScript = '__exit=0; while __prompt; do eval "$__statement"; __exit=$?; done; exit $__exit';

const endings = [
  "'",
  '"',
  '`',
  ')',
  '}',
  '; }',
  '\ndone',
  '\nfi',
  '\nesac',
  '\n:; done',
  '\n:; fi',
  '; do :; done',
  '; then :; fi',
];

/** Whether more lines are needed: some closing word would make the text whole. */
function isIncomplete(text: string): boolean {
  if (text.endsWith('\\')) return true;
  const parsed = tryParse(text);
  if (parsed !== undefined) return JSON.stringify(parsed).includes('"terminated":false');
  return endings.some((ending) => tryParse(text + ending) !== undefined);
}

/** A shell for a person: prompt, one statement after the other. The terminal in between edits the lines and echoes. */
export async function interactive(
  env: NodeJS.ProcessEnv,
  cwd: string,
  terminate: AbortSignal,
): Promise<number> {
  let stop = new AbortController();
  let live = false;
  // Ctrl+C belongs to the command in the foreground.
  process.removeAllListeners('SIGINT');
  let interrupted: (() => void) | undefined;
  process.on('SIGINT', () => {
    stop.abort();
    interrupted?.();
  });
  terminate.addEventListener('abort', () => stop.abort(), { once: true });
  const lines: string[] = [];
  let waiting: ((line: string | undefined) => void) | undefined;
  let ended = false;
  const reader = createInterface({ input: process.stdin, terminal: false });
  reader.on('line', (line) => {
    if (waiting === undefined) lines.push(line);
    else waiting(line);
  });
  reader.on('close', () => {
    ended = true;
    waiting?.(undefined);
  });

  const nextLine = (prompt: string): Promise<string | undefined | null> => {
    process.stdout.write(prompt);
    const queued = lines.shift();
    if (queued !== undefined) return Promise.resolve(queued);
    if (ended) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const settle = (line: string | undefined | null) => {
        waiting = undefined;
        interrupted = undefined;
        resolve(line);
      };
      waiting = settle;
      interrupted = () => settle(null);
      terminate.addEventListener('abort', () => settle(undefined), { once: true });
    });
  };
  const nextStatement = async (folder: string): Promise<string | undefined> => {
    let text = '';
    for (;;) {
      const line = await nextLine(text === '' ? `${folder === env.HOME ? '~' : folder} # ` : '> ');
      if (line === undefined) return undefined;
      if (line === null) {
        text = '';
        continue;
      }
      text = text === '' ? line : `${text}\n${line}`;
      if (text.trim() !== '' && !isIncomplete(text)) return text;
      if (text.trim() === '') text = '';
    }
  };

  const shell = createShell({
    env,
    cwd,
    signal: () => stop.signal,
    isLive: () => live,
    commands: [
      defineCommand('__prompt', async (_args, context) => {
        live = false;
        stop = new AbortController();
        const statement = terminate.aborted ? undefined : await nextStatement(context.env.get('PWD') ?? '/');
        if (statement === undefined) return { stdout: '', stderr: '', exitCode: 1 };
        const parsed = tryParse(statement);
        live = isSingleCommand(parsed);
        const status = /\$\?/.test(statement) ? `(exit ${context.env.get('__exit') ?? '0'})\n` : '';
        const streamed = parsed === undefined ? statement : serialize(streamScript(parsed));
        await context.assignShellVariable!('__statement', status + streamed);
        return { stdout: '', stderr: '', exitCode: 0 };
      }),
    ],
  });
  const result = await shell.exec(sessionScript, { rawScript: true });
  if (result.stderr !== '') process.stderr.write(textBytes(result.stderr));
  if (result.stdout !== '') process.stdout.write(outputBytes(result));
  reader.close();
  process.stdin.destroy();
  return terminate.aborted ? 143 : result.exitCode;
}
