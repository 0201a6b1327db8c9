/** CRC-32C (Castagnoli), the checksum of etcd's WAL and snapshot files. Node's own crc32 has another polynomial. */

const POLYNOMIAL = 0x82f63b78;

/** Eight tables of 256: table k advances a byte's effect past k more zero bytes, so eight bytes are folded at once. */
const TABLES = (() => {
  const tables = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    tables[byte] = crc;
  }
  for (let k = 1; k < 8; k++)
    for (let byte = 0; byte < 256; byte++) {
      const previous = tables[(k - 1) * 256 + byte]!;
      tables[k * 256 + byte] = (previous >>> 8) ^ tables[previous & 0xff]!;
    }
  return tables;
})();

/** Continues `crc` (0 to begin) over the bytes in [start, end); gives an unsigned 32-bit number. */
export function crc32c(crc: number, bytes: Uint8Array, start = 0, end = bytes.length): number {
  const t = TABLES;
  let c = ~crc;
  let i = start;
  for (; i + 8 <= end; i += 8) {
    c =
      t[1792 + ((c ^ bytes[i]!) & 0xff)]! ^
      t[1536 + (((c >>> 8) ^ bytes[i + 1]!) & 0xff)]! ^
      t[1280 + (((c >>> 16) ^ bytes[i + 2]!) & 0xff)]! ^
      t[1024 + (((c >>> 24) ^ bytes[i + 3]!) & 0xff)]! ^
      t[768 + bytes[i + 4]!]! ^
      t[512 + bytes[i + 5]!]! ^
      t[256 + bytes[i + 6]!]! ^
      t[bytes[i + 7]!]!;
  }
  for (; i < end; i++) c = (c >>> 8) ^ t[(c ^ bytes[i]!) & 0xff]!;
  return ~c >>> 0;
}
