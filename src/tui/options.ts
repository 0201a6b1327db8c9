import { type ThemeOptions, themeOptions } from './theme.ts';

/** What the screens are opened with. */
export interface TuiOptions {
  /** The workspace's folder; default: K8S_LAB_WORKSPACE, else ~/k8s-lab. */
  readonly workspace?: string;
  /** Topology of a new workspace: it is then not asked for. */
  readonly topology?: string;
  /** Letters that every terminal has; also K8S_LAB_ASCII=1. */
  readonly ascii?: boolean;
  /** Linear text with words instead of signs; also INK_SCREEN_READER=true. */
  readonly screenReader?: boolean;
}

const flags = { '--ascii': 'ascii', '--screen-reader': 'screenReader' } as const;
const settings = { '--workspace': 'workspace', '--topology': 'topology' } as const;

const own = <T extends object>(names: T, name: string): name is Extract<keyof T, string> =>
  Object.hasOwn(names, name);

/**
 * The options of a `k8s-lab` without a command; undefined for every other command line, right or wrong: the command line's
 * own program reads those, and has words for the mistakes.
 */
export function readTuiOptions(args: readonly string[]): TuiOptions | undefined {
  const options: { -readonly [K in keyof TuiOptions]: TuiOptions[K] } = {};
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    const [name = '', inline] = arg.split(/=(.*)/s);
    if (own(flags, arg)) options[flags[arg]] = true;
    else if (own(settings, name)) {
      const value = inline ?? args[++at];
      if (value === undefined || value === '') return undefined;
      options[settings[name]] = value;
    } else return undefined;
  }
  return options;
}

/** How the screens look to this learner. */
export const lookOf = (options: TuiOptions, env: NodeJS.ProcessEnv): ThemeOptions =>
  themeOptions(env, {
    ascii: options.ascii ?? false,
    linear: options.screenReader ?? false,
  });
