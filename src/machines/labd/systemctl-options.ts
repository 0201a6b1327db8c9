import { constants } from 'node:os';

/** The options of `systemctl` that its verbs look at. */
export interface Options {
  readonly now: boolean;
  readonly quiet: boolean;
  readonly noBlock: boolean;
  readonly all: boolean;
  readonly full: boolean;
  readonly value: boolean;
  readonly lines: number;
  readonly properties: readonly string[];
  readonly states: readonly string[];
  readonly legend: boolean;
  /** Of `kill`. */
  readonly signal: NodeJS.Signals;
}

const shortOptions: Readonly<Record<string, string>> = {
  '-p': '--property',
  '-n': '--lines',
  '-s': '--signal',
  '-t': '--type',
  '-q': '--quiet',
  '-a': '--all',
  '-l': '--full',
  '-f': '--force',
};
const switches = new Set(
  '--now --no-block --quiet --all --full --value --no-legend --failed --no-pager --no-ask-password --system --plain --force'.split(
    ' ',
  ),
);

/** The words and the options of a command line; a string instead is the complaint about it. */
export function parseOptions(
  args: readonly string[],
): { readonly words: readonly string[]; readonly options: Options } | string {
  const words: string[] = [];
  const properties: string[] = [];
  const states: string[] = [];
  const given = new Set<string>();
  let lines = 10;
  let signal: NodeJS.Signals = 'SIGTERM';
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!;
    if (!arg.startsWith('-') || arg === '-') {
      words.push(arg);
      continue;
    }
    const [option, inline] = arg.startsWith('--') ? splitOption(arg) : [arg, undefined];
    const name = shortOptions[option] ?? option;
    if (switches.has(name)) {
      given.add(name);
      continue;
    }
    const value = inline ?? args[++index] ?? '';
    switch (name) {
      case '--property':
        properties.push(...value.split(','));
        break;
      case '--state':
        states.push(...value.split(','));
        break;
      case '--type':
        break;
      case '--lines':
        lines = Number(value);
        break;
      case '--signal': {
        const found = signalNamed(value);
        if (found === undefined) return `Failed to parse signal string ${value}.`;
        signal = found;
        break;
      }
      default:
        return `systemctl: unrecognized option '${arg}'`;
    }
  }
  if (given.has('--failed')) states.push('failed');
  const options = {
    now: given.has('--now'),
    quiet: given.has('--quiet'),
    noBlock: given.has('--no-block'),
    all: given.has('--all'),
    full: given.has('--full'),
    value: given.has('--value'),
    legend: !given.has('--no-legend'),
    lines,
    properties,
    states,
    signal,
  };
  return { words, options };
}

function splitOption(arg: string): [string, string | undefined] {
  const at = arg.indexOf('=');
  return at < 0 ? [arg, undefined] : [arg.slice(0, at), arg.slice(at + 1)];
}

/** `KILL`, `SIGKILL` or `9`. */
function signalNamed(text: string): NodeJS.Signals | undefined {
  const all = Object.entries(constants.signals) as [NodeJS.Signals, number][];
  return all.find(([name, number]) => [name, name.slice(3), String(number)].includes(text))?.[0];
}
