import { expect, test } from 'vitest';
import type { Context } from '../../../src/etcd/ctl/context.ts';
import { printKv } from '../../../src/etcd/ctl/kv-print.ts';
import type { KeyValue } from '../../../src/etcd/proto/kv.ts';

const allBytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

function printed(hex: boolean, valueOnly = false): Buffer {
  const chunks: Buffer[] = [];
  const context = {
    flags: { hex },
    print: (text: string | Uint8Array) => void chunks.push(Buffer.from(text as Uint8Array)),
  } as unknown as Context;
  printKv(context, { key: Buffer.from('/日本'), value: allBytes } as unknown as KeyValue, valueOnly);
  return Buffer.concat(chunks);
}

test('keys and values are printed byte for byte', () => {
  expect(printed(false)).toEqual(Buffer.concat([Buffer.from('/日本\n'), allBytes, Buffer.from('\n')]));
  expect(printed(false, true)).toEqual(Buffer.concat([allBytes, Buffer.from('\n')]));
});

test('or as hexadecimal escapes', () => {
  expect(printed(true, true).toString()).toMatch(/^\\x00\\x01\\x02.*\\xfe\\xff\n$/);
});
