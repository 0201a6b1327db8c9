import { UsageError } from './errors.ts';
import { didYouMean } from './nearest.ts';

/**
 * Command-line flags as Go's programs read them: `--name=value`, `--name value`, `-name=value`, and `--switch`
 * for booleans. A flag that the program does not know is refused by name, never ignored.
 */
export interface FlagValues {
  string: string;
  boolean: boolean;
  int: number;
  /** Milliseconds; written `1h30m`, `10s`, `100ms`, or a bare number of seconds where `bareUnit` says so. */
  duration: number;
  /** Comma separated; may be given several times. */
  list: readonly string[];
  /** `key=value` pairs, comma separated; may be given several times. */
  map: Readonly<Record<string, string>>;
}

export interface FlagSpec<T extends keyof FlagValues = keyof FlagValues> {
  readonly type: T;
  readonly default?: FlagValues[T];
  readonly help: string;
  /** A one-letter spelling, `-o`. */
  readonly short?: string;
  /** Other long spellings of the same flag. */
  readonly aliases?: readonly string[];
}

export type FlagSpecs = Readonly<Record<string, FlagSpec>>;

type Value<S extends FlagSpec> = S['type'] extends keyof FlagValues ? FlagValues[S['type']] : never;
export type ParsedFlags<S extends FlagSpecs> = {
  readonly [K in keyof S]: S[K] extends { default: unknown } ? Value<S[K]> : Value<S[K]> | undefined;
};

export interface ParseResult<S extends FlagSpecs> {
  readonly flags: ParsedFlags<S>;
  /** Names of the flags that were given, on the command line or in the environment. */
  readonly given: ReadonlySet<string>;
  readonly positional: readonly string[];
}

export interface ParseOptions {
  readonly program: string;
  /** The environment and the prefix of its names: `ETCD_` makes ETCD_DATA_DIR stand for --data-dir. */
  readonly env?: { readonly prefix: string; readonly values: NodeJS.ProcessEnv };
  /** Stop at the first word that is no flag, and leave the rest to the caller (a subcommand). */
  readonly stopAtPositional?: boolean;
}

const durationUnits: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  // The micro sign and the Greek letter, as in Go.
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Go's duration syntax to milliseconds; undefined when it is not one. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const match = /^[+-]?((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+$/.exec(text);
  if (match === null) return undefined;
  let total = 0;
  for (const [, number, unit] of text.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    total += Number(number) * durationUnits[unit!]!;
  }
  return text.startsWith('-') ? -total : total;
}

function parseBoolean(text: string): boolean | undefined {
  if (['true', 't', '1', 'TRUE', 'True', 'T'].includes(text)) return true;
  if (['false', 'f', '0', 'FALSE', 'False', 'F'].includes(text)) return false;
  return undefined;
}

function convert(
  name: string,
  type: keyof FlagValues,
  text: string,
  earlier: unknown,
): FlagValues[keyof FlagValues] {
  const invalid = (expected: string) =>
    new UsageError(`invalid argument ${JSON.stringify(text)} for "--${name}" flag: expected ${expected}`);
  switch (type) {
    case 'string':
      return text;
    case 'boolean': {
      const value = parseBoolean(text);
      if (value === undefined) throw invalid('true or false');
      return value;
    }
    case 'int':
      if (!/^-?\d+$/.test(text)) throw invalid('a whole number');
      return Number(text);
    case 'duration': {
      const value = parseDuration(text);
      if (value === undefined) throw invalid('a duration such as 10s or 1h30m');
      return value;
    }
    case 'list': {
      const items = text === '' ? [] : text.split(',').map((item) => item.trim());
      return [...((earlier as readonly string[] | undefined) ?? []), ...items];
    }
    case 'map': {
      const pairs = (text === '' ? [] : text.split(',')).map((item) => {
        const at = item.indexOf('=');
        if (at < 1) throw invalid('key=value pairs');
        return [item.slice(0, at), item.slice(at + 1)] as const;
      });
      return { ...((earlier as Record<string, string> | undefined) ?? {}), ...Object.fromEntries(pairs) };
    }
  }
}

