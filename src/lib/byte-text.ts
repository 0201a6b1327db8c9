import { isAscii } from 'node:buffer';

/*
 * Any bytes as text that survives: valid UTF-8 stays as it is, and every byte that is none becomes one character of the
 * private use area, U+EF80 to U+EFFF (byte 0x80 to 0xFF), which encoding leaves alone and no text of its own has.
 * A program that only knows text (see shell-bytes.ts) may then cut, join and store what it gets, and the way back gives
 * every byte again. What could be mistaken on that way is taken for bytes too: characters of that very range, a byte
 * order mark, which decoders swallow, and text that was encoded twice, which just-bash decodes twice.
 */

const escapeLead = 0xee;
const isEscape = (second: number | undefined) => second === 0xbe || second === 0xbf;
const isContinuation = (byte: number | undefined) => byte !== undefined && byte >= 0x80 && byte <= 0xbf;

/** The length of the UTF-8 sequence at `at`, or 0 when there is none that may stay. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]!;
  const second = bytes[at + 1];
  if (lead < 0xc2 || lead > 0xf4 || !isContinuation(second)) return 0;
  if (lead < 0xe0) {
    const twice = lead === 0xc3 && second! >= 0x82 && second! <= 0xb4 && bytes[at + 2] === 0xc2;
    return twice ? 0 : 2;
  }
  if (!isContinuation(bytes[at + 2])) return 0;
  if (lead < 0xf0) {
    const overlong = lead === 0xe0 && second! < 0xa0;
    const surrogate = lead === 0xed && second! > 0x9f;
    const mark = lead === 0xef && second === 0xbb && bytes[at + 2] === 0xbf;
    return overlong || surrogate || mark || (lead === escapeLead && isEscape(second)) ? 0 : 3;
  }
  const outside = (lead === 0xf0 && second! < 0x90) || (lead === 0xf4 && second! > 0x8f);
  return outside || !isContinuation(bytes[at + 3]) ? 0 : 4;
}

/** Bytes as valid UTF-8, each byte that is not part of text escaped. `unescapeBytes` is the inverse. */
export function escapeBytes(bytes: Uint8Array): Buffer {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isAscii(input)) return input;
  const output = Buffer.allocUnsafe(input.length * 3);
  let length = 0;
  for (let at = 0; at < input.length; ) {
    const byte = input[at]!;
    const keep = byte < 0x80 ? 1 : sequenceLength(input, at);
    if (keep === 0) {
      output[length++] = escapeLead;
      output[length++] = byte < 0xc0 ? 0xbe : 0xbf;
      output[length++] = 0x80 | (byte & 0x3f);
      at++;
    }
    for (const end = at + keep; at < end; at++) output[length++] = input[at]!;
  }
  return output.subarray(0, length);
}

/** The bytes that `escapeBytes` was given. */
export function unescapeBytes(bytes: Uint8Array): Buffer {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isAscii(input) || !input.includes(escapeLead)) return input;
  const output = Buffer.allocUnsafe(input.length);
  let length = 0;
  for (let at = 0; at < input.length; ) {
    if (input[at] === escapeLead && isEscape(input[at + 1]) && isContinuation(input[at + 2])) {
      output[length++] = (input[at + 1] === 0xbe ? 0x80 : 0xc0) | (input[at + 2]! & 0x3f);
      at += 3;
    } else output[length++] = input[at++]!;
  }
  return output.subarray(0, length);
}
