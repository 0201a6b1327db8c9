/**
 * The write-ahead log: what a member has promised to remember. Everything Raft wants persisted is appended here and synced
 * before anybody is told of it, so a member killed at any moment comes back knowing all it ever said.
 *
 *     save(hardState, entries) ─► record.ts: framed, checksummed ─► buffer ─► append ─► fdatasync ─► resolves
 *                                                                            └─ one for all who came meanwhile
 *
 *     openWal ─► segments.ts: which files ─► record-reader.ts: checks the chain ─► replay.ts: the newest entries ─► RawNode
 *
 * Files are `SEQUENCE-INDEX.wal`, both in hex; INDEX is the first entry that may be inside. Names and bytes are etcd's own
 * (Models etcd server/wal), with two differences: segments are not allocated in advance, and a log that ends in a damaged
 * record is repaired only when a crash explains the damage; anything else is refused with the file and offset.
 *
 * A segment is cut when it grows beyond 64 MB. Segments wholly covered by a snapshot are removed by release(). The order
 * for a snapshot is: snapshot file (../snap), then saveSnapshot(), then release().
 */

export type { WalOptions, WalReplay, WalSnapshot, WriteAheadLog } from './api.ts';
export { nodeWalFiles, type WalFile, type WalFiles } from './files.ts';
export { createWal, openWal, validSnapshots, walExists } from './wal.ts';
