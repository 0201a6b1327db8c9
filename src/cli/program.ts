/**
 * The command line. A command is a file in commands/: it names its arguments and prints; what it does stands in src/course and
 * src/machines, which are loaded only when a command runs, so that `k8s-lab --help` is there at once.
 *
 *     argv ─▶ commander ─▶ commands/NAME.ts ─▶ session.ts ─▶ Course, LabClient
 *                                    └──────▶ report.ts ─▶ stdout
 *
 * Mistakes of the caller are one line and exit code 2; failures are one line and exit code 1, with a remedy in both.
 */
import { Command, CommanderError } from 'commander';
import { LabError, UsageError } from '../lib/errors.ts';
import { failureText } from '../lib/failure.ts';
import { didYouMean } from '../lib/nearest.ts';
import { registerCheck } from './commands/check.ts';
import { registerClean } from './commands/clean.ts';
import { registerDev } from './commands/dev.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerEnv } from './commands/env.ts';
import { registerFault } from './commands/fault.ts';
import { registerHint } from './commands/hint.ts';
import { registerList } from './commands/list.ts';
import { registerLogs } from './commands/logs.ts';
import { registerMachineTools } from './commands/machine-tools.ts';
import { registerPower } from './commands/power.ts';
import { registerReset } from './commands/reset.ts';
import { registerRun } from './commands/run.ts';
import { registerShell } from './commands/shell.ts';
import { registerSolve } from './commands/solve.ts';
import { registerStatus } from './commands/status.ts';
import { openTuiOrStatus, type ScreenOptions } from './commands/tui.ts';
import { registerWatch } from './commands/watch.ts';
import { type CliIo, SilentExit } from './io.ts';
import { common, commonNames, examplesText } from './options.ts';

export function createProgram(io: CliIo): Command {
  const program = common(new Command('k8s-lab'))
    .description(
      'Learn how Kubernetes works by building a cluster by hand. Without a command: opens the course.',
    )
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: io.out,
      writeErr: io.err,
      // Errors are printed once, as one line, by runCli.
      outputError: () => undefined,
      getOutHelpWidth: () => Math.min(io.columns ?? 100, 120),
    })
    .configureHelp({ subcommandTerm })
    .showSuggestionAfterError(false)
    .option('--version', 'print the version')
    .option('--ascii', 'draw the screens with ASCII letters only (also K8S_LAB_ASCII=1)')
    .option(
      '--screen-reader',
      'write the screens as plain lines, for a screen reader (also INK_SCREEN_READER=true)',
    )
    .argument('[command]')
    .usage('[options] [command]')
    .addHelpText(
      'after',
      examplesText([
        'k8s-lab',
        'k8s-lab doctor',
        'k8s-lab check 4',
        'k8s-lab solve --to 7',
        'k8s-lab ssh controller-0 hostname',
      ]),
    )
    .action(async (name: string | undefined, options: ScreenOptions & { version?: boolean }) => {
      if (name !== undefined) throw unknownCommand(program, name);
      if (options.version === true) return printVersion(io);
      await openTuiOrStatus(io, options);
    })
    .hook('preAction', inheritCommon)
    .helpCommand('help [command]', 'display help for command');
  for (const register of [
    registerDoctor,
    registerList,
    registerStatus,
    registerCheck,
    registerWatch,
    registerHint,
    registerRun,
    registerSolve,
    registerReset,
    registerShell,
    registerMachineTools,
    registerPower,
    registerLogs,
    registerEnv,
    registerClean,
    registerFault,
    registerDev,
  ]) {
    register(program, io);
  }
  for (const command of descendants(program)) command.exitOverride().copyInheritedSettings(program);
  return program;
}

/** `k8s-lab --workspace DIR status` means what `k8s-lab status --workspace DIR` does; what stands nearer wins. */
function inheritCommon(program: Command, action: Command): void {
  for (const name of commonNames) {
    const given: unknown = program.getOptionValue(name);
    if (given !== undefined && action.getOptionValue(name) === undefined) action.setOptionValue(name, given);
  }
}

/** A command in the list of commands, without its options: those are in its own help. */
function subcommandTerm(command: Command): string {
  const words = command.usage().replace(/\[(options|-[^\]]*)\]\s*/g, '');
  return `${command.name()} ${words}`.trim();
}

const descendants = (command: Command): Command[] =>
  command.commands.flatMap((child) => [child, ...descendants(child)]);

function unknownCommand(program: Command, name: string): UsageError {
  const names = program.commands.map((command) => command.name());
  return new UsageError(`unknown command ${JSON.stringify(name)}`, {
    remedy: didYouMean(name, names) ?? '`k8s-lab --help` lists them',
  });
}

async function printVersion(io: CliIo): Promise<void> {
  const { labVersion } = await import('../machines/workspace.ts');
  io.out(`k8s-lab ${labVersion()}\n`);
}

/** Commander's complaints in our words, naming the nearest match. */
function usageError(program: Command, args: readonly string[], error: CommanderError): UsageError {
  const named = /'(.*?)'/.exec(error.message)?.[1] ?? '';
  let command = program;
  for (const word of args) command = command.commands.find((child) => child.name() === word) ?? command;
  if (error.code === 'commander.unknownOption') {
    const flags = command.options.flatMap((option) => (option.long === undefined ? [] : [option.long]));
    const near = didYouMean(named, flags);
    return new UsageError(`unknown flag ${named}`, {
      remedy: near?.replaceAll('"', '') ?? `\`${fullName(command)} --help\` lists them`,
    });
  }
  if (error.code === 'commander.unknownCommand') return unknownCommand(command, named);
  return new UsageError(error.message.replace(/^error: /, '').replace(/\.$/, ''), {
    remedy: `see \`${fullName(command)} --help\``,
  });
}

const fullName = (command: Command): string =>
  command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;

/** Runs the command line and gives the exit code. */
export async function runCli(args: readonly string[], io: CliIo): Promise<number> {
  const program = createProgram(io);
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof SilentExit) return error.exitCode;
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      // `k8s-lab fault` and the like without a verb have printed their help.
      if (error.code === 'commander.help') return 2;
      return fail(usageError(program, args, error));
    }
    return fail(error);
  }

  function fail(error: unknown): number {
    // Ctrl+C explains itself.
    if (io.signal.aborted && !(error instanceof LabError)) return 130;
    io.err(`k8s-lab: ${failureText(error)}\n`);
    return error instanceof LabError ? error.exitCode : 1;
  }
}
