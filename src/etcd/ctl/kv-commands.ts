import { readFileSync } from 'node:fs';
import { UsageError } from '../../lib/errors.ts';
import { type FlagSpecs, parseFlags } from '../../lib/flags.ts';
import { fromKeyEnd, prefixEnd } from '../client/keys.ts';
import {
  type DeleteRangeRequestInit,
  type PutRequestInit,
  type RangeRequestInit,
  SortOrder,
  SortTarget,
} from '../proto/kv.ts';
import type { Context } from './context.ts';
import { printDelete, printPut, printRange } from './kv-print.ts';

/** get, put, del and compaction. Models etcdctl/ctlv3/command/{get,put,del,compaction}_command.go. */

export const getFlags = {
  consistency: { type: 'string', default: 'l', help: 'Linearizable(l) or Serializable(s).' },
  order: { type: 'string', default: '', help: 'Order of results; ASCEND or DESCEND (ASCEND by default).' },
  'sort-by': { type: 'string', default: '', help: 'Sort target; CREATE, KEY, MODIFY, VALUE, or VERSION.' },
  limit: { type: 'int', default: 0, help: 'Maximum number of results.' },
  prefix: { type: 'boolean', default: false, help: 'Get keys with matching prefix.' },
  'from-key': {
    type: 'boolean',
    default: false,
    help: 'Get keys that are greater than or equal to the given key.',
  },
  rev: { type: 'int', default: 0, help: 'Specify the kv revision.' },
  'keys-only': { type: 'boolean', default: false, help: 'Get only the keys.' },
  'count-only': { type: 'boolean', default: false, help: 'Get only the count.' },
  'print-value-only': {
    type: 'boolean',
    default: false,
    help: 'Only write values when using the "simple" output format.',
  },
} as const satisfies FlagSpecs;

const badArgs = (text: string) => new UsageError(text);

interface RangeFlags {
  readonly prefix: boolean;
  readonly 'from-key': boolean;
}

/** What KEY [RANGE_END] and the flags mean. */
export function keyRange(
  command: string,
  words: readonly string[],
  flags: RangeFlags,
): { key: Buffer; rangeEnd: Uint8Array } {
  if (words.length < 1 || words.length > 2) {
    throw badArgs(`${command} command needs one argument as key and an optional argument as range_end`);
  }
  if (flags.prefix && flags['from-key']) {
    throw badArgs('`--prefix` and `--from-key` cannot be set at the same time, choose one');
  }
  const key = Buffer.from(words[0]!);
  if (words.length === 2) {
    if (flags.prefix || flags['from-key']) {
      throw badArgs('too many arguments, only accept one argument when `--prefix` or `--from-key` is set');
    }
    return { key, rangeEnd: Buffer.from(words[1]!) };
  }
  // The empty key cannot be asked for; the first key there can be is `\0`.
  const start = key.length === 0 ? Buffer.from([0]) : key;
  if (flags.prefix) return { key: start, rangeEnd: key.length === 0 ? fromKeyEnd : prefixEnd(key) };
  if (flags['from-key']) return { key: start, rangeEnd: fromKeyEnd };
  return { key, rangeEnd: Buffer.alloc(0) };
}

const sortTargets: Readonly<Record<string, number>> = {
  CREATE: SortTarget.CREATE,
  KEY: SortTarget.KEY,
  MODIFY: SortTarget.MOD,
  VALUE: SortTarget.VALUE,
  VERSION: SortTarget.VERSION,
};
const sortOrders: Readonly<Record<string, number>> = { ASCEND: SortOrder.ASCEND, DESCEND: SortOrder.DESCEND };

export function parseGet(words: readonly string[]): { request: RangeRequestInit; valueOnly: boolean } {
  const { flags, positional } = parseFlags(words, getFlags, { program: 'etcdctl get' });
  const consistency = flags.consistency;
  if (consistency !== 'l' && consistency !== 's')
    throw badArgs(`unknown consistency flag ${JSON.stringify(consistency)}`);
  const target = flags['sort-by'].toUpperCase();
  const order = flags.order.toUpperCase();
  if (target !== '' && sortTargets[target] === undefined)
    throw badArgs(`bad sort target ${flags['sort-by']}`);
  if (order !== '' && sortOrders[order] === undefined) throw badArgs(`bad sort order ${flags.order}`);
  if (flags['keys-only'] && flags['count-only']) {
    throw badArgs('`--keys-only` and `--count-only` cannot be set at the same time, choose one');
  }
  const defaultOrder = target === '' ? SortOrder.NONE : SortOrder.ASCEND;
  return {
    request: {
      ...keyRange('get', positional, flags),
      limit: flags.limit,
      revision: flags.rev,
      sortOrder: sortOrders[order] ?? defaultOrder,
      sortTarget: sortTargets[target] ?? SortTarget.KEY,
      serializable: consistency === 's',
      keysOnly: flags['keys-only'],
      countOnly: flags['count-only'],
    },
    valueOnly: flags['print-value-only'],
  };
}

