import { LabError, UsageError } from '../../lib/errors.ts';
import { type FlagSpecs, parseFlags } from '../../lib/flags.ts';
import { GrpcCode, GrpcError } from '../../lib/grpc/status.ts';
import { methods } from '../proto/methods.ts';
import { AlarmAction, type AlarmMember, AlarmType, type StatusResponse } from '../proto/services.ts';
import { type Context, idText } from './context.ts';
import { goDuration, goJson, headerJson, humanBytes, omitEmpty, table } from './format.ts';
import { fieldsHeader } from './kv-print.ts';

/** endpoint, alarm, defrag and move-leader. Models etcdctl/ctlv3/command/{ep,alarm,defrag,move_leader}_command.go. */

export const endpointFlags = {
  cluster: { type: 'boolean', default: false, help: 'Use all endpoints from the cluster member list.' },
  rev: { type: 'int', default: 0, help: 'Maximum revision to hash (0: all revisions).' },
} as const satisfies FlagSpecs;

async function endpointsOf(context: Context, program: string, words: readonly string[]) {
  const { flags, positional } = parseFlags(words, endpointFlags, { program });
  if (positional.length > 0)
    throw new UsageError(`${program}: unexpected argument ${JSON.stringify(positional[0])}`);
  if (!flags.cluster) return { endpoints: context.endpoints, flags };
  const { members } = await context.client().memberList();
  return { endpoints: members.flatMap((member) => member.clientUrls), flags };
}

const errorText = (error: unknown) => (error instanceof Error ? error.message : String(error));

export async function endpointHealth(context: Context, words: readonly string[]): Promise<number> {
  const { endpoints } = await endpointsOf(context, 'etcdctl endpoint health', words);
  const results = await Promise.all(
    endpoints.map(async (endpoint) => {
      const client = context.client([endpoint]);
      const start = performance.now();
      try {
        try {
          await client.get('health');
        } catch (error) {
          // A refusal for want of permission was agreed on by a quorum, too.
          if (!(error instanceof GrpcError && error.code === GrpcCode.PermissionDenied)) throw error;
        }
        const { alarms } = await client.call(methods.alarm, { action: AlarmAction.GET });
        const took = goDuration(performance.now() - start);
        if (alarms.length === 0) return { endpoint, took, error: '' };
        return { endpoint, took, error: `Active Alarm(s): ${alarms.map(alarmName).join(', ')}` };
      } catch (error) {
        const dead = error instanceof GrpcError && error.code === GrpcCode.Unavailable;
        return {
          endpoint,
          took: goDuration(performance.now() - start),
          error: dead ? 'context deadline exceeded' : errorText(error),
        };
      } finally {
        client.close();
      }
    }),
  );
  if (context.format === 'json') {
    const list = results.map(({ endpoint, took, error }) => ({
      endpoint,
      health: error === '',
      took,
      error: error === '' ? undefined : error,
    }));
    context.print(`${goJson(list)}\n`);
  } else if (context.format === 'table') {
    const rows = results.map(({ endpoint, took, error }) => [endpoint, String(error === ''), took, error]);
    context.print(table(['ENDPOINT', 'HEALTH', 'TOOK', 'ERROR'], rows));
  } else {
    for (const { endpoint, took, error } of results) {
      if (error === '')
        context.print(`${endpoint} is healthy: successfully committed proposal: took = ${took}\n`);
      else context.complain(`${endpoint} is unhealthy: failed to commit proposal: ${error}\n`);
    }
  }
  if (results.every(({ error }) => error === '')) return 0;
  context.complain('Error: unhealthy cluster\n');
  return 1;
}

const statusJson = (status: StatusResponse) => ({
  header: headerJson(status.header),
  ...omitEmpty({
    version: status.version,
    dbSize: status.dbSize,
    leader: status.leader,
    raftIndex: status.raftIndex,
    raftTerm: status.raftTerm,
    raftAppliedIndex: status.raftAppliedIndex,
    errors: status.errors,
    dbSizeInUse: status.dbSizeInUse,
    isLearner: status.isLearner,
  }),
});

