import { LabError, UsageError } from '../../lib/errors.ts';
import { describeFlags, parseFlags } from '../../lib/flags.ts';
import { GrpcCode, GrpcError } from '../../lib/grpc/status.ts';
import { didYouMean } from '../../lib/nearest.ts';
import { type ProgramContext, runProgram } from '../../lib/program.ts';
import { etcdVersion } from '../proto/version.ts';
import { type Context, createContext, globalFlags } from './context.ts';
import { splitFlags } from './split-flags.ts';

/*
 * etcdctl: words ─ split-flags (the global flags may stand anywhere) ─▶ a command of the table below ─▶ the client
 * (../client) ─▶ the answer, printed as simple lines, a table, JSON or fields. Models etcdctl/ctlv3.
 */
type Command = (context: Context, words: readonly string[]) => Promise<number>;

const kv = () => import('./kv-commands.ts');
const clusterCommands = () => import('./cluster-commands.ts');
const lease = () => import('./lease-commands.ts');

const commands: Readonly<Record<string, Command>> = {
  get: async (context, words) => (await kv()).get(context, words),
  put: async (context, words) => (await kv()).put(context, words),
  del: async (context, words) => (await kv()).del(context, words),
  compaction: async (context, words) => (await kv()).compaction(context, words),
  txn: async (context, words) => (await import('./txn-command.ts')).txn(context, words),
  watch: async (context, words) => (await import('./watch-command.ts')).watch(context, words),
  'member list': async (context, words) => (await clusterCommands()).memberList(context, words),
  'endpoint health': async (context, words) => (await clusterCommands()).endpointHealth(context, words),
  'endpoint status': async (context, words) => (await clusterCommands()).endpointStatus(context, words),
  'endpoint hashkv': async (context, words) => (await clusterCommands()).endpointHashKv(context, words),
  'alarm list': async (context) => (await clusterCommands()).alarmCommand(context, 'list'),
  'alarm disarm': async (context) => (await clusterCommands()).alarmCommand(context, 'disarm'),
  defrag: async (context, words) => (await clusterCommands()).defrag(context, words),
  'move-leader': async (context, words) => (await clusterCommands()).moveLeader(context, words),
  'lease grant': async (context, words) => (await lease()).leaseGrant(context, words),
  'lease revoke': async (context, words) => (await lease()).leaseRevoke(context, words),
  'lease timetolive': async (context, words) => (await lease()).leaseTimeToLive(context, words),
  'lease list': async (context) => (await lease()).leaseList(context),
  'lease keep-alive': async (context, words) => (await lease()).leaseKeepAlive(context, words),
  'check perf': async (context, words) => (await import('./check-perf.ts')).checkPerf(context, words),
  version: async (context) => {
    context.print(`etcdctl version: ${etcdVersion}\nAPI version: 3.5\n`);
    return 0;
  },
};

/** Commands of upstream that are not here, so that they are refused as such. */
const unsupported = [
  'auth',
  'user',
  'role',
  'snapshot',
  'lock',
  'elect',
  'make-mirror',
  'downgrade',
  'completion',
];

/** Their answers have no columns. */
const withoutTable = new Set([
  ...['get', 'put', 'del', 'txn', 'watch', 'alarm list', 'alarm disarm'],
  ...['lease grant', 'lease revoke', 'lease timetolive', 'lease list', 'lease keep-alive'],
]);
/** Exit code for what upstream's client cannot do. Models pkg/cobrautl ExitBadFeature. */
const badFeature = 4;

function findCommand(words: readonly string[]): {
  name: string;
  command: Command;
  rest: readonly string[];
} {
  const [first = '', second = ''] = words;
  const two = commands[`${first} ${second}`];
  if (two !== undefined) return { name: `${first} ${second}`, command: two, rest: words.slice(2) };
  const one = commands[first];
  if (one !== undefined) return { name: first, command: one, rest: words.slice(1) };
  if (unsupported.includes(first))
    throw new UsageError(`etcdctl: command ${JSON.stringify(first)} is not supported here`);
  const group = Object.keys(commands).some((name) => name.startsWith(`${first} `));
  const unknown = group ? `${first} ${second}`.trim() : first;
  throw new UsageError(`unknown command ${JSON.stringify(unknown)} for "etcdctl"`, {
    remedy: didYouMean(unknown, Object.keys(commands)),
  });
}

function usage(): string {
  const names = Object.keys(commands)
    .sort()
    .map((name) => `\t${name}`)
    .join('\n');
  return `NAME:\n\tetcdctl - A simple command line client for etcd3.\n\nUSAGE:\n\tetcdctl [flags]\n\nVERSION:\n\t${etcdVersion}\n\nCOMMANDS:\n${names}\n\nOPTIONS:\n${describeFlags(globalFlags)}\n`;
}

async function main({ args, env, signal }: ProgramContext): Promise<number> {
  if (env.ETCDCTL_API !== undefined && env.ETCDCTL_API !== '3') {
    throw new LabError(`unsupported API version ETCDCTL_API=${env.ETCDCTL_API}`, {
      remedy: 'only 3 is supported',
    });
  }
  const { global, words } = splitFlags(args, globalFlags);
  const { flags } = parseFlags(global, globalFlags, {
    program: 'etcdctl',
    env: { prefix: 'ETCDCTL_', values: env },
  });
  if (flags.help || words.length === 0 || words[0] === 'help') {
    process.stdout.write(usage());
    return 0;
  }
  try {
    const { name, command, rest } = findCommand(words);
    const context = createContext(flags, env, signal);
    // Said before anything is done, where upstream says it of the answer.
    if (context.format === 'table' && withoutTable.has(name)) {
      process.stderr.write('Error: table not supported as output format\n');
      return badFeature;
    }
    return await command(context, rest);
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

runProgram('etcdctl', main);
