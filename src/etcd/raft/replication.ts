import { CompactedError, invariant } from './errors.ts';
import type { Progress } from './progress.ts';
import type { RaftState } from './state.ts';
import { EMPTY_BYTES, type Entry, type Message, message, NONE, type NodeId } from './types.ts';

/** What a leader does to bring the followers' logs in line with its own (paper 5.3, 5.4.2). */

function sendSnapshot(r: RaftState, to: NodeId, progress: Progress): boolean {
  // A member that is away would not take it; it is probed again when a heartbeat's answer shows it is back.
  if (!progress.recentActive) return false;
  const snapshot = r.log.snapshot();
  if (snapshot === undefined) return false;
  invariant(snapshot.metadata.index > 0, 'entries were compacted but there is no snapshot to stand for them');
  progress.becomeSnapshot(snapshot.metadata.index);
  r.send(message({ type: 'MsgSnap', to, snapshot }));
  return true;
}

function entriesFor(r: RaftState, progress: Progress): Entry[] | undefined {
  try {
    return r.log.slice(progress.next, r.log.lastIndex() + 1, r.maxSizePerMessage);
  } catch (error) {
    if (error instanceof CompactedError) return undefined;
    throw error;
  }
}

/** Sends one append, or a snapshot where the log no longer reaches back; false when there is nothing to send now. */
function maybeSendAppend(r: RaftState, to: NodeId, progress: Progress, sendIfEmpty: boolean): boolean {
  if (progress.isPaused) return false;
  if (!sendIfEmpty && progress.next > r.log.lastIndex()) return false;
  const index = progress.next - 1;
  const logTerm = r.log.term(index);
  const entries = logTerm === undefined ? undefined : entriesFor(r, progress);
  if (logTerm === undefined || entries === undefined) return sendSnapshot(r, to, progress);
  const commit = r.log.committed;
  r.send({
    type: 'MsgApp',
    to,
    from: NONE,
    term: 0,
    logTerm,
    index,
    entries,
    commit,
    reject: false,
    rejectHint: 0,
    snapshot: undefined,
    context: EMPTY_BYTES,
  });
  progress.sent(entries.length, index + entries.length);
  progress.sentCommit = commit;
  return true;
}

/** Sends one append even if it carries nothing but the question whether the logs agree. */
export function sendAppend(r: RaftState, to: NodeId): void {
  const progress = r.tracker.progress.get(to);
  if (progress !== undefined) maybeSendAppend(r, to, progress, true);
}

/** Sends every follower what is new for it, entries or a commit index, as far as its window allows. */
export function broadcastAppend(r: RaftState): void {
  r.broadcastDue = false;
  for (const id of r.tracker.ids) {
    if (id === r.id) continue;
    const progress = r.tracker.progress.get(id)!;
    let more = maybeSendAppend(r, id, progress, r.log.committed > progress.sentCommit);
    while (more) more = maybeSendAppend(r, id, progress, false);
  }
}

export function broadcastHeartbeat(r: RaftState, context: Uint8Array): void {
  for (const to of r.tracker.ids) {
    if (to === r.id) continue;
    // No more than the follower is known to have: it must not commit an entry of its own that differs from ours.
    const commit = Math.min(r.tracker.progress.get(to)!.match, r.log.committed);
    r.send(message({ type: 'MsgHeartbeat', to, commit, context }));
  }
}

/**
 * Commits what a majority has, if it ends in an entry of this term: older entries that a majority has can still be
 * overwritten, unless a newer one of ours sits on top of them (paper 5.4.2, figure 8).
 */
export function maybeCommit(r: RaftState): boolean {
  const index = r.tracker.committed();
  if (index <= r.log.committed || !r.log.matchTerm(index, r.term)) return false;
  r.log.commitTo(index);
  return true;
}

/** Answers a read that is confirmed up to the index: to ourselves as a ReadState, to the follower that forwarded it. */
export function answerRead(r: RaftState, request: Message, index: number): void {
  if (request.from === NONE || request.from === r.id) r.readStates.push({ index, context: request.context });
  else r.send(message({ type: 'MsgReadIndexResp', to: request.from, index, context: request.context }));
}

/** Starts the round that proves we are still the leader. */
export function startRead(r: RaftState, request: Message): void {
  r.readOnly.add(request, r.log.committed, r.id);
  broadcastHeartbeat(r, request.context);
}

/** Reads had to wait until something of this term was committed: only then is the commit index up to date (paper 8). */
export function releasePendingReads(r: RaftState): void {
  if (r.pendingReads.length === 0 || !r.log.matchTerm(r.log.committed, r.term)) return;
  const waiting = r.pendingReads;
  r.pendingReads = [];
  for (const request of waiting) startRead(r, request);
}
