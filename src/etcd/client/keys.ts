/** Helpers for keys and ranges, which are bytes. */

export type Bytes = string | Uint8Array;

export const toBytes = (value: Bytes): Uint8Array => (typeof value === 'string' ? Buffer.from(value) : value);

/** The end of the range of all keys that begin with the prefix; `\0` (to the end of all keys) when there is none. */
export function prefixEnd(prefix: Bytes): Buffer {
  const end = Buffer.from(toBytes(prefix));
  for (let i = end.length - 1; i >= 0; i--) {
    if (end[i]! < 0xff) {
      end[i]!++;
      return end.subarray(0, i + 1);
    }
  }
  return Buffer.from([0]);
}

/** As a range end it means: every key from the start key on. */
export const fromKeyEnd = Buffer.from([0]);
