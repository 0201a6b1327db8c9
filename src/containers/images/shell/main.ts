import { readFileSync } from 'node:fs';
import { serialize } from 'just-bash';
import { whenAborted } from '../../../lib/abort.ts';
import { errorMessage } from '../../../lib/errors.ts';
import { runProgram } from '../../../lib/program.ts';
import { outputBytes, shellInput, textBytes } from '../../../lib/shell-bytes.ts';
import { shellQuote } from '../../../lib/shell-quote.ts';
import { interactive } from './interactive.ts';
import { createShell, isSingleCommand, tryParse } from './session.ts';
import { streamScript } from './stream-output.ts';
import { withRelativeNames } from './tar-arguments.ts';

/*
 * /bin/sh of the images, and the tools that the shell brings (ls, grep, sed …): `sh -c TEXT`, `sh FILE`, `sh` on standard
 * input or on a terminal, and `ls -l /` by the name it was called by.
 */

/** Commands that read standard input when they are given nothing else. */
const readers =
  /\b(cat|read|tee|grep|sed|awk|sort|wc|head|tail|tr|cut|xargs|base64|tar|nc|md5sum|sha256sum|gunzip|gzip|sh|bash|uniq|tac|od)\b/;

async function readAll(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

interface Script {
  readonly text: string;
  readonly args: readonly string[];
  readonly options: readonly string[];
}

/** What the command line asks to run; undefined: a script from standard input, or a person. */
function scriptOf(args: readonly string[]): Script | undefined {
  const [name = 'sh', ...rest] = args;
  if (name === 'tar') {
    const { args: words, changed } = withRelativeNames(rest);
    if (changed) process.stderr.write("tar: removing leading '/' from member names\n");
    return { text: [name, ...words].map(shellQuote).join(' '), args: [], options: [] };
  }
  if (name !== 'sh' && name !== 'bash')
    return { text: args.map(shellQuote).join(' '), args: [], options: [] };
  const options: string[] = [];
  let at = 0;
  let isCommand = false;
  for (; at < rest.length && /^-[a-z]+$/.test(rest[at]!); at++) {
    for (const letter of rest[at]!.slice(1)) {
      if (letter === 'c') isCommand = true;
      else if ('eux'.includes(letter)) options.push(letter);
      else if (!'il'.includes(letter)) throw new Error(`${name}: -${letter}: invalid option`);
    }
  }
  const operand = rest[at];
  if (isCommand) {
    if (operand === undefined) throw new Error(`${name}: -c: option requires an argument`);
    return { text: operand, args: rest.slice(at + 2), options };
  }
  if (operand === undefined) return undefined;
  return { text: readScript(name, operand), args: rest.slice(at + 1), options };
}

function readScript(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new Error(`${name}: can't open '${file}': No such file or directory`);
  }
}

runProgram('sh', async ({ args, env, signal }) => {
  let script: Script | undefined;
  try {
    script = scriptOf(args);
  } catch (error) {
    process.stderr.write(`${errorMessage(error)}\n`);
    return 2;
  }
  const isInteractive = env.K8S_LAB_TTY === '1' || args.includes('-i');
  if (script === undefined && isInteractive) return interactive(env, process.cwd(), signal);
  script ??= { text: (await readAll()).toString('utf8'), args: [], options: [] };

  const parsed = tryParse(script.text);
  const live = isSingleCommand(parsed);
  const shell = createShell({ env, cwd: process.cwd(), signal: () => signal, isLive: () => live });
  const words = script.args.length > 0 ? `set -- ${script.args.map(shellQuote).join(' ')}\n` : '';
  const options = script.options.length > 0 ? `set -${script.options.join('')}\n` : '';
  const text = parsed === undefined ? script.text : serialize(streamScript(parsed));
  // just-bash takes its input as a whole, so a script that may read it waits for its end; the others start at once.
  const stdin = !isInteractive && readers.test(script.text) ? await readAll() : undefined;
  const running = shell.exec(options + words + text, {
    rawScript: true,
    signal,
    ...shellInput(stdin ?? Buffer.alloc(0)),
  });
  const result = await Promise.race([running, whenAborted(signal)]).catch((error: unknown) => {
    process.stderr.write(`sh: ${errorMessage(error)}\n`);
    return { stdout: '', stderr: '', exitCode: 1 };
  });
  if (result === undefined || signal.aborted) return 143;
  process.stdout.write(outputBytes(result));
  process.stderr.write(textBytes(result.stderr));
  return result.exitCode;
});
