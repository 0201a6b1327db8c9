import { LabError, UsageError } from '../../lib/errors.ts';
import { parseFlags } from '../../lib/flags.ts';
import { GrpcCode, GrpcError } from '../../lib/grpc/status.ts';
import { type ProgramContext, runProgram } from '../../lib/program.ts';
import { findCommand } from './commands.ts';
import { createContext, globalFlags } from './context.ts';
import { commandHelp, listHelp } from './help.ts';
import { splitFlags } from './split-flags.ts';

/*
 * etcdctl: words ─ split-flags (the global flags may stand anywhere) ─▶ a command of commands.ts ─▶ the client
 * (../client) ─▶ the answer, printed as simple lines, a table, JSON or fields. Models etcdctl/ctlv3.
 */

/** Exit code for what upstream's client cannot do. Models pkg/cobrautl ExitBadFeature. */
const badFeature = 4;

async function main(program: ProgramContext): Promise<number> {
  try {
    return await run(program);
  } catch (error) {
    if (error instanceof GrpcError) {
      // What upstream's client says when no endpoint could be reached in time.
      const text = error.code === GrpcCode.DeadlineExceeded ? 'context deadline exceeded' : error.message;
      process.stderr.write(`Error: ${text}\n`);
      return 1;
    }
    if (error instanceof UsageError) {
      process.stderr.write(`Error: ${error.toString()}\n`);
      return 128;
    }
    throw error;
  }
}

async function run({ args, env, signal }: ProgramContext): Promise<number> {
  if (env.ETCDCTL_API !== undefined && env.ETCDCTL_API !== '3') {
    throw new LabError(`unsupported API version ETCDCTL_API=${env.ETCDCTL_API}`, {
      remedy: 'only 3 is supported',
    });
  }
  const { global, words: allWords } = splitFlags(args, globalFlags);
  const { flags } = parseFlags(global, globalFlags, {
    program: 'etcdctl',
    env: { prefix: 'ETCDCTL_', values: env },
  });
  const wantsHelp = flags.help || allWords[0] === 'help';
  const words = allWords[0] === 'help' ? allWords.slice(1) : allWords;
  if (words.length === 0) {
    process.stdout.write(listHelp());
    return 0;
  }
  const found = findCommand(words);
  if (found.kind === 'group' || wantsHelp) {
    process.stdout.write(found.kind === 'group' ? listHelp(found.name) : await commandHelp(found));
    return 0;
  }
  const context = createContext(flags, env, signal);
  // Said before anything is done, where upstream says it of the answer.
  if (found.command.without.includes(context.format)) {
    process.stderr.write(`Error: ${context.format} not supported as output format\n`);
    return badFeature;
  }
  const { run: command } = await found.command.load();
  return command(context, found.rest);
}

runProgram('etcdctl', main);
