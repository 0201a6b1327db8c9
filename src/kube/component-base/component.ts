import { UsageError } from '../../lib/errors.ts';
import { describeFlags, type FlagSpecs, type ParsedFlags, parseFlags } from '../../lib/flags.ts';
import { createLogger, type Logger } from '../../lib/log.ts';
import { runProgram } from '../../lib/program.ts';
import { kubernetesVersion } from './version.ts';

const commonFlags = {
  v: { type: 'int', default: 0, help: 'Verbosity: 4 and above prints debug lines.' },
  help: { type: 'boolean', default: false, short: 'h', help: 'Print this help.' },
  version: { type: 'boolean', default: false, help: 'Print the version and exit.' },
} as const;

export interface Component<S extends FlagSpecs> {
  readonly name: string;
  /** Who speaks in the log, as upstream's `caller`. */
  readonly caller: string;
  /** Its own flags; --v, --help and --version come with every component. */
  readonly flags: S;
}

export interface ComponentContext<S extends FlagSpecs> {
  readonly flags: ParsedFlags<S>;
  readonly logger: Logger;
  /** Aborted by SIGTERM or SIGINT: stop serving, then return the exit code. */
  readonly signal: AbortSignal;
}

/**
 * Runs a component of Kubernetes as a process: reads its flags, answers --help and --version, and logs as klog does.
 * Words that are no flags are refused, as by upstream's cobra commands: `--leader-elect true` is a common slip.
 */
export function runComponent<const S extends FlagSpecs>(
  { name, caller, flags: own }: Component<S>,
  run: (context: ComponentContext<S>) => Promise<number>,
): void {
  runProgram(name, async ({ args, signal }) => {
    const specs: FlagSpecs = { ...own, ...commonFlags };
    const { flags, positional } = parseFlags(args, specs, { program: name });
    const common = flags as ParsedFlags<typeof commonFlags>;
    if (common.help) {
      console.log(`Usage:\n  ${name} [flags]\n\nFlags:\n${describeFlags(specs)}`);
      return 0;
    }
    if (common.version) {
      console.log(`Kubernetes ${kubernetesVersion}`);
      return 0;
    }
    if (positional.length > 0) {
      const words = positional.map((word) => JSON.stringify(word)).join(' ');
      throw new UsageError(`"${name}" does not take any arguments, got [${words}]`);
    }
    const logger = createLogger({ format: 'klog', caller, level: common.v >= 4 ? 'debug' : 'info' });
    return run({ flags: flags as ParsedFlags<S>, logger, signal });
  });
}
