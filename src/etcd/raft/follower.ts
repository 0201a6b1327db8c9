import { handleVoteResponse, hup } from './election.ts';
import { ProposalDroppedError } from './errors.ts';
import type { RaftState } from './state.ts';
import { type Message, message, NONE, type Snapshot } from './types.ts';

/** How followers and candidates take messages of their own term (paper 5.2, 5.3, 7). */

function handleAppend(r: RaftState, m: Message): void {
  if (m.index < r.log.committed) {
    // Late or repeated: what is committed agrees anyway.
    r.send(message({ type: 'MsgAppResp', to: m.from, index: r.log.committed }));
    return;
  }
  const last = r.log.maybeAppend(m.index, m.logTerm, m.commit, m.entries);
  if (last !== undefined) {
    r.send(message({ type: 'MsgAppResp', to: m.from, index: last }));
    return;
  }
  // Tells the leader how far back to go in one step, from what both sides know of terms.
  const hint = r.log.findConflictByTerm(Math.min(m.index, r.log.lastIndex()), m.logTerm);
  r.send(
    message({
      type: 'MsgAppResp',
      to: m.from,
      index: m.index,
      reject: true,
      rejectHint: hint.index,
      logTerm: hint.term,
    }),
  );
}

function handleHeartbeat(r: RaftState, m: Message): void {
  r.log.commitTo(m.commit);
  r.send(message({ type: 'MsgHeartbeatResp', to: m.from, context: m.context }));
}

/** Takes over a snapshot unless the log already reaches past it. */
function restore(r: RaftState, snapshot: Snapshot): boolean {
  const { index, term, confState } = snapshot.metadata;
  if (index <= r.log.committed) return false;
  // A snapshot that does not know this member would leave it without a cluster.
  if (!confState.voters.includes(r.id) && !confState.learners.includes(r.id)) return false;
  if (r.log.matchTerm(index, term)) {
    r.log.commitTo(index);
    return false;
  }
  r.log.restore(snapshot);
  r.tracker.setMembers(confState, r.log.lastIndex() + 1);
  return true;
}

function handleSnapshot(r: RaftState, m: Message): void {
  const restored = m.snapshot !== undefined && restore(r, m.snapshot);
  const index = restored ? r.log.lastIndex() : r.log.committed;
  r.send(message({ type: 'MsgAppResp', to: m.from, index }));
}

/** Proposals that share a message on their way to the leader: not too many, and a large one begins another. */
const maxShared = 64;
const maxSharedBytes = 64 * 1024;

/** What is proposed in one batch goes to the leader in one message, in order. */
function forwardProposal(r: RaftState, m: Message): void {
  const isSmall = m.entries.every(({ data }) => data.length <= maxSharedBytes);
  const last = r.messages.at(-1);
  if (isSmall && last?.type === 'MsgProp' && last.to === r.lead && last.entries.length < maxShared) {
    r.messages[r.messages.length - 1] = { ...last, entries: [...last.entries, ...m.entries] };
  } else r.send({ ...m, to: r.lead });
}

function handleFromLeader(r: RaftState, m: Message): void {
  r.electionElapsed = 0;
  r.lead = m.from;
  if (m.type === 'MsgApp') handleAppend(r, m);
  else if (m.type === 'MsgHeartbeat') handleHeartbeat(r, m);
  else handleSnapshot(r, m);
}

export function stepCandidate(r: RaftState, m: Message): void {
  switch (m.type) {
    case 'MsgProp':
      throw new ProposalDroppedError(`no leader at term ${r.term}`);
    case 'MsgApp':
    case 'MsgHeartbeat':
    case 'MsgSnap':
      r.becomeFollower(m.term, m.from); // somebody else won this term
      handleFromLeader(r, m);
      return;
    case 'MsgPreVoteResp':
      if (r.state === 'StatePreCandidate') handleVoteResponse(r, m.from, !m.reject);
      return;
    case 'MsgVoteResp':
      if (r.state === 'StateCandidate') handleVoteResponse(r, m.from, !m.reject);
      return;
    default: // the rest concerns leaders, or is forwarded to one, and there is none
  }
}

export function stepFollower(r: RaftState, m: Message): void {
  switch (m.type) {
    case 'MsgProp':
      if (r.lead === NONE) throw new ProposalDroppedError(`no leader at term ${r.term}`);
      forwardProposal(r, m);
      return;
    case 'MsgApp':
    case 'MsgHeartbeat':
    case 'MsgSnap':
      handleFromLeader(r, m);
      return;
    case 'MsgTransferLeader':
      // `from` names the member to be promoted, so it stays what it is.
      if (r.lead !== NONE) r.messages.push({ ...m, to: r.lead, term: r.term });
      return;
    case 'MsgTimeoutNow':
      hup(r, 'transfer'); // no pre-vote: the leader itself gives way
      return;
    case 'MsgReadIndex':
      if (r.lead !== NONE) r.send({ ...m, to: r.lead });
      return;
    case 'MsgReadIndexResp':
      r.readStates.push({ index: m.index, context: m.context });
      return;
    default:
  }
}
