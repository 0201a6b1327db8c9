import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WireReader, WireWriter } from '../../../src/lib/protobuf/wire.ts';

/** The definition: seven bits a byte, lowest first, the top bit set on all but the last. */
function plainVarint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}
const written = (write: (writer: WireWriter) => void) => {
  const writer = new WireWriter();
  write(writer);
  return [...writer.finish()];
};
const edges = [
  0n,
  1n,
  127n,
  128n,
  2n ** 28n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
];
const unsigned = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.constantFrom(...edges));

describe('numbers of 64 bits', () => {
  test('are written as the definition has it, and read back', () => {
    fc.assert(
      fc.property(unsigned, (value) => {
        const bytes = written((writer) => writer.varintBig(value));
        expect(bytes).toEqual(plainVarint(value));
        expect(new WireReader(Uint8Array.from(bytes)).varintBig()).toBe(value);
      }),
    );
  });

  test('that are negative take ten bytes, and come back as they were', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: -1n }), (value) => {
        const bytes = written((writer) => writer.varintBig(value));
        expect(bytes).toEqual(plainVarint(value));
        expect(bytes).toHaveLength(10);
        expect(BigInt.asIntN(64, new WireReader(Uint8Array.from(bytes)).varintBig())).toBe(value);
      }),
    );
  });

  test('that fit 2^53 are the same whichever way they are written and read', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const bytes = written((writer) => writer.varint(value));
        expect(bytes).toEqual(plainVarint(BigInt(value)));
        const reader = () => new WireReader(Uint8Array.from(bytes));
        expect(reader().varint()).toBe(value);
        expect(reader().int64()).toBe(value);
        expect(reader().varintBig()).toBe(BigInt(value));
      }),
    );
  });

  test('signed ones are read as numbers', () => {
    for (const value of [-1n, -5n, -(2n ** 53n) + 1n]) {
      const bytes = written((writer) => writer.varintBig(value));
      expect(new WireReader(Uint8Array.from(bytes)).int64()).toBe(Number(value));
    }
  });
});

test('what ends in the middle is refused', () => {
  const reader = (...bytes: number[]) => new WireReader(Uint8Array.from(bytes));
  expect(() => reader(0x80).varint()).toThrow('unexpected end of protobuf message');
  expect(() => reader(0xff, 0xff).varintBig()).toThrow('unexpected end of protobuf message');
  expect(() => reader(5, 1, 2).bytes()).toThrow('unexpected end of protobuf message');
  expect(() => reader(5, 1, 2).nested()).toThrow('unexpected end of protobuf message');
});

test('a writer may be used again, also after something larger than its buffer', () => {
  const writer = new WireWriter();
  writer.bytes(new Uint8Array(3_000_000).fill(7));
  expect(writer.finish()).toHaveLength(3_000_000);
  writer.string('é');
  writer.varint(300);
  expect([...writer.finish()]).toEqual([0xac, 0x02, 0xc3, 0xa9]);
});
