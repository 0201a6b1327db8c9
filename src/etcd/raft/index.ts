// Coming: class RawNode implements RaftNode { constructor(config: Config) }, encodeMessage(m): Uint8Array,
// decodeMessage(bytes): Message (raftpb's protobuf), encodeConfChange(c), decodeConfChange(bytes): ConfChange.
export type { RaftNode } from './api.ts';
export * from './errors.ts';
export type { Config, ProgressState, ProgressStatus, Ready, Status } from './ready.ts';
export { EMPTY_SNAPSHOT, MemoryStorage, type Storage } from './storage.ts';
export * from './types.ts';
