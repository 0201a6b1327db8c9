import { crc32c } from '../../lib/crc32c.ts';
import { etcdError } from '../proto/errors.ts';
import { KeyValue } from '../proto/kv.ts';
import { keyBytes, toKeyValue } from './records.ts';
import type { Store } from './store.ts';

/**
 * The checksum by which members are compared: CRC-32C over the bucket's name and then each revision's key and value,
 * as the backend of etcd stores them, so that equal histories give equal numbers here and upstream. Models
 * server/storage/mvcc/hash.go. Revision 0 is the newest. Throws Compacted or FutureRev.
 */
export function hashByRevision(store: Store, revision: number): { hash: number; compactRevision: number } {
  if (revision > store.revision) throw etcdError('FutureRev');
  const upTo = revision <= 0 ? store.revision : revision;
  if (upTo < store.compactRevision) throw etcdError('Compacted');
  let hash = crc32c(0, Buffer.from('key'));
  for (const record of store.log) {
    if (record.modRevision > upTo) break;
    // What a compaction may or may not have removed already must not count.
    if (record.modRevision <= store.compactRevision) {
      if (record.deleted || !store.isNewestAt(record, upTo)) continue;
    }
    const key = Buffer.alloc(record.deleted ? 18 : 17);
    key.writeBigUInt64BE(BigInt(record.modRevision), 0);
    key[8] = 0x5f;
    key.writeBigUInt64BE(BigInt(record.sub), 9);
    if (record.deleted) key[17] = 0x74;
    hash = crc32c(hash, key);
    const value = record.deleted ? { key: keyBytes(record.key) } : toKeyValue(record);
    hash = crc32c(hash, KeyValue.encode(value));
  }
  return { hash, compactRevision: store.compactRevision };
}