/** The flags that a word spells, and the value that it carries; no flag when it is unknown. */
function readWord(
  word: string,
  specs: FlagSpecs,
  bySpelling: ReadonlyMap<string, string>,
): { readonly names: readonly string[]; readonly text: string | undefined } {
  const [, dashes, spelled = '', , text] = /^(--?)([^=]*)(=([\s\S]*))?$/.exec(word)!;
  const name = bySpelling.get(spelled);
  if (name !== undefined) return { names: [name], text };
  // One-letter flags run together: `-ojson` has its value at once, `-it` are two switches.
  const letters = dashes === '-' && text === undefined ? [...spelled].map((one) => bySpelling.get(one)) : [];
  const [first] = letters;
  if (first !== undefined && specs[first]!.type !== 'boolean')
    return { names: [first], text: spelled.slice(1) };
  const switches = letters.filter((one) => one !== undefined && specs[one]!.type === 'boolean') as string[];
  return { names: switches.length === letters.length ? switches : [], text: undefined };
}

/** Reads the arguments. Throws {@link UsageError} for an unknown flag, a missing value or a value of the wrong type. */
export function parseFlags<const S extends FlagSpecs>(
  args: readonly string[],
  specs: S,
  { program, env, stopAtPositional = false }: ParseOptions,
): ParseResult<S> {
  const bySpelling = new Map<string, string>();
  for (const [name, { short, aliases = [] }] of Object.entries<FlagSpec>(specs)) {
    for (const spelling of [name, ...(short === undefined ? [] : [short]), ...aliases])
      bySpelling.set(spelling, name);
  }
  const values: Record<string, unknown> = {};
  const given = new Set<string>();
  const set = (name: string, text: string) => {
    values[name] = convert(name, specs[name]!.type, text, given.has(name) ? values[name] : undefined);
    given.add(name);
  };

  for (const name of env === undefined ? [] : Object.keys(specs)) {
    const text = env!.values[`${env!.prefix}${name.replaceAll('-', '_').toUpperCase()}`];
    if (text !== undefined) set(name, text);
  }
  const fromEnvironment = [...given];
  // A flag on the command line replaces what the environment said, also for lists.
  given.clear();

  const positional: string[] = [];
  const words = [...args];
  while (words.length > 0) {
    const word = words.shift()!;
    if (word === '--') {
      positional.push(...words);
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      positional.push(word);
      if (stopAtPositional) positional.push(...words.splice(0));
      continue;
    }
    const { names, text } = readWord(word, specs, bySpelling);
    if (names.length === 0) {
      const [flag] = word.split('=');
      const name = flag!.replace(/^--?/, '');
      // Nobody can tell which other letter was meant.
      const long = name.length === 1 ? [] : [...bySpelling.keys()].filter((one) => one.length > 1);
      throw new UsageError(`${program}: unknown flag: ${flag}`, {
        remedy: didYouMean(name, long)?.replace(/"(.*)"/, '--$1'),
      });
    }
    for (const name of names) {
      const value = text ?? (specs[name]!.type === 'boolean' ? 'true' : words.shift());
      if (value === undefined) throw new UsageError(`${program}: flag needs an argument: --${name}`);
      set(name, value);
    }
  }

  for (const [name, spec] of Object.entries(specs)) if (!(name in values)) values[name] = spec.default;
  for (const name of fromEnvironment) given.add(name);
  return { flags: values as ParsedFlags<S>, given, positional };
}

/** The flags as a help text, one a line, sorted. */
export function describeFlags(specs: FlagSpecs): string {
  return Object.entries(specs)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, spec]) => {
      const head = `${spec.short === undefined ? '     ' : `-${spec.short}, `.padStart(5)} --${name}${spec.type === 'boolean' ? '' : ` ${spec.type}`}`;
      return `${head.padEnd(44)} ${spec.help}`;
    })
    .join('\n');
}
