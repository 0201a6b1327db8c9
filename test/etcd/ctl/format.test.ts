import { describe, expect, test } from 'vitest';
import {
  bytesText,
  goDuration,
  goJson,
  headerJson,
  humanBytes,
  kvJson,
  omitEmpty,
  table,
} from '../../../src/etcd/ctl/format.ts';

describe('JSON as Go writes it', () => {
  test('64-bit ids are plain numbers, bytes are base64, what is undefined is left out', () => {
    expect(
      goJson({
        id: 14841639068965178418n,
        key: Buffer.from('a'),
        none: undefined,
        list: [1n, null],
        no: false,
      }),
    ).toBe('{"id":14841639068965178418,"key":"YQ==","list":[1,null],"no":false}');
  });

  test('empty fields of messages are left out, and so is what a deleted key lacks', () => {
    expect(omitEmpty({ a: 0, b: 0n, c: '', d: false, e: [], f: Buffer.alloc(0), g: 1 })).toEqual({ g: 1 });
    const tombstone = {
      key: Buffer.from('a'),
      createRevision: 0,
      modRevision: 7,
      version: 0,
      value: Buffer.alloc(0),
      lease: 0n,
    };
    expect(goJson(kvJson(tombstone))).toBe('{"key":"YQ==","mod_revision":7}');
    expect(goJson(headerJson({ clusterId: 1n, memberId: 2n, revision: 0, raftTerm: 3 }))).toBe(
      '{"cluster_id":1,"member_id":2,"raft_term":3}',
    );
  });
});

test('a table has centred headings and cells to the right', () => {
  expect(
    table(
      ['id', 'name'],
      [
        ['1', 'controller-0'],
        ['12345', ''],
      ],
    ),
  ).toBe(
    [
      '+-------+--------------+',
      '|  ID   |     NAME     |',
      '+-------+--------------+',
      '|     1 | controller-0 |',
      '| 12345 |              |',
      '+-------+--------------+',
      '',
    ].join('\n'),
  );
});

test.each([
  [0, '0 B'],
  [9, '9 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [20_480, '20 kB'],
  [2_147_483_648, '2.1 GB'],
])('%i bytes are %s', (bytes, text) => {
  expect(humanBytes(bytes)).toBe(text);
});

test.each([
  [0.5, '500µs'],
  [2.763257, '2.763257ms'],
  [1500, '1.5s'],
])('%d milliseconds are %s', (milliseconds, text) => {
  expect(goDuration(milliseconds)).toBe(text);
});

test('--hex shows every byte, whatever it is', () => {
  expect(bytesText(Buffer.from([0x61, 0, 0xff]), true)).toBe('\\x61\\x00\\xff');
  expect(bytesText(Buffer.from('日本'), false)).toBe('日本');
});
