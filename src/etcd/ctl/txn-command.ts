import { createInterface } from 'node:readline';
import { UsageError } from '../../lib/errors.ts';
import { type FlagSpecs, parseFlags } from '../../lib/flags.ts';
import { type CompareInit, CompareResult, CompareTarget, type RequestOpInit } from '../proto/kv.ts';
import type { Context } from './context.ts';
import { parseDel, parseGet, parseLeaseId, parsePut } from './kv-commands.ts';
import { printTxn } from './kv-print.ts';

/** txn: compares, requests for success, requests for failure, each ended by an empty line. Models txn_command.go. */
export const txnFlags = {
  interactive: {
    type: 'boolean',
    default: false,
    short: 'i',
    help: 'Input transaction in interactive mode.',
  },
} as const satisfies FlagSpecs;

const results: Readonly<Record<string, number>> = {
  '=': CompareResult.EQUAL,
  '>': CompareResult.GREATER,
  '<': CompareResult.LESS,
  '!=': CompareResult.NOT_EQUAL,
};

/** `mod("key") > "0"`, also ver, create, val, lease and their long names. */
export function parseCompare(line: string): CompareInit {
  const match = /^\s*(\w+)\("((?:[^"\\]|\\.)*)"\)\s*(=|!=|<|>)\s*"((?:[^"\\]|\\.)*)"\s*$/.exec(line);
  if (match === null)
    throw new UsageError(`malformed comparison: ${line}`, { remedy: 'got target("key") = "value"?' });
  const [, target, key, operator, operand] = match;
  const unescaped = (text: string) => unquote(text, `malformed comparison: ${line}`);
  const base = { key: Buffer.from(unescaped(key!)), result: results[operator!]! };
  const value = unescaped(operand!);
  const number = () => {
    if (!/^-?\d+$/.test(value)) throw new UsageError(`invalid txn compare request: ${line}`);
    return Number(value);
  };
  switch (target) {
    case 'ver':
    case 'version':
      return { ...base, target: CompareTarget.VERSION, version: number() };
    case 'c':
    case 'create':
      return { ...base, target: CompareTarget.CREATE, createRevision: number() };
    case 'm':
    case 'mod':
      return { ...base, target: CompareTarget.MOD, modRevision: number() };
    case 'val':
    case 'value':
      return { ...base, target: CompareTarget.VALUE, value: Buffer.from(value) };
    case 'lease':
      return { ...base, target: CompareTarget.LEASE, lease: parseLeaseId(value) };
    default:
      throw new UsageError(`malformed comparison: ${line} (unknown target ${target})`);
  }
}

/** What stands between double quotes, with its escapes resolved. Throws UsageError with `mistake`. */
function unquote(text: string, mistake: string): string {
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    throw new UsageError(mistake, { remedy: 'a backslash goes before ", \\, n, t, or u and four digits' });
  }
}

/** Words as a shell splits them: quotes and backslashes, nothing more. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  for (const [, double, single, bare] of line.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+)/g)) {
    const isQuoted = double !== undefined;
    words.push(isQuoted ? unquote(double, `invalid txn request: ${line}`) : (single ?? bare!));
  }
  return words;
}

export function parseOperation(line: string): RequestOpInit {
  const [command, ...words] = splitWords(line);
  switch (command) {
    case 'get':
      return { requestRange: parseGet(words).request };
    case 'put':
      return { requestPut: parsePut(words) };
    case 'del':
      return { requestDeleteRange: parseDel(words) };
    default:
      throw new UsageError(`invalid txn request: ${line} (unknown command ${command})`);
  }
}

export async function txn(context: Context, words: readonly string[]): Promise<number> {
  const { flags } = parseFlags(words, txnFlags, { program: 'etcdctl txn' });
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const section = async <T>(title: string, parse: (line: string) => T): Promise<T[]> => {
    if (flags.interactive) context.print(`${title}:\n`);
    const items: T[] = [];
    for (;;) {
      const { value, done } = await lines.next();
      if (done || value.trim() === '') return items;
      items.push(parse(value));
    }
  };
  const compare = await section('compares', parseCompare);
  const success = await section('success requests (get, put, del)', parseOperation);
  const failure = await section('failure requests (get, put, del)', parseOperation);
  printTxn(context, await context.client().txn({ compare, success, failure }));
  return 0;
}
