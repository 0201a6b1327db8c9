/*
 * just-bash runs scripts on text: where a script joins what two commands printed, or a command reads a file as text,
 * bytes that are no UTF-8 are lost. So inside a shell all data is escaped (byte-text.ts), and is turned back at its
 * edges: files, standard input and output, programs, and the few commands for which a byte is a byte.
 *
 *   stdin ─ escape ─▶ ┌ shell: only valid UTF-8 ┐ ─ unescape ─▶ stdout, stderr
 *   files ◀─ escapedFiles ─▶ │ grep sed awk $(…) │ ◀─ keepBytes ─▶ base64, od, tar, programs: raw bytes
 */
import { isUtf8 } from 'node:buffer';
import type { Bash, Command, ExecResult, IFileSystem, ResolvedCommandContext } from 'just-bash';
import { latin1FromBytes, unsafeBytesFromLatin1 } from 'just-bash';
import { escapeBytes, unescapeBytes } from './byte-text.ts';

type Output = Pick<ExecResult, 'stdout' | 'stdoutKind' | 'stdoutEncoding'>;
type Encoding = Parameters<IFileSystem['readFile']>[1];

/** Commands of just-bash that count, cut, pack or translate bytes. */
const byteCommands = 'base64 file gunzip gzip head md5sum sha1sum sha256sum split tail tar wc zcat'.split(
  ' ',
);

const isBytes = (result: Output) => result.stdoutKind === 'bytes' || result.stdoutEncoding === 'binary';
const asBytes = (result: Output) => Buffer.from(result.stdout, isBytes(result) ? 'latin1' : 'utf8');
const encodingOf = (options: Encoding) =>
  (typeof options === 'string' ? options : options?.encoding) ?? 'utf8';

/** Standard input for `Bash.exec`; nothing for no input, which leaves the shell without one. */
export function shellInput(bytes: Uint8Array): { stdin?: string; stdinKind?: 'bytes' } {
  return bytes.length === 0 ? {} : { stdin: escapeBytes(bytes).toString('latin1'), stdinKind: 'bytes' };
}

/** The bytes that a script printed. */
export const outputBytes = (result: Output): Buffer => unescapeBytes(asBytes(result));

/** The bytes of a text from inside the shell: its standard error, what it writes to a device. */
export const textBytes = (text: string): Buffer => unescapeBytes(Buffer.from(text));

/** Bytes as text for inside the shell: a program's standard error. */
export const bytesText = (bytes: Uint8Array): string => escapeBytes(bytes).toString();

/** Files as the shell's text commands may see them. What is written to them arrives on `raw` as bytes. */
export function escapedFiles<F extends IFileSystem>(raw: F): F {
  const read = async (path: string) => escapeBytes(await raw.readFileBuffer(path));
  const plain = (content: string | Uint8Array, options: Encoding) =>
    unescapeBytes(typeof content === 'string' ? Buffer.from(content, encodingOf(options)) : content);
  const own: Partial<IFileSystem> = {
    readFile: async (path, options) => (await read(path)).toString(encodingOf(options)),
    readFileBytes: async (path) => unsafeBytesFromLatin1((await read(path)).toString('latin1')),
    readFileBuffer: read,
    writeFile: (path, content, options) => raw.writeFile(path, plain(content, options)),
    appendFile: (path, content, options) => raw.appendFile(path, plain(content, options)),
  };
  return new Proxy(raw, {
    get(target, key) {
      if (Object.hasOwn(own, key)) return Reflect.get(own, key);
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/**
 * Gives `byteCommands`, and those named in `more`, the bytes themselves: of their input and of the `raw` files. What
 * they print as bytes is escaped again.
 */
export function keepBytes(bash: Bash, raw: IFileSystem, more: readonly string[]): void {
  const commands: unknown = Reflect.get(bash, 'commands');
  if (!(commands instanceof Map)) throw new Error('this just-bash keeps its commands elsewhere');
  const table = commands as Map<string, Command>;
  const wrap = (name: string, change: (command: Command) => Command['execute']) => {
    const command = table.get(name);
    if (command !== undefined) table.set(name, { ...command, execute: change(command) });
  };
  for (const name of table.keys())
    wrap(name, (command) => (args, context) => command.execute(args.map(repaired), context));
  for (const name of [...byteCommands, ...more]) {
    wrap(name, (command) => async (args, context) => {
      const result = await command.execute(args, rawContext(context, raw));
      return isBytes(result)
        ? { ...result, stdout: escapeBytes(asBytes(result)).toString('latin1') }
        : result;
    });
  }
  wrap('tar', (command) => async (args, context) => {
    const toOutput = args.some(
      (arg, index) => arg === '--to-stdout' || (/^-?\w*O\w*$/.test(arg) && (index === 0 || arg[0] === '-')),
    );
    // just-bash decodes each file there, so that only text would arrive.
    if (!toOutput) return command.execute(args, context);
    return { stdout: '', stderr: 'tar: -O is not supported in the lab: unpack into a folder\n', exitCode: 2 };
  });
  wrap('printf', (command) => (args, context) => command.execute(printfArguments(args), context));
  wrap('echo', (command) => (args, context) => command.execute(echoArguments(args), context));
}

/** The context of a command that gets raw bytes. To look at the input is to take it from who reads next: only on demand. */
function rawContext(context: ResolvedCommandContext, raw: IFileSystem): ResolvedCommandContext {
  return Object.defineProperties({} as ResolvedCommandContext, {
    ...Object.getOwnPropertyDescriptors(context),
    fs: { value: raw },
    stdin: {
      get: () => {
        const input = unescapeBytes(Buffer.from(latin1FromBytes(context.stdin), 'latin1'));
        return unsafeBytesFromLatin1(input.toString('latin1'));
      },
    },
  });
}

/** `read` of just-bash leaves the bytes of its input in variables, one a character; in a word they are text again. */
const repaired = (word: string): string =>
  word.replace(/[\x80-\xff]{2,}/g, (run) => {
    const bytes = Buffer.from(run, 'latin1');
    return isUtf8(bytes) ? bytes.toString() : run;
  });

/** Backslash escapes of bytes beyond ASCII as what stands for those bytes inside the shell. `\\` stays. */
function literalBytes(text: string, octal: string): string {
  const run = new RegExp(`\\\\\\\\|(?:\\\\x[89a-fA-F][0-9a-fA-F]|${octal}[23][0-7]{2})+`, 'g');
  return text.replace(run, (escapes) => {
    if (escapes === '\\\\') return escapes;
    const numbers = escapes.slice(1).split('\\');
    return bytesText(
      Uint8Array.from(numbers, (number) =>
        number.startsWith('x') ? Number.parseInt(number.slice(1), 16) : Number.parseInt(number, 8),
      ),
    );
  });
}

function printfArguments(args: readonly string[]): string[] {
  const at = args[0] === '-v' ? 2 : args[0] === '--' ? 1 : 0;
  const expandsWords = args[at]?.includes('%b') === true;
  return args.map((arg, index) => {
    if (index === at) return literalBytes(arg, '\\\\');
    return index > at && expandsWords ? literalBytes(arg, '\\\\0?') : arg;
  });
}

function echoArguments(args: readonly string[]): string[] {
  const isOption = (arg: string) => /^-[neE]+$/.test(arg);
  const first = args.findIndex((arg) => !isOption(arg));
  const options = (first < 0 ? args : args.slice(0, first)).join('');
  return options.includes('e') ? args.map((arg) => literalBytes(arg, '\\\\0')) : [...args];
}