export async function endpointStatus(context: Context, words: readonly string[]): Promise<number> {
  const { endpoints } = await endpointsOf(context, 'etcdctl endpoint status', words);
  const found: { endpoint: string; status: StatusResponse }[] = [];
  let failed = false;
  for (const endpoint of endpoints) {
    const client = context.client([endpoint]);
    try {
      found.push({ endpoint, status: await client.status() });
    } catch (error) {
      failed = true;
      context.complain(`Failed to get the status of endpoint ${endpoint} (${errorText(error)})\n`);
    } finally {
      client.close();
    }
  }
  const rows = found.map(({ endpoint, status }) => [
    endpoint,
    idText(status.header!.memberId),
    status.version,
    humanBytes(status.dbSize),
    String(status.leader === status.header!.memberId),
    String(status.isLearner),
    String(status.raftTerm),
    String(status.raftIndex),
    String(status.raftAppliedIndex),
    status.errors.join(', '),
  ]);
  switch (context.format) {
    case 'table':
      context.print(
        table(
          [
            'ENDPOINT',
            'ID',
            'VERSION',
            'DB SIZE',
            'IS LEADER',
            'IS LEARNER',
            'RAFT TERM',
            'RAFT INDEX',
            'RAFT APPLIED INDEX',
            'ERRORS',
          ],
          rows,
        ),
      );
      break;
    case 'json':
      context.print(
        `${goJson(found.map(({ endpoint, status }) => ({ Endpoint: endpoint, Status: statusJson(status) })))}\n`,
      );
      break;
    case 'fields':
      for (const { endpoint, status } of found) {
        context.print(
          `${fieldsHeader(status.header)}"Version" : ${JSON.stringify(status.version)}\n"DBSize" : ${status.dbSize}\n"Leader" : ${status.leader}\n"IsLearner" : ${status.isLearner}\n"RaftIndex" : ${status.raftIndex}\n"RaftTerm" : ${status.raftTerm}\n"RaftAppliedIndex" : ${status.raftAppliedIndex}\n"Errors" : [${status.errors.map((error) => JSON.stringify(error)).join(' ')}]\n"Endpoint" : ${JSON.stringify(endpoint)}\n\n`,
        );
      }
      break;
    default:
      for (const row of rows) context.print(`${row.join(', ')}\n`);
  }
  return failed ? 1 : 0;
}

export async function endpointHashKv(context: Context, words: readonly string[]): Promise<number> {
  const { endpoints, flags } = await endpointsOf(context, 'etcdctl endpoint hashkv', words);
  const rows: [string, number][] = [];
  const list: unknown[] = [];
  for (const endpoint of endpoints) {
    const client = context.client([endpoint]);
    const answer = await client.call(methods.hashKv, { revision: flags.rev });
    client.close();
    rows.push([endpoint, answer.hash]);
    list.push({
      Endpoint: endpoint,
      HashKV: {
        header: headerJson(answer.header),
        ...omitEmpty({ hash: answer.hash, compact_revision: answer.compactRevision }),
      },
    });
  }
  if (context.format === 'json') context.print(`${goJson(list)}\n`);
  else if (context.format === 'table') {
    context.print(
      table(
        ['ENDPOINT', 'HASH'],
        rows.map(([endpoint, hash]) => [endpoint, String(hash)]),
      ),
    );
  } else for (const [endpoint, hash] of rows) context.print(`${endpoint}, ${hash}\n`);
  return 0;
}

const alarmName = ({ alarm }: AlarmMember) =>
  alarm === AlarmType.NOSPACE ? 'NOSPACE' : alarm === AlarmType.CORRUPT ? 'CORRUPT' : 'NONE';

export async function alarmCommand(context: Context, action: 'list' | 'disarm'): Promise<number> {
  const client = context.client();
  let { alarms } = await client.call(methods.alarm, { action: AlarmAction.GET });
  if (action === 'disarm') {
    const ended: AlarmMember[] = [];
    for (const alarm of alarms) {
      const answer = await client.call(methods.alarm, { ...alarm, action: AlarmAction.DEACTIVATE });
      ended.push(...answer.alarms);
    }
    alarms = ended;
  }
  for (const alarm of alarms) context.print(`memberID:${alarm.memberId} alarm:${alarmName(alarm)} \n`);
  return 0;
}

export async function defrag(context: Context, words: readonly string[]): Promise<number> {
  const { endpoints } = await endpointsOf(context, 'etcdctl defrag', words);
  let failures = 0;
  for (const endpoint of endpoints) {
    const client = context.client([endpoint]);
    const start = performance.now();
    try {
      await client.call(methods.defragment, {});
      context.print(
        `Finished defragmenting etcd member[${endpoint}]. took ${goDuration(performance.now() - start)}\n`,
      );
    } catch (error) {
      failures++;
      context.complain(`Failed to defragment etcd member[${endpoint}] (${errorText(error)})\n`);
    } finally {
      client.close();
    }
  }
  return failures === 0 ? 0 : 1;
}

export async function moveLeader(context: Context, words: readonly string[]): Promise<number> {
  const [text] = words;
  if (words.length !== 1 || !/^[0-9a-f]+$/.test(text!)) {
    throw new UsageError('move-leader command needs 1 argument: the ID of the new leader in hexadecimal');
  }
  const target = BigInt(`0x${text}`);
  for (const endpoint of context.endpoints) {
    const client = context.client([endpoint]);
    try {
      const status = await client.status();
      if (status.leader !== status.header!.memberId) continue;
      await client.call(methods.moveLeader, { targetId: target });
      context.print(`Leadership transferred from ${idText(status.leader)} to ${idText(target)}\n`);
      return 0;
    } finally {
      client.close();
    }
  }
  throw new LabError(`no leader endpoint given at [${context.endpoints.join(' ')}]`);
}
