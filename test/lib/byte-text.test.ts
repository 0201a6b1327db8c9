import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeBytes, unescapeBytes } from '../../src/lib/byte-text.ts';

const allBytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);

describe('bytes as text', () => {
  it('gives every byte back, whatever stands beside it', () => {
    const byte = fc.oneof(
      fc.integer({ min: 0, max: 255 }),
      fc.constantFrom(0xc3, 0xee, 0xbe, 0xbf, 0xef, 0xbb),
    );
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 40 }), (bytes) => {
        const escaped = escapeBytes(Uint8Array.from(bytes));
        expect(isUtf8(escaped)).toBe(true);
        expect([...unescapeBytes(escaped)]).toEqual(bytes);
        // A decoder may come between: it must find nothing to swallow or to replace.
        expect([...unescapeBytes(Buffer.from(new TextDecoder().decode(escaped)))]).toEqual(bytes);
      }),
      { seed: 1, numRuns: 2000 },
    );
  });

  it('leaves text as it is', () => {
    for (const text of ['plain', 'naïve café', '日本語のテキスト', '\u{1f600} emoji', '\u0000\t\n']) {
      expect(escapeBytes(Buffer.from(text)).toString()).toBe(text);
    }
  });

  it('makes one character of a byte that is no text', () => {
    expect(escapeBytes(Uint8Array.of(0x41, 0xff, 0x80)).toString()).toBe('A\uefff\uef80');
    expect(escapeBytes(allBytes).toString()).toHaveLength(256);
  });

  it.each([
    ['characters of its own range', [0xee, 0xbe, 0x80]],
    ['a byte order mark', [0xef, 0xbb, 0xbf]],
    ['text that was encoded twice', [0xc3, 0x83, 0xc2, 0xa9]],
    ['an overlong form', [0xc0, 0x80, 0xe0, 0x80, 0x80, 0xf0, 0x80, 0x80, 0x80]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a sequence that ends early', [0xe6, 0x97]],
  ])('takes %s for bytes', (_name, bytes) => {
    const escaped = escapeBytes(Uint8Array.from(bytes));
    expect(escaped.equals(Buffer.from(bytes))).toBe(false);
    expect([...unescapeBytes(escaped)]).toEqual(bytes);
  });
});
