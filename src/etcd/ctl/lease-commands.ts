import { UsageError } from '../../lib/errors.ts';
import { type FlagSpecs, parseFlags } from '../../lib/flags.ts';
import type { Context } from './context.ts';
import { leaseText } from './context.ts';
import { bytesText, goJson, headerJson, omitEmpty } from './format.ts';
import { parseLeaseId } from './kv-commands.ts';
import { fieldsHeader } from './kv-print.ts';

/** lease grant, revoke, timetolive, list and keep-alive. Models etcdctl/ctlv3/command/lease_command.go. */

export async function leaseGrant(context: Context, words: readonly string[]): Promise<number> {
  const ttl = Number(words[0]);
  if (words.length !== 1) throw new UsageError('lease grant command needs TTL argument');
  if (!Number.isInteger(ttl)) {
    throw new UsageError(`bad TTL (strconv.ParseInt: parsing ${JSON.stringify(words[0])}: invalid syntax)`);
  }
  const { header, id, ttl: granted } = await context.client().leaseGrant(ttl);
  if (context.format === 'json') {
    context.print(
      `${goJson({ cluster_id: header?.clusterId, member_id: header?.memberId, revision: header?.revision, raft_term: header?.raftTerm, ID: id, TTL: granted, Error: '' })}\n`,
    );
  } else if (context.format === 'fields') {
    context.print(`${fieldsHeader(header)}"ID" : ${id}\n"TTL" : ${granted}\n`);
  } else context.print(`lease ${leaseText(id)} granted with TTL(${granted}s)\n`);
  return 0;
}

export async function leaseRevoke(context: Context, words: readonly string[]): Promise<number> {
  if (words.length !== 1) throw new UsageError('lease revoke command needs 1 argument');
  const id = parseLeaseId(words[0]!);
  const { header } = await context.client().leaseRevoke(id);
  if (context.format === 'json') context.print(`${goJson({ header: headerJson(header) })}\n`);
  else context.print(`lease ${leaseText(id)} revoked\n`);
  return 0;
}

export const timeToLiveFlags = {
  keys: { type: 'boolean', default: false, help: 'Get keys attached to this lease.' },
} as const satisfies FlagSpecs;

export async function leaseTimeToLive(context: Context, words: readonly string[]): Promise<number> {
  const { flags, positional } = parseFlags(words, timeToLiveFlags, { program: 'etcdctl lease timetolive' });
  if (positional.length !== 1) throw new UsageError('lease timetolive command needs lease ID as argument');
  const id = parseLeaseId(positional[0]!);
  const { header, ttl, grantedTtl, keys } = await context.client().leaseTimeToLive(id, flags.keys);
  if (context.format === 'json') {
    context.print(
      `${goJson({ cluster_id: header?.clusterId, member_id: header?.memberId, revision: header?.revision, raft_term: header?.raftTerm, id, ttl, 'granted-ttl': grantedTtl, keys: keys.length === 0 ? null : keys })}\n`,
    );
  } else if (grantedTtl === 0 && ttl === -1) context.print(`lease ${leaseText(id)} already expired\n`);
  else {
    const attached = flags.keys
      ? `, attached keys([${keys.map((key) => bytesText(key, context.flags.hex)).join(' ')}])`
      : '';
    context.print(`lease ${leaseText(id)} granted with TTL(${grantedTtl}s), remaining(${ttl}s)${attached}\n`);
  }
  return 0;
}

export async function leaseList(context: Context): Promise<number> {
  const { header, leases } = await context.client().leaseLeases();
  if (context.format === 'json') {
    context.print(
      `${goJson({ ...omitEmpty({ cluster_id: header?.clusterId, member_id: header?.memberId, revision: header?.revision, raft_term: header?.raftTerm }), leases })}\n`,
    );
  } else {
    context.print(`found ${leases.length} leases\n`);
    for (const { id } of leases) context.print(`${leaseText(id)}\n`);
  }
  return 0;
}

export const keepAliveFlags = {
  once: {
    type: 'boolean',
    default: false,
    help: 'Resets the keep-alive time to its original value and exits immediately.',
  },
} as const satisfies FlagSpecs;

export async function leaseKeepAlive(context: Context, words: readonly string[]): Promise<number> {
  const { flags, positional } = parseFlags(words, keepAliveFlags, { program: 'etcdctl lease keep-alive' });
  if (positional.length !== 1) throw new UsageError('lease keep-alive command needs lease ID as argument');
  const id = parseLeaseId(positional[0]!);
  const client = context.client();
  while (!context.signal.aborted) {
    const { ttl } = await client.leaseKeepAliveOnce(id);
    if (ttl <= 0) {
      context.print(`lease ${leaseText(id)} expired or revoked.\n`);
      return flags.once ? 1 : 0;
    }
    context.print(`lease ${leaseText(id)} keepalived with TTL(${ttl})\n`);
    if (flags.once) return 0;
    // A third of the time, so that two renewals may get lost.
    await new Promise<void>((resolve) => {
      setTimeout(resolve, (ttl * 1000) / 3);
      context.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }
  return 0;
}
