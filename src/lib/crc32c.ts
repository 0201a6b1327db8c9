/** CRC-32 with Castagnoli's polynomial, the checksum of etcd's log and of its store. */
const table = new Uint32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  table[byte] = value >>> 0;
}

/** Goes on from an earlier result, so that parts can be summed one after the other. */
export function crc32c(data: Uint8Array, previous = 0): number {
  let value = ~previous >>> 0;
  for (let i = 0; i < data.length; i++) value = (value >>> 8) ^ table[(value ^ data[i]!) & 0xff]!;
  return ~value >>> 0;
}
