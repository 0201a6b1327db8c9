import { UsageError } from '../../lib/errors.ts';
import type { FlagSpecs } from '../../lib/flags.ts';
import { didYouMean } from '../../lib/nearest.ts';
import { etcdVersion } from '../proto/version.ts';
import type { Context } from './context.ts';

/** A command of etcdctl. Its code is loaded when it is called. */
export interface Command {
  readonly summary: string;
  /** Arguments after the name, as the help shows them. */
  readonly usage: string;
  readonly load: () => Promise<Loaded>;
  /** Output formats that its answer cannot be written in. */
  readonly without: readonly string[];
}

export interface Loaded {
  readonly run: (context: Context, words: readonly string[]) => Promise<number>;
  readonly flags?: FlagSpecs;
}

const command = (
  summary: string,
  usage: string,
  load: Command['load'],
  without: readonly string[] = [],
): Command => ({ summary, usage, load, without });

const kv = () => import('./kv-commands.ts');
const cluster = () => import('./cluster-commands.ts');
const members = () => import('./member-commands.ts');
const leases = () => import('./lease-commands.ts');
const withFlags = (run: Loaded['run'], flags: FlagSpecs): Loaded => ({ run, flags });

/** Answers without columns. */
const plain = ['table'];
/** Answers that upstream writes as sentences and as JSON only. */
const sentence = ['table', 'fields'];

export const commands: Readonly<Record<string, Command>> = {
  get: command(
    'Reads a key or a range of keys',
    '<key> [range_end]',
    () => kv().then(({ get, getFlags }) => withFlags(get, getFlags)),
    plain,
  ),
  put: command(
    'Writes a key; without a value it is read from standard input',
    '<key> [value]',
    () => kv().then(({ put, putFlags }) => withFlags(put, putFlags)),
    plain,
  ),
  del: command(
    'Deletes a key or a range of keys',
    '<key> [range_end]',
    () => kv().then(({ del, delFlags }) => withFlags(del, delFlags)),
    plain,
  ),
  txn: command(
    'Reads a transaction from standard input and carries it out',
    '',
    () => import('./txn-command.ts').then(({ txn, txnFlags }) => withFlags(txn, txnFlags)),
    plain,
  ),
  watch: command(
    'Prints changes as they happen, until it is stopped',
    '<key> [range_end]',
    () => import('./watch-command.ts').then(({ watch, watchFlags }) => withFlags(watch, watchFlags)),
    plain,
  ),
  compaction: command('Forgets what was overwritten before a revision', '<revision>', () =>
    kv().then(({ compaction, compactionFlags }) => withFlags(compaction, compactionFlags)),
  ),
  'lease grant': command(
    'Makes a lease of so many seconds',
    '<ttl>',
    () => leases().then(({ leaseGrant }) => ({ run: leaseGrant })),
    plain,
  ),
  'lease revoke': command(
    'Ends a lease and deletes its keys',
    '<leaseID>',
    () => leases().then(({ leaseRevoke }) => ({ run: leaseRevoke })),
    plain,
  ),
  'lease timetolive': command(
    'Tells how much longer a lease lives',
    '<leaseID>',
    () =>
      leases().then(({ leaseTimeToLive, timeToLiveFlags }) => withFlags(leaseTimeToLive, timeToLiveFlags)),
    plain,
  ),
  'lease list': command(
    'Lists the leases',
    '',
    () => leases().then(({ leaseList }) => ({ run: leaseList })),
    plain,
  ),
  'lease keep-alive': command(
    'Renews a lease again and again',
    '<leaseID>',
    () => leases().then(({ leaseKeepAlive, keepAliveFlags }) => withFlags(leaseKeepAlive, keepAliveFlags)),
    plain,
  ),
  'member list': command('Lists the members of the cluster', '', () =>
    members().then(({ memberList }) => ({ run: memberList })),
  ),
  'member add': command(
    'Lets a member in, and prints what it must be started with',
    '<memberName>',
    () => members().then(({ memberAdd, memberAddFlags }) => withFlags(memberAdd, memberAddFlags)),
    sentence,
  ),
  'member remove': command(
    'Puts a member out of the cluster, for ever',
    '<memberID>',
    () => members().then(({ memberRemove }) => ({ run: memberRemove })),
    sentence,
  ),
  'member update': command(
    'Changes the peer addresses of a member',
    '<memberID>',
    () => members().then(({ memberUpdate, memberUpdateFlags }) => withFlags(memberUpdate, memberUpdateFlags)),
    sentence,
  ),
  'member promote': command(
    'Gives a learner its vote',
    '<memberID>',
    () => members().then(({ memberPromote }) => ({ run: memberPromote })),
    sentence,
  ),
  'endpoint health': command('Asks each endpoint whether it can commit', '', () =>
    cluster().then(({ endpointHealth, endpointFlags }) => withFlags(endpointHealth, endpointFlags)),
  ),
  'endpoint status': command('Tells size, leader and Raft position of each endpoint', '', () =>
    cluster().then(({ endpointStatus, endpointFlags }) => withFlags(endpointStatus, endpointFlags)),
  ),
  'endpoint hashkv': command('Tells the checksum of the history of each endpoint', '', () =>
    cluster().then(({ endpointHashKv, endpointFlags }) => withFlags(endpointHashKv, endpointFlags)),
  ),
  'alarm list': command(
    'Lists the alarms that are raised',
    '',
    () => cluster().then(({ alarmCommand }) => ({ run: (context) => alarmCommand(context, 'list') })),
    plain,
  ),
  'alarm disarm': command(
    'Clears all alarms',
    '',
    () => cluster().then(({ alarmCommand }) => ({ run: (context) => alarmCommand(context, 'disarm') })),
    plain,
  ),
  defrag: command('Gives back the space of what was compacted', '', () =>
    cluster().then(({ defrag, endpointFlags }) => withFlags(defrag, endpointFlags)),
  ),
  'move-leader': command('Makes another member the leader', '<memberID>', () =>
    cluster().then(({ moveLeader }) => ({ run: moveLeader })),
  ),
  'check perf': command('Writes for a minute and judges the speed', '', () =>
    import('./check-perf.ts').then(({ checkPerf, checkFlags }) => withFlags(checkPerf, checkFlags)),
  ),
  version: command('Tells the version', '', async () => ({ run: version })),
};

