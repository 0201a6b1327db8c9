import { describe, expect, test } from 'vitest';
import { parseCompare, parseOperation, splitWords } from '../../../src/etcd/ctl/txn-command.ts';
import { CompareResult, CompareTarget } from '../../../src/etcd/proto/kv.ts';

describe('comparisons', () => {
  test.each([
    ['mod("a") = "5"', { target: CompareTarget.MOD, result: CompareResult.EQUAL, modRevision: 5 }],
    ['m("a") > "5"', { target: CompareTarget.MOD, result: CompareResult.GREATER, modRevision: 5 }],
    ['create("a") < "5"', { target: CompareTarget.CREATE, result: CompareResult.LESS, createRevision: 5 }],
    ['c("a")="0"', { target: CompareTarget.CREATE, result: CompareResult.EQUAL, createRevision: 0 }],
    ['version("a") != "1"', { target: CompareTarget.VERSION, result: CompareResult.NOT_EQUAL, version: 1 }],
    ['  ver("a") > "0"  ', { target: CompareTarget.VERSION, result: CompareResult.GREATER, version: 0 }],
    ['value("a") = "x y"', { target: CompareTarget.VALUE, value: Buffer.from('x y') }],
    ['val("a") = "5"', { target: CompareTarget.VALUE, value: Buffer.from('5') }],
    ['lease("a") = "1f"', { target: CompareTarget.LEASE, lease: 0x1fn }],
  ])('%s', (line, expected) => {
    expect(parseCompare(line)).toMatchObject({ ...expected, key: Buffer.from('a') });
  });

  test('keys and values may hold quotes and backslashes, escaped', () => {
    const { key, value } = parseCompare(String.raw`val("a\"b\\") = "line\nnext"`);
    expect(Buffer.from(key!).toString()).toBe('a"b\\');
    expect(Buffer.from(value!).toString()).toBe('line\nnext');
  });

  test.each([
    'mod(a) = "5"',
    'mod("a") == "5"',
    'mod("a") = 5',
    'mod("a")',
    'mod "a" = "5"',
    'mod("a") >= "5"',
    'put a b',
  ])('%s: malformed', (line) => {
    expect(() => parseCompare(line)).toThrow(`malformed comparison: ${line}`);
  });

  test('a target that does not exist, and a revision that is no number', () => {
    expect(() => parseCompare('size("a") = "5"')).toThrow(/malformed comparison: .*unknown target size/);
    expect(() => parseCompare('mod("a") = "five"')).toThrow('invalid txn compare request: mod("a") = "five"');
    expect(() => parseCompare('lease("a") = "xyz"')).toThrow('bad lease ID');
  });

  test('an escape that does not exist is a mistake in the input, said as such', () => {
    expect(() => parseCompare(String.raw`val("a\q") = "x"`)).toThrow('malformed comparison');
  });
});

describe('requests', () => {
  test('are the commands get, put and del with their flags', () => {
    expect(parseOperation('get a --prefix')).toMatchObject({
      requestRange: { key: Buffer.from('a'), rangeEnd: Buffer.from('b') },
    });
    expect(parseOperation('put a "two words" --prev-kv')).toMatchObject({
      requestPut: { value: Buffer.from('two words'), prevKv: true },
    });
    expect(parseOperation('del a c')).toMatchObject({ requestDeleteRange: { rangeEnd: Buffer.from('c') } });
  });

  test.each([
    ['compaction 5', 'invalid txn request: compaction 5 (unknown command compaction)'],
    ['get', 'get command needs one argument as key'],
    ['put a b c', 'put command needs 1 argument'],
    ['del a --recursive', 'etcdctl del: unknown flag: --recursive'],
  ])('%s: refused', (line, message) => {
    expect(() => parseOperation(line)).toThrow(message);
  });

  test('a put without a value is refused: standard input is the transaction itself', () => {
    expect(() => parseOperation('put a')).toThrow(
      'put command needs 1 argument and input from stdin or 2 arguments',
    );
  });
});

describe('words', () => {
  test.each([
    ['put a b', ['put', 'a', 'b']],
    ['  put   a  "b c" ', ['put', 'a', 'b c']],
    [`put a 'b "c"'`, ['put', 'a', 'b "c"']],
    [String.raw`put a "b \"c\""`, ['put', 'a', 'b "c"']],
    [`put a ''`, ['put', 'a', '']],
    ['put a --lease=1', ['put', 'a', '--lease=1']],
    ['', []],
  ])('%s', (line, expected) => {
    expect(splitWords(line)).toEqual(expected);
  });

  test('an escape that does not exist is refused', () => {
    expect(() => splitWords(String.raw`put a "b\qc"`)).toThrow(String.raw`invalid txn request: put a "b\qc"`);
  });
});