export async function get(context: Context, words: readonly string[]): Promise<number> {
  const { request, valueOnly } = parseGet(words);
  if (valueOnly && context.format !== 'simple') {
    throw badArgs('print-value-only is only for `--write-out=simple`');
  }
  printRange(context, await context.client().range(request), valueOnly);
  return 0;
}

export const putFlags = {
  lease: { type: 'string', default: '0', help: 'Lease ID (in hexadecimal) to attach to the key.' },
  'prev-kv': {
    type: 'boolean',
    default: false,
    help: 'Return the previous key-value pair before modification.',
  },
  'ignore-value': { type: 'boolean', default: false, help: 'Updates the key using its current value.' },
  'ignore-lease': { type: 'boolean', default: false, help: 'Updates the key using its current lease.' },
} as const satisfies FlagSpecs;

export function parseLeaseId(text: string): bigint {
  if (!/^[0-9a-f]+$/i.test(text))
    throw badArgs(
      `bad lease ID (strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax), expecting ID in Hex`,
    );
  return BigInt.asIntN(64, BigInt(`0x${text}`));
}

const putUsage = 'put command needs 1 argument and input from stdin or 2 arguments';

/** `readInput` gives the value when there is none among the words. */
export function parsePut(words: readonly string[], readInput?: () => Buffer): PutRequestInit {
  const { flags, positional } = parseFlags(words, putFlags, { program: 'etcdctl put' });
  const [key, value] = positional;
  if (key === undefined) throw badArgs(putUsage);
  const common = {
    key: Buffer.from(key),
    lease: parseLeaseId(flags.lease),
    prevKv: flags['prev-kv'],
    ignoreValue: flags['ignore-value'],
    ignoreLease: flags['ignore-lease'],
  };
  if (flags['ignore-value']) {
    if (positional.length > 1) throw badArgs("put command needs only 1 argument when 'ignore-value' is set");
    return common;
  }
  if (positional.length > 2) throw badArgs(putUsage);
  if (value !== undefined) return { ...common, value: Buffer.from(value) };
  const input = readInput?.();
  if (input === undefined || input.length === 0) throw badArgs(putUsage);
  return { ...common, value: input };
}

export async function put(context: Context, words: readonly string[]): Promise<number> {
  const { key, value, ...more } = parsePut(words, () => readFileSync(0));
  printPut(context, await context.client().put(key!, value ?? Buffer.alloc(0), more));
  return 0;
}

export const delFlags = {
  prefix: { type: 'boolean', default: false, help: 'Delete keys with matching prefix.' },
  'from-key': {
    type: 'boolean',
    default: false,
    help: 'Delete keys that are greater than or equal to the given key.',
  },
  'prev-kv': { type: 'boolean', default: false, help: 'Return deleted key-value pairs.' },
} as const satisfies FlagSpecs;

export function parseDel(words: readonly string[]): DeleteRangeRequestInit {
  const { flags, positional } = parseFlags(words, delFlags, { program: 'etcdctl del' });
  return { ...keyRange('del', positional, flags), prevKv: flags['prev-kv'] };
}

export async function del(context: Context, words: readonly string[]): Promise<number> {
  printDelete(context, await context.client().deleteRange(parseDel(words)));
  return 0;
}

export const compactionFlags = {
  physical: {
    type: 'boolean',
    default: false,
    help: "'true' to wait for compaction to physically remove all old revisions.",
  },
} as const satisfies FlagSpecs;

export async function compaction(context: Context, words: readonly string[]): Promise<number> {
  const { flags, positional } = parseFlags(words, compactionFlags, { program: 'etcdctl compaction' });
  if (positional.length !== 1) throw badArgs('compaction command needs 1 argument');
  const revision = Number(positional[0]);
  if (!Number.isInteger(revision))
    throw badArgs(`strconv.ParseInt: parsing ${JSON.stringify(positional[0])}: invalid syntax`);
  await context.client().compact(revision, flags.physical);
  context.print(`compacted revision ${revision}\n`);
  return 0;
}
