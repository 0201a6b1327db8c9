import { command, fail, ok } from '../command.ts';
import { type Command, latin1FromBytes, type ResolvedCommandContext } from '../just-bash.ts';
import { odDump, parseOd } from './od.ts';

/** Commands that show what a file holds, byte by byte: a secret in etcd, a certificate in DER. */
export const dumpCommands: Command[] = [
  command('od', (args, context) => refusing('od', () => od(args, context))),
  command('hexdump', (args, context) => refusing('hexdump', () => hexdump(args, context))),
  command('xxd', (args, context) => refusing('xxd', () => xxd(args, context))),
  command('cmp', (args, context) => refusing('cmp', () => cmp(args, context), 2)),
];

class Refusal extends Error {}

async function refusing(name: string, run: () => Promise<ReturnType<typeof ok>>, exitCode = 1) {
  try {
    return await run();
  } catch (error) {
    if (error instanceof Refusal) return fail(`${name}: ${error.message}\n`, exitCode);
    throw error;
  }
}

async function readInput(context: ResolvedCommandContext, path: string): Promise<Buffer> {
  if (path === '-') return Buffer.from(latin1FromBytes(context.stdin), 'latin1');
  const full = context.fs.resolvePath(context.cwd, path);
  const stat = await context.fs.stat(full).catch(() => undefined);
  if (stat === undefined) throw new Refusal(`${path}: No such file or directory`);
  if (stat.isDirectory) throw new Refusal(`${path}: Is a directory`);
  return Buffer.from(await context.fs.readFileBuffer(full));
}

const readInputs = async (context: ResolvedCommandContext, paths: readonly string[]) =>
  Buffer.concat(
    await Promise.all((paths.length === 0 ? ['-'] : paths).map((path) => readInput(context, path))),
  );

/** A count as the tools read it: decimal, 0x hexadecimal or 0 octal. */
function parseCount(text: string | undefined, option: string): number {
  if (text === undefined) throw new Refusal(`option requires an argument -- '${option}'`);
  if (!/^(0x[0-9a-f]+|[0-9]+)$/i.test(text)) throw new Refusal(`invalid number '${text}'`);
  return /^0[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number(text);
}

interface Options {
  readonly letters: ReadonlySet<string>;
  readonly counts: Readonly<Record<string, number>>;
  readonly paths: readonly string[];
}

/** Reads `-C -n 16 FILE`: letters with a count, and letters without. */
function parseOptions(args: readonly string[], switches: string, counted: string): Options {
  const letters = new Set<string>();
  const counts: Record<string, number> = {};
  const paths: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!;
    if (!arg.startsWith('-') || arg === '-') {
      paths.push(arg);
      continue;
    }
    for (let at = 1; at < arg.length; at++) {
      const letter = arg[at]!;
      if (counted.includes(letter)) {
        counts[letter] = parseCount(arg.slice(at + 1) || args[++index], letter);
        break;
      }
      if (!switches.includes(letter)) throw new Refusal(`invalid option -- '${letter}'`);
      letters.add(letter);
    }
  }
  return { letters, counts, paths };
}

const printable = (bytes: Uint8Array) =>
  Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');

/** Lines of `width` bytes; a line like the one before is left out, and the first of such a run becomes `*`. */
function* lines(data: Buffer, width: number, squeeze: boolean): Generator<{ at: number; bytes?: Buffer }> {
  let before: Buffer | undefined;
  let starred = false;
  for (let at = 0; at < data.length; at += width) {
    const bytes = data.subarray(at, at + width);
    if (squeeze && before?.equals(bytes) === true) {
      if (!starred) yield { at };
      starred = true;
      continue;
    }
    starred = false;
    before = bytes;
    yield { at, bytes };
  }
}

async function od(args: readonly string[], context: ResolvedCommandContext) {
  const options = parseOd(args, (text, option) => parseCount(text, option));
  if (typeof options === 'string') throw new Refusal(options);
  const all = await readInputs(context, options.paths);
  if (options.skip > all.length) throw new Refusal('cannot skip past end of combined input');
  const data = all.subarray(options.skip, options.skip + options.limit);
  return ok(odDump(data, options, lines(data, options.width, options.squeeze)));
}