async function version(context: Context): Promise<number> {
  context.print(`etcdctl version: ${etcdVersion}\nAPI version: 3.5\n`);
  return 0;
}

/** Commands of upstream that are not here, and what serves instead, if anything does. */
const unsupported: Readonly<Record<string, string | undefined>> = {
  auth: 'clients are told apart by their certificates only: --client-cert-auth of etcd',
  user: 'clients are told apart by their certificates only: --client-cert-auth of etcd',
  role: 'clients are told apart by their certificates only: --client-cert-auth of etcd',
  snapshot: 'stop the member and copy its --data-dir',
  lock: undefined,
  elect: undefined,
  'make-mirror': undefined,
  downgrade: undefined,
  completion: undefined,
};

export interface FoundCommand {
  readonly kind: 'command';
  readonly name: string;
  readonly command: Command;
  /** The words after its name. */
  readonly rest: readonly string[];
}

/** What the words call: a command, or only the name of a group of commands. Throws UsageError for anything else. */
export function findCommand(words: readonly string[]): FoundCommand | { kind: 'group'; name: string } {
  const [first = '', ...others] = words;
  const isGroup = Object.keys(commands).some((name) => name.startsWith(`${first} `));
  // A group's own flag may stand before the command of the group: endpoint --cluster health.
  const at = isGroup ? others.findIndex((word) => !word.startsWith('-')) : 0;
  const second = others[at];
  const both = `${first} ${second}`;
  if (Object.hasOwn(commands, both))
    return { kind: 'command', name: both, command: commands[both]!, rest: others.toSpliced(at, 1) };
  if (Object.hasOwn(commands, first))
    return { kind: 'command', name: first, command: commands[first]!, rest: words.slice(1) };
  if (Object.hasOwn(unsupported, first)) {
    const remedy = unsupported[first];
    throw new UsageError(
      `etcdctl: command ${JSON.stringify(first)} is not supported here`,
      remedy === undefined ? {} : { remedy },
    );
  }
  if (isGroup && second === undefined) return { kind: 'group', name: first };
  const unknown = isGroup ? both : first;
  const remedy = didYouMean(unknown, Object.keys(commands));
  throw new UsageError(
    `unknown command ${JSON.stringify(unknown)} for "etcdctl"`,
    remedy === undefined ? {} : { remedy },
  );
}
