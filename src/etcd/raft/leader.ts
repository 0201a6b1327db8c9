import { ProposalDroppedError } from './errors.ts';
import type { Progress } from './progress.ts';
import {
  answerRead,
  broadcastHeartbeat,
  maybeCommit,
  releasePendingReads,
  sendAppend,
  startRead,
} from './replication.ts';
import type { RaftState } from './state.ts';
import { EMPTY_BYTES, type Entry, type Message, message, NONE } from './types.ts';

/** How a leader takes messages of its own term. */

function handlePropose(r: RaftState, m: Message): void {
  if (!r.tracker.progress.has(r.id))
    throw new ProposalDroppedError('the leader is being removed from the cluster');
  if (r.leadTransferee !== NONE) throw new ProposalDroppedError('a leadership transfer is under way');
  let entries: readonly Pick<Entry, 'type' | 'data'>[] = m.entries;
  for (let i = 0; i < entries.length; i++) {
    if (entries[i]!.type === 'normal') continue;
    if (r.pendingConfIndex > r.log.applied) {
      // One membership change at a time: majorities of the old and the new members must overlap (thesis 4.1).
      entries = entries.with(i, { type: 'normal', data: EMPTY_BYTES });
    } else {
      r.pendingConfIndex = r.log.lastIndex() + i + 1;
    }
  }
  if (!r.appendEntries(entries)) throw new ProposalDroppedError('too much is proposed but not yet committed');
}

function sendTimeoutNow(r: RaftState, to: bigint): void {
  r.send(message({ type: 'MsgTimeoutNow', to }));
}

function handleRejection(r: RaftState, m: Message, progress: Progress): void {
  // Skip what cannot agree: the follower says the term it has at its hint, we know where ours is no newer than that.
  const hint = m.logTerm > 0 ? r.log.findConflictByTerm(m.rejectHint, m.logTerm).index : m.rejectHint;
  if (!progress.maybeDecrementTo(m.index, hint)) return;
  if (progress.state === 'StateReplicate') progress.becomeProbe();
  sendAppend(r, m.from);
}

function handleAppendResponse(r: RaftState, m: Message, progress: Progress): void {
  progress.recentActive = true;
  if (m.reject) {
    handleRejection(r, m, progress);
    return;
  }
  const wasPaused = progress.isPaused;
  const news = progress.maybeUpdate(m.index);
  if (!news && !(progress.match === m.index && progress.state === 'StateProbe')) return;
  switch (progress.state) {
    case 'StateProbe':
      progress.becomeReplicate();
      break;
    case 'StateSnapshot':
      // Back in reach of the log, by this snapshot or by another way.
      if (progress.match + 1 >= r.log.firstIndex()) progress.becomeReplicate();
      break;
    case 'StateReplicate':
      progress.inflights.freeTo(m.index);
      break;
  }
  if (maybeCommit(r)) {
    releasePendingReads(r);
    r.broadcastDue = true;
  }
  if (m.from === r.id) return;
  if (wasPaused || progress.next <= r.log.lastIndex() || progress.sentCommit < r.log.committed)
    r.broadcastDue = true;
  if (m.from === r.leadTransferee && progress.match === r.log.lastIndex()) sendTimeoutNow(r, m.from);
}

function handleHeartbeatResponse(r: RaftState, m: Message, progress: Progress): void {
  progress.recentActive = true;
  progress.probeSent = false;
  // A full window may be full of lost messages; let one through to find out.
  if (progress.state === 'StateReplicate' && progress.inflights.full) progress.inflights.freeFirst();
  // Even with nothing to send: an empty append is rejected if earlier ones were lost, which brings us back to probing.
  if (progress.match < r.log.lastIndex() || progress.state === 'StateProbe') sendAppend(r, m.from);
  if (m.context.length === 0) return;
  if (r.readOnly.recordAck(m.from, m.context, r.tracker.voters) !== 'won') return;
  for (const read of r.readOnly.confirm(m.context)) answerRead(r, read.request, read.index);
}

function handleTransfer(r: RaftState, m: Message, progress: Progress): void {
  if (progress.isLearner || r.leadTransferee === m.from) return;
  r.leadTransferee = NONE; // a newer request replaces an older one
  if (m.from === r.id) return;
  r.electionElapsed = 0; // the transfer is given an election timeout
  r.leadTransferee = m.from;
  if (progress.match === r.log.lastIndex()) sendTimeoutNow(r, m.from);
  else sendAppend(r, m.from);
}

function handleReadIndex(r: RaftState, m: Message): void {
  if (r.tracker.isSingleton() && r.tracker.voters.has(r.id)) answerRead(r, m, r.log.committed);
  else if (r.log.matchTerm(r.log.committed, r.term)) startRead(r, m);
  else r.pendingReads.push(m);
}

function checkQuorum(r: RaftState): void {
  if (!r.tracker.quorumActive()) r.becomeFollower(r.term, NONE);
  else for (const [id, progress] of r.tracker.progress) if (id !== r.id) progress.recentActive = false;
}

export function stepLeader(r: RaftState, m: Message): void {
  switch (m.type) {
    case 'MsgBeat':
      broadcastHeartbeat(r, r.readOnly.lastContext() ?? EMPTY_BYTES);
      return;
    case 'MsgCheckQuorum':
      checkQuorum(r);
      return;
    case 'MsgProp':
      handlePropose(r, m);
      return;
    case 'MsgReadIndex':
      handleReadIndex(r, m);
      return;
    default:
  }
  const progress = r.tracker.progress.get(m.from);
  if (progress === undefined) return; // not, or no longer, a member
  switch (m.type) {
    case 'MsgAppResp':
      handleAppendResponse(r, m, progress);
      return;
    case 'MsgHeartbeatResp':
      handleHeartbeatResponse(r, m, progress);
      return;
    case 'MsgTransferLeader':
      handleTransfer(r, m, progress);
      return;
    case 'MsgSnapStatus':
      if (progress.state !== 'StateSnapshot') return;
      if (m.reject) progress.pendingSnapshot = 0;
      progress.becomeProbe();
      // Wait for the follower's own answer, or for a heartbeat's when the snapshot failed, before sending more.
      progress.probeSent = true;
      return;
    case 'MsgUnreachable':
      // Messages under way are probably lost; stop streaming until it is known where the follower stands.
      if (progress.state === 'StateReplicate') progress.becomeProbe();
      return;
    default:
  }
}
