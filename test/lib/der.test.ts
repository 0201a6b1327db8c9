import { describe, expect, it } from 'vitest';
import {
  children,
  derTag,
  readDer,
  readObjectIdentifier,
  writeDer,
  writeObjectIdentifier,
} from '../../src/lib/der.ts';

const bytes = (hex: string) => Buffer.from(hex, 'hex');

describe('DER', () => {
  it('gives elements one after the other, with their whole encoding', () => {
    const [first, second, ...more] = readDer(bytes('020105' + '0500'));
    expect(first).toMatchObject({ tag: 2, content: bytes('05'), raw: bytes('020105') });
    expect(second).toMatchObject({ tag: 5, content: bytes(''), raw: bytes('0500') });
    expect(more).toEqual([]);
    expect(children(readDer(bytes('3003020105'))[0])).toHaveLength(1);
    expect(children(undefined)).toEqual([]);
  });
  it('reads long lengths', () => {
    const content = Buffer.alloc(300, 7);
    const [element] = readDer(Buffer.concat([bytes('0482012c'), content]));
    expect(element?.content).toEqual(content);
  });
  it.each(['02', '0205', '020201', '0482', '048201', '04820100'])('refuses %s, which is cut off', (hex) =>
    expect(() => readDer(bytes(hex))).toThrow(RangeError),
  );
  it.each([
    ['2a864886f70d01010b', '1.2.840.113549.1.1.11'],
    ['551d11', '2.5.29.17'],
    ['2b0601050507', '1.3.6.1.5.5.7'],
    ['883703', '2.999.3'],
  ])('reads the object identifier %s', (hex, identifier) =>
    expect(readObjectIdentifier(bytes(hex))).toBe(identifier),
  );
});

it.each([0, 1, 127, 128, 255, 256, 70_000])('what is written with %i bytes is read again', (length) => {
  const content = Buffer.alloc(length, 7);
  const [element, ...more] = readDer(writeDer(derTag.octetString, content));
  expect(more).toEqual([]);
  expect(element).toMatchObject({ tag: derTag.octetString, content });
});

it.each(['2.5.29.17', '1.2.840.113549.1.1.11', '1.3.6.1.5.5.7.3.2'])('%s is written as it is read', (id) => {
  expect(readObjectIdentifier(readDer(writeObjectIdentifier(id))[0]!.content)).toBe(id);
});