async function hexdump(args: readonly string[], context: ResolvedCommandContext) {
  const { letters, counts, paths } = parseOptions(args, 'Cvx', 'ns');
  const skip = counts.s ?? 0;
  const data = (await readInputs(context, paths)).subarray(skip, skip + (counts.n ?? Infinity));
  const canonical = letters.has('C');
  const digits = canonical ? 8 : 7;
  const rows: string[] = [];
  for (const { at, bytes } of lines(data, 16, !letters.has('v'))) {
    if (bytes === undefined) rows.push('*');
    else if (canonical) {
      const pairs = Array.from(bytes, (byte) => hex(byte, 2));
      const halves = `${pairs.slice(0, 8).join(' ').padEnd(23)}  ${pairs.slice(8).join(' ').padEnd(23)}`;
      rows.push(`${hex(skip + at, digits)}  ${halves}  |${printable(bytes)}|`);
    } else {
      const words = Array.from({ length: 8 }, (_, index) => {
        const low = bytes[2 * index];
        return low === undefined ? '' : hex(low + ((bytes[2 * index + 1] ?? 0) << 8), 4);
      });
      const gap = letters.has('x') ? '    ' : ' ';
      rows.push(`${hex(skip + at, digits)}${words.map((word) => gap + word.padEnd(4)).join('')}`);
    }
  }
  if (data.length > 0) rows.push(hex(skip + data.length, digits));
  return ok(rows.map((row) => `${row}\n`).join(''));
}

async function xxd(args: readonly string[], context: ResolvedCommandContext) {
  const { letters, counts, paths } = parseOptions(args, 'pru', 'lsc');
  if (letters.has('r')) {
    const text = (await readInputs(context, paths)).toString('latin1');
    const digits = letters.has('p')
      ? text
      : text
          .split('\n')
          .map((line) => line.replace(/^[0-9a-fA-F]+: ?/, '').split('  ')[0])
          .join('');
    const bytes = Buffer.from(digits.replace(/\s/g, ''), 'hex');
    return { ...ok(bytes.toString('latin1')), stdoutKind: 'bytes' as const };
  }
  const skip = counts.s ?? 0;
  const data = (await readInputs(context, paths)).subarray(skip, skip + (counts.l ?? Infinity));
  const width = counts.c ?? (letters.has('p') ? 30 : 16);
  const rows: string[] = [];
  for (let at = 0; at < data.length; at += width) {
    const bytes = data.subarray(at, at + width);
    const digits = bytes.toString('hex');
    const shown = letters.has('u') ? digits.toUpperCase() : digits;
    if (letters.has('p')) rows.push(shown);
    else {
      const groups = shown
        .match(/.{1,4}/g)!
        .join(' ')
        .padEnd(Math.ceil(width / 2) * 5 - 1 - (width % 2) * 2);
      rows.push(`${hex(skip + at, 8)}: ${groups}  ${printable(bytes)}`);
    }
  }
  return ok(rows.map((row) => `${row}\n`).join(''));
}

async function cmp(args: readonly string[], context: ResolvedCommandContext) {
  const { letters, paths } = parseOptions(args, 's', '');
  const [first, second = '-'] = paths;
  if (first === undefined) throw new Refusal('missing operand');
  const a = await readInput(context, first);
  const b = await readInput(context, second);
  const length = Math.min(a.length, b.length);
  let at = 0;
  while (at < length && a[at] === b[at]) at++;
  if (at === length && a.length === b.length) return ok();
  const line = a.subarray(0, at).toString('latin1').split('\n').length;
  if (letters.has('s')) return fail('');
  if (at < length) return { ...ok(`${first} ${second} differ: byte ${at + 1}, line ${line}\n`), exitCode: 1 };
  const shorter = a.length < b.length ? first : second;
  if (at === 0) return fail(`cmp: EOF on ${shorter} which is empty\n`);
  const ended = a[at - 1] === 0x0a ? line - 1 : line;
  const where = a[at - 1] === 0x0a ? `line ${ended}` : `in line ${ended}`;
  return fail(`cmp: EOF on ${shorter} after byte ${at}, ${where}\n`);
}
