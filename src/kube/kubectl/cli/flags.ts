import { parseDuration } from '../../../lib/flags.ts';
import { KubectlError } from './errors.ts';

/**
 * Flags as kubectl reads them: between any words, with texts of their own, an array that commas do not split, and flags whose value
 * may be left out. (The servers read theirs with src/lib/flags.ts.) Models github.com/spf13/pflag.
 */
export interface FlagValues {
  string: string;
  boolean: boolean;
  int: number;
  /** Milliseconds. */
  duration: number;
  /** Split at commas; may be given several times. */
  list: readonly string[];
  /** One item each time it is given. */
  array: readonly string[];
}

export interface FlagSpec<T extends keyof FlagValues = keyof FlagValues> {
  readonly type: T;
  readonly default?: FlagValues[T];
  readonly help: string;
  readonly short?: string;
  /** The value when the flag stands without one. */
  readonly bare?: string;
}

export type FlagSpecs = Readonly<Record<string, FlagSpec>>;

type Value<S extends FlagSpec> = S['type'] extends keyof FlagValues ? FlagValues[S['type']] : never;
export type ParsedFlags<S extends FlagSpecs> = {
  readonly [K in keyof S]: S[K] extends { default: unknown }
    ? Value<S[K]>
    : S[K]['type'] extends 'boolean' | 'list' | 'array'
      ? Value<S[K]>
      : Value<S[K]> | undefined;
};

export interface ParsedArgs<S extends FlagSpecs = FlagSpecs> {
  readonly flags: ParsedFlags<S>;
  readonly given: ReadonlySet<string>;
  readonly positional: readonly string[];
  /** How many of the positional words stood before `--`; -1 when there was no `--`. */
  readonly dash: number;
}

const goTypes: Readonly<Record<keyof FlagValues, string>> = {
  string: 'string',
  boolean: 'bool',
  int: 'int',
  duration: 'duration',
  list: 'strings',
  array: 'stringArray',
};

function invalid(name: string, spec: FlagSpec, text: string, why: string): KubectlError {
  const spelled = spec.short === undefined ? `--${name}` : `-${spec.short}, --${name}`;
  return new KubectlError(`invalid argument ${JSON.stringify(text)} for "${spelled}" flag: ${why}`);
}

function convert(name: string, spec: FlagSpec, text: string, earlier: unknown): unknown {
  switch (spec.type) {
    case 'string':
      return text;
    case 'boolean':
      if (/^(true|t|1|TRUE|True|T)$/.test(text)) return true;
      if (/^(false|f|0|FALSE|False|F)$/.test(text)) return false;
      throw invalid(name, spec, text, `strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
    case 'int':
      if (/^[-+]?\d+$/.test(text)) return Number(text);
      throw invalid(name, spec, text, `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
    case 'duration': {
      const value = parseDuration(text);
      if (value !== undefined) return value;
      throw invalid(name, spec, text, `time: invalid duration ${JSON.stringify(text)}`);
    }
    case 'list':
      return [...((earlier as string[] | undefined) ?? []), ...(text === '' ? [] : text.split(','))];
    case 'array':
      return [...((earlier as string[] | undefined) ?? []), text];
  }
}

/** Throws KubectlError with pflag's texts. */
export function parseFlags<S extends FlagSpecs>(args: readonly string[], specs: S): ParsedArgs<S> {
  const shorts = new Map<string, string>();
  for (const [name, spec] of Object.entries(specs))
    if (spec.short !== undefined) shorts.set(spec.short, name);
  const values: Record<string, unknown> = {};
  const given = new Set<string>();
  const set = (name: string, text: string) => {
    values[name] = convert(name, specs[name]!, text, given.has(name) ? values[name] : undefined);
    given.add(name);
  };
  const bareValue = (name: string) =>
    specs[name]!.bare ?? (specs[name]!.type === 'boolean' ? 'true' : undefined);

  const positional: string[] = [];
  let dash = -1;
  const words = [...args];
  while (words.length > 0) {
    const word = words.shift()!;
    if (word === '--') {
      dash = positional.length;
      positional.push(...words);
      break;
    }
    if (word.startsWith('--')) {
      const at = word.indexOf('=');
      const name = word.slice(2, at < 0 ? undefined : at);
      if (!Object.hasOwn(specs, name)) throw new KubectlError(`unknown flag: --${name}`, { usage: true });
      const text = at >= 0 ? word.slice(at + 1) : (bareValue(name) ?? words.shift());
      if (text === undefined) throw new KubectlError(`flag needs an argument: --${name}`, { usage: true });
      set(name, text);
    } else if (word.startsWith('-') && word !== '-') {
      readShorts(word, words, shorts, bareValue, set);
    } else positional.push(word);
  }
  for (const [name, spec] of Object.entries(specs)) {
    if (name in values) continue;
    if (spec.default !== undefined) values[name] = spec.default;
    else if (spec.type === 'boolean') values[name] = false;
    else if (spec.type === 'list' || spec.type === 'array') values[name] = [];
  }
  return { flags: values as ParsedFlags<S>, given, positional, dash };
}

/** `-it`, `-ojson`, `-o=json`, `-o json`. */
function readShorts(
  word: string,
  rest: string[],
  shorts: ReadonlyMap<string, string>,
  bareValue: (name: string) => string | undefined,
  set: (name: string, text: string) => void,
): void {
  for (let i = 1; i < word.length; i++) {
    const letter = word[i]!;
    const name = shorts.get(letter);
    if (name === undefined)
      throw new KubectlError(`unknown shorthand flag: '${letter}' in ${word}`, { usage: true });
    const tail = word.slice(i + 1);
    const bare = bareValue(name);
    if (tail.startsWith('=')) return set(name, tail.slice(1));
    if (bare !== undefined) {
      set(name, bare);
      continue;
    }
    const text = tail !== '' ? tail : rest.shift();
    if (text === undefined)
      throw new KubectlError(`flag needs an argument: '${letter}' in ${word}`, { usage: true });
    return set(name, text);
  }
}

/** The flags as a help text, one a line, sorted by name. */
export function describeFlags(specs: FlagSpecs): string {
  return Object.entries(specs)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, spec]) => {
      const short = spec.short === undefined ? '    ' : `-${spec.short}, `;
      const type = spec.type === 'boolean' ? '' : ` ${goTypes[spec.type]}`;
      return `${`    ${short}--${name}${type}`.padEnd(46)} ${spec.help}`;
    })
    .join('\n');
}
