import { describe, expect, test } from 'vitest';
import { keyRange, parseDel, parseGet, parseLeaseId, parsePut } from '../../../src/etcd/ctl/kv-commands.ts';
import { SortOrder, SortTarget } from '../../../src/etcd/proto/kv.ts';

const words = (line: string) => (line === '' ? [] : line.split(' '));
const get = (line: string) => parseGet(words(line)).request;
const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('latin1');

describe('which keys are meant', () => {
  const noFlags = { prefix: false, 'from-key': false };
  const range = (keys: readonly string[], flags = noFlags) => {
    const { key, rangeEnd } = keyRange('get', keys, flags);
    return `${text(key)} to ${text(rangeEnd)}`;
  };

  test('one, or those from one up to another', () => {
    expect(range(['a'])).toBe('a to ');
    expect(range(['a', 'c'])).toBe('a to c');
  });

  test('those with a prefix: the end is the prefix with its last byte raised', () => {
    expect(range(['abc'], { ...noFlags, prefix: true })).toBe('abc to abd');
    expect(range(['/registry/'], { ...noFlags, prefix: true })).toBe('/registry/ to /registry0');
    expect(keyRange('get', ['é'], { ...noFlags, prefix: true }).rangeEnd).toEqual(Buffer.from([0xc3, 0xaa]));
  });

  test('all: the empty prefix, or from the empty key on', () => {
    expect(range([''], { ...noFlags, prefix: true })).toBe('\0 to \0');
    expect(range([''], { ...noFlags, 'from-key': true })).toBe('\0 to \0');
    expect(range(['m'], { ...noFlags, 'from-key': true })).toBe('m to \0');
  });

  test.each<[string, string[], { prefix: boolean; 'from-key': boolean }, string]>([
    ['no key', [], noFlags, 'get command needs one argument as key and an optional argument as range_end'],
    ['three keys', ['a', 'b', 'c'], noFlags, 'get command needs one argument as key'],
    [
      'prefix and from-key',
      ['a'],
      { prefix: true, 'from-key': true },
      '`--prefix` and `--from-key` cannot be set at the same time, choose one',
    ],
    [
      'an end beside a prefix',
      ['a', 'b'],
      { prefix: true, 'from-key': false },
      'too many arguments, only accept one argument when `--prefix` or `--from-key` is set',
    ],
    ['an end beside from-key', ['a', 'b'], { prefix: false, 'from-key': true }, 'too many arguments'],
  ])('%s: refused', (_, keys, flags, message) => {
    expect(() => keyRange('get', keys, flags)).toThrow(message);
  });
});

describe('get', () => {
  test('reads one key, linearizable, of the newest revision, unless told otherwise', () => {
    expect(get('a')).toMatchObject({ limit: 0, revision: 0, serializable: false, sortOrder: SortOrder.NONE });
    expect(get('a --rev=5 --limit 3 --consistency=s --keys-only')).toMatchObject({
      revision: 5,
      limit: 3,
      serializable: true,
      keysOnly: true,
    });
    expect(parseGet(words('a --print-value-only')).valueOnly).toBe(true);
  });

  test('a sort without an order goes up, and names may be small', () => {
    expect(get('a --sort-by=modify')).toMatchObject({
      sortTarget: SortTarget.MOD,
      sortOrder: SortOrder.ASCEND,
    });
    expect(get('a --sort-by=VERSION --order=descend')).toMatchObject({
      sortTarget: SortTarget.VERSION,
      sortOrder: SortOrder.DESCEND,
    });
    expect(get('a --order=DESCEND')).toMatchObject({
      sortTarget: SortTarget.KEY,
      sortOrder: SortOrder.DESCEND,
    });
  });

  test.each([
    ['', 'get command needs one argument as key'],
    ['a --consistency=x', 'unknown consistency flag "x"'],
    ['a --sort-by=size', 'bad sort target size'],
    ['a --order=up', 'bad sort order up'],
    ['a --keys-only --count-only', '`--keys-only` and `--count-only` cannot be set at the same time'],
    ['a --limit=few', 'invalid argument "few" for "--limit" flag'],
    ['a --prefx', 'etcdctl get: unknown flag: --prefx'],
  ])('%s: refused', (line, message) => {
    expect(() => get(line)).toThrow(message);
  });
});

describe('put', () => {
  test('takes key and value as they stand', () => {
    const request = parsePut(['a', '日本 x']);
    expect([text(request.key), Buffer.from(request.value!).toString()]).toEqual(['a', '日本 x']);
    expect(parsePut(['a', '']).value).toHaveLength(0);
    expect(Buffer.from(parsePut(['--', 'a', '--hex']).value!).toString()).toBe('--hex');
  });

  test('reads the lease in hexadecimal, as it is printed', () => {
    expect(parsePut(words('a v --lease=694d81417acd4705')).lease).toBe(0x694d81417acd4705n);
    expect(parsePut(words('a v')).lease).toBe(0n);
  });

  test('keeps the value that is there with --ignore-value', () => {
    const request = parsePut(words('a --ignore-value --lease=1'));
    expect(request).toMatchObject({ ignoreValue: true, lease: 1n });
    expect(request.value).toBeUndefined();
  });

  test.each([
    ['', 'put command needs 1 argument and input from stdin or 2 arguments'],
    ['a b c', 'put command needs 1 argument and input from stdin or 2 arguments'],
    ['a v --ignore-value', "put command needs only 1 argument when 'ignore-value' is set"],
    ['a v --lease=zz', 'bad lease ID (strconv.ParseInt: parsing "zz": invalid syntax), expecting ID in Hex'],
  ])('%s: refused', (line, message) => {
    expect(() => parsePut(words(line))).toThrow(message);
  });
});

test('del takes one key, an end, or a prefix, and may show what it deleted', () => {
  expect(parseDel(words('a --prefix --prev-kv'))).toEqual({
    key: Buffer.from('a'),
    rangeEnd: Buffer.from('b'),
    prevKv: true,
  });
  expect(() => parseDel([])).toThrow('del command needs one argument as key');
});

test('a lease id with its top bit set is negative on the wire, and comes back as it was', () => {
  expect(parseLeaseId('ffffffffffffffff')).toBe(-1n);
  expect(parseLeaseId('1')).toBe(1n);
  for (const bad of ['', '-1', '0x1', '1 ']) expect(() => parseLeaseId(bad)).toThrow('bad lease ID');
});
