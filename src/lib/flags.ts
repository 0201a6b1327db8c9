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

/** Reads the arguments. Throws {@link UsageError} for an unknown flag, a missing value or a value of the wrong type. */
export function parseFlags<const S extends FlagSpecs>(
  args: readonly string[],
  specs: S,
  options: ParseOptions,
): ParseResult<S> {
  const byName = new Map<string, string>();
  for (const [name, spec] of Object.entries(specs)) {
    byName.set(name, name);
    if (spec.short !== undefined) byName.set(spec.short, name);
    for (const alias of spec.aliases ?? []) byName.set(alias, name);
  }
  const values: Record<string, unknown> = {};
  const given = new Set<string>();
  const set = (name: string, text: string) => {
    values[name] = convert(name, specs[name]!.type, text, given.has(name) ? values[name] : undefined);
    given.add(name);
  };

  if (options.env !== undefined) {
    for (const name of Object.keys(specs)) {
      const variable = `${options.env.prefix}${name.replaceAll('-', '_').toUpperCase()}`;
      const text = options.env.values[variable];
      if (text !== undefined) set(name, text);
    }
    // A flag on the command line replaces what the environment said, also for lists.
    given.clear();
  }
  const fromEnvironment = new Set(Object.keys(values));

  const positional: string[] = [];
  let index = 0;
  for (; index < args.length; index++) {
    const word = args[index]!;
    if (word === '--') {
      positional.push(...args.slice(index + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      if (options.stopAtPositional) {
        positional.push(...args.slice(index));
        break;
      }
      positional.push(word);
      continue;
    }
    const [, dashes, spelled, , inline] = /^(--?)([^=]*)(=([\s\S]*))?$/.exec(word)!;
    let name = byName.get(spelled!);
    let text = inline;
    if (name === undefined && dashes === '-' && spelled!.length > 1) {
      // `-ojson` or `-it`: one-letter flags run together.
      const first = byName.get(spelled![0]!);
      if (first !== undefined && specs[first]!.type !== 'boolean' && inline === undefined) {
        name = first;
        text = spelled!.slice(1);
      } else if ([...spelled!].every((letter) => specs[byName.get(letter) ?? '']?.type === 'boolean')) {
        for (const letter of spelled!) set(byName.get(letter)!, 'true');
        continue;
      }
    }
    if (name === undefined) {
      throw new UsageError(`${options.program}: unknown flag: ${dashes}${spelled}`, {
        remedy: didYouMean(spelled!, byName.keys())?.replace(/"(.*)"/, '--$1'),
      });
    }
    if (text === undefined) {
      if (specs[name]!.type === 'boolean') text = 'true';
      else if (index + 1 < args.length) text = args[++index]!;
      else throw new UsageError(`${options.program}: flag needs an argument: --${name}`);
    }
    set(name, text);
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
