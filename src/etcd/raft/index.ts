/**
 * Raft: how three or five members agree on one log. Read the paper (Ongaro, Ousterhout, "In Search of an Understandable
 * Consensus Algorithm") beside it; comments name its sections, and "thesis" is Ongaro's. Models etcd-io/raft.
 *
 * A member is a state machine without threads, clock, disk, network or chance of its own. Things come in by five doors:
 *
 *     tick()      time passed                      ─┐
 *     step(m)     a peer's message                  │     step.ts: terms        follower.ts, leader.ts: roles
 *     propose()   a client wants to write           ├──►  election.ts: votes    replication.ts: the followers' logs
 *     readIndex() a client wants to read            │     state.ts: what the member knows
 *     campaign(), transferLeadership(), report…()  ─┘
 *
 * and go out by one: a batch, `ready()`, that the caller must carry out in this order before it calls `advance()`:
 *
 *     1. write entries, hard state and snapshot to disk, sync if mustSync; then into the Storage
 *     2. send the messages                       (a leader's may leave first: sendBeforePersist)
 *     3. apply the snapshot and the committed entries (applyConfChange for those of type conf-change)
 *     4. hand each ReadState to the read that waits for it; it may answer once its index is applied
 *
 * While a batch is out the member keeps taking messages and proposals; they gather for the next batch, so one disk sync
 * and one message a follower carry all the writes that came meanwhile. That is where throughput comes from.
 *
 * The way of a write: propose → log.ts appends (unstable.ts until it is on disk) → ready: MsgApp to each follower and
 * entries to our own disk → MsgAppResp, also our own from advance() → tracker.ts and quorum.ts find what a majority
 * has → commit → next ready: committedEntries. progress.ts paces each follower; inflights.ts bounds what is under way.
 *
 * A restart: put the snapshot, then the WAL's hard state and entries into a MemoryStorage, and make a RawNode of it.
 *
 * Refused by name: joint consensus (ConfChangeV2). Not here: lease-based reads, asynchronous storage writes.
 */

export type { RaftNode } from './api.ts';
export { decodeConfChange, encodeConfChange } from './confchange.ts';
export * from './errors.ts';
export { decodeMessage, encodeMessage } from './message-codec.ts';
export { RawNode } from './node.ts';
export { MalformedError } from './protobuf.ts';
export type { Config, ProgressState, ProgressStatus, Ready, Status } from './ready.ts';
export { EMPTY_SNAPSHOT, MemoryStorage, type Storage } from './storage.ts';
export * from './types.ts';
