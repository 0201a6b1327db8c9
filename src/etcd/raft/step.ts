import { handleVoteRequest, hup, isTransfer } from './election.ts';
import { stepCandidate, stepFollower } from './follower.ts';
import { stepLeader } from './leader.ts';
import type { RaftState } from './state.ts';
import { type Message, message, NONE } from './types.ts';

/**
 * What a newer term does before the message itself is looked at (paper 5.1): everybody follows the newest term they
 * hear of. Answers false when the message is to be ignored.
 */
function followNewerTerm(r: RaftState, m: Message): boolean {
  if (m.type === 'MsgVote' || m.type === 'MsgPreVote') {
    // A member that was cut off and comes back must not depose a leader that is alive and well (thesis 4.2.3).
    const heardFromLeader = r.checkQuorum && r.lead !== NONE && r.electionElapsed < r.electionTimeout;
    if (heardFromLeader && !isTransfer(m.context)) return false;
  }
  if (m.type === 'MsgPreVote') return true; // nobody's term is raised by a question
  if (m.type === 'MsgPreVoteResp' && !m.reject) return true; // a grant carries the term we asked about
  const fromLeader = m.type === 'MsgApp' || m.type === 'MsgHeartbeat' || m.type === 'MsgSnap';
  r.becomeFollower(m.term, fromLeader ? m.from : NONE);
  return true;
}

/** Tells a sender whose term is over what term it is. */
function answerOlderTerm(r: RaftState, m: Message): void {
  if ((m.type === 'MsgHeartbeat' || m.type === 'MsgApp') && (r.checkQuorum || r.preVote)) {
    // Our term got ahead while we were cut off: the leader cannot reach us with its lower one, and as our votes are
    // ignored we cannot reach it; this answer makes it step down and all meet in a newer term.
    r.send(message({ type: 'MsgAppResp', to: m.from }));
  } else if (m.type === 'MsgPreVote') {
    r.send(message({ type: 'MsgPreVoteResp', to: m.from, term: r.term, reject: true }));
  }
}

/** The one entrance: every message, from a peer, the clock or the application, goes through here. */
export function step(r: RaftState, m: Message): void {
  // Local messages and forwarded requests carry term 0.
  if (m.term > r.term) {
    if (!followNewerTerm(r, m)) return;
  } else if (m.term !== 0 && m.term < r.term) {
    answerOlderTerm(r, m);
    return;
  }
  switch (m.type) {
    case 'MsgHup':
      hup(r, r.preVote ? 'pre-election' : 'election');
      return;
    case 'MsgVote':
    case 'MsgPreVote':
      handleVoteRequest(r, m);
      return;
    default:
  }
  switch (r.state) {
    case 'StateFollower':
      stepFollower(r, m);
      return;
    case 'StatePreCandidate':
    case 'StateCandidate':
      stepCandidate(r, m);
      return;
    case 'StateLeader':
      stepLeader(r, m);
      return;
  }
}

function local(r: RaftState, type: 'MsgHup' | 'MsgBeat' | 'MsgCheckQuorum'): void {
  step(r, message({ type, to: r.id, from: r.id }));
}

/** One tick of the logical clock. */
export function tick(r: RaftState): void {
  r.electionElapsed++;
  if (r.state !== 'StateLeader') {
    if (r.electionElapsed >= r.randomizedElectionTimeout && r.promotable()) {
      r.electionElapsed = 0;
      local(r, 'MsgHup');
    }
    return;
  }
  r.heartbeatElapsed++;
  if (r.electionElapsed >= r.electionTimeout) {
    r.electionElapsed = 0;
    if (r.checkQuorum) local(r, 'MsgCheckQuorum');
    r.leadTransferee = NONE; // a transfer that took this long has failed
  }
  // The quorum check may have ended our term.
  if (r.lead !== r.id) return;
  if (r.heartbeatElapsed >= r.heartbeatTimeout) {
    r.heartbeatElapsed = 0;
    local(r, 'MsgBeat');
  }
}
