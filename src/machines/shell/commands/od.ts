/*
 * `od`, as far as reading files in a lab needs it: offsets in any radix, bytes as characters, and integers of one to
 * eight bytes. Several `-t` print a line each, lined up as GNU od does it. Pure.
 */

type Format = 'c' | 'x' | 'o' | 'd' | 'u';

interface Type {
  readonly format: Format;
  /** Bytes of one value. */
  readonly size: number;
  /** A printed field with the blank before it. */
  readonly field: number;
  /** `z`: the bytes as text at the end of the line. */
  readonly text: boolean;
}

export interface OdOptions {
  readonly radix: 'd' | 'o' | 'x' | 'n';
  readonly types: readonly Type[];
  readonly skip: number;
  readonly limit: number;
  readonly width: number;
  readonly squeeze: boolean;
  readonly paths: readonly string[];
}

/** Digits of the widest value of a size, as od reserves them. */
const digits: Readonly<Record<Exclude<Format, 'c'>, (size: number) => number>> = {
  x: (size) => size * 2,
  o: (size) => Math.ceil((size * 8) / 3),
  u: (size) => (2n ** BigInt(size * 8) - 1n).toString().length,
  d: (size) => (2n ** BigInt(size * 8 - 1)).toString().length + 1,
};

function type(format: Format, size: number, text = false): Type {
  return { format, size, field: format === 'c' ? 4 : digits[format](size) + 1, text };
}

const short: Readonly<Record<string, Type>> = {
  b: type('o', 1),
  c: type('c', 1),
  d: type('u', 2),
  o: type('o', 2),
  x: type('x', 2),
};

/** `x1`, `cx1z`, `d4`: the types that -t names, or undefined when it names none of them. */
function parseTypes(text: string): Type[] | undefined {
  if (!/^(?:(?:c|[xodu][1248]?)z?)+$/.test(text)) return undefined;
  return [...text.matchAll(/([cxodu])([1248]?)(z?)/g)].map(([, format, size, z]) =>
    type(format as Format, format === 'c' ? 1 : Number(size || 4), z === 'z'),
  );
}

/** The options, or what is wrong with them in od's words. `count` reads a number. */
export function parseOd(
  args: readonly string[],
  count: (text: string | undefined, option: string) => number,
): OdOptions | string {
  let radix: OdOptions['radix'] = 'o';
  let types: Type[] = [];
  let skip = 0;
  let limit = Number.POSITIVE_INFINITY;
  let width = 16;
  let squeeze = true;
  const paths: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!;
    if (!arg.startsWith('-') || arg === '-') {
      paths.push(arg);
      continue;
    }
    for (let at = 1; at < arg.length; at++) {
      const letter = arg[at]!;
      const rest = arg.slice(at + 1);
      if (short[letter] !== undefined) types.push(short[letter]);
      else if (letter === 'v') squeeze = false;
      else if (letter === 'w') width = rest === '' ? 32 : count(rest, letter);
      else if ('AtjN'.includes(letter)) {
        const value = rest || args[++index];
        if (value === undefined) return `option requires an argument -- '${letter}'`;
        if (letter === 'j') skip = count(value, letter);
        else if (letter === 'N') limit = count(value, letter);
        else if (letter === 'A') {
          if (!/^[doxn]/.test(value))
            return `invalid output address radix '${value[0]}'; it must be one character from [doxn]`;
          radix = value[0] as OdOptions['radix'];
        } else {
          const named = parseTypes(value);
          if (named === undefined) return `invalid type string '${value}'`;
          types = [...types, ...named];
        }
        break;
      } else return `invalid option -- '${letter}'`;
      if (letter === 'w') break;
    }
  }
  if (types.length === 0) types = [short.o!];
  if (width < 1 || types.some(({ size }) => width % size !== 0)) return `invalid width ${width}`;
  return { radix, types, skip, limit, width, squeeze, paths };
}

const names: Readonly<Record<number, string>> = {
  0: '\\0',
  7: '\\a',
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
};

function value(bytes: Buffer, at: number, { format, size }: Type): string {
  if (format === 'c') {
    const byte = bytes[at]!;
    const shown = byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : undefined;
    return names[byte] ?? shown ?? byte.toString(8).padStart(3, '0');
  }
  // The last value of a file may lack bytes; they count as zero.
  const whole = Buffer.alloc(8, 0);
  bytes.copy(whole, 0, at, at + size);
  const unsigned = whole.readBigUInt64LE();
  if (format === 'd') return BigInt.asIntN(size * 8, unsigned).toString();
  if (format === 'u') return unsigned.toString();
  return unsigned.toString(format === 'x' ? 16 : 8).padStart(digits[format](size), '0');
}

function address(at: number, radix: OdOptions['radix']): string {
  if (radix === 'n') return '';
  const base = { d: 10, o: 8, x: 16 }[radix];
  return at.toString(base).padStart(radix === 'x' ? 6 : 7, '0');
}

/** A line of one type: `room` columns for a whole line, given out evenly where other types need more. */
function fields(bytes: Buffer, row: Type, width: number, room: number): string {
  const count = width / row.size;
  const spare = room - count * row.field;
  let line = '';
  for (let index = 0; index * row.size < bytes.length; index++) {
    const before = Math.floor((spare * (count - index)) / count);
    const after = Math.floor((spare * (count - index - 1)) / count);
    line += value(bytes, index * row.size, row).padStart(row.field + before - after);
  }
  if (!row.text) return line;
  const text = Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'));
  return `${line.padEnd(room)}  >${text.join('')}<`;
}

/** All lines, with the last address. `lines` are the input's, without `bytes` where one repeats. */
export function odDump(
  data: Buffer,
  options: OdOptions,
  lines: Iterable<{ readonly at: number; readonly bytes?: Buffer }>,
): string {
  const { radix, types, skip, width } = options;
  const room = Math.max(...types.map(({ field, size }) => (width / size) * field));
  const rows: string[] = [];
  for (const { at, bytes } of lines) {
    if (bytes === undefined) {
      rows.push('*');
      continue;
    }
    const head = address(skip + at, radix);
    types.forEach((row, index) => {
      rows.push((index === 0 ? head : ' '.repeat(head.length)) + fields(bytes, row, width, room));
    });
  }
  if (radix !== 'n') rows.push(address(skip + data.length, radix));
  return rows.map((row) => `${row}\n`).join('');
}
