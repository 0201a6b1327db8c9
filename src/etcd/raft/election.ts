import type { RaftState } from './state.ts';
import { type Message, message, NONE, type NodeId } from './types.ts';

/** How leaders come to office (paper 5.2, 5.4.1; thesis 9.6 for the pre-vote, 3.10 for transfers). */

/** Marks a vote request that the leader itself asked for: nobody is to ignore it because a leader is alive. */
const CAMPAIGN_TRANSFER = new TextEncoder().encode('CampaignTransfer');

export type CampaignType = 'pre-election' | 'election' | 'transfer';

export function isTransfer(context: Uint8Array): boolean {
  return (
    context.length === CAMPAIGN_TRANSFER.length && context.every((byte, i) => byte === CAMPAIGN_TRANSFER[i])
  );
}

function campaign(r: RaftState, type: CampaignType): void {
  const preVote = type === 'pre-election';
  if (preVote) r.becomePreCandidate();
  else r.becomeCandidate();
  const term = preVote ? r.term + 1 : r.term;
  for (const to of r.tracker.ids) {
    if (!r.tracker.voters.has(to)) continue;
    if (to === r.id) {
      // Our own vote counts when it is on disk.
      r.send(message({ type: preVote ? 'MsgPreVoteResp' : 'MsgVoteResp', to, term }));
      continue;
    }
    r.send(
      message({
        type: preVote ? 'MsgPreVote' : 'MsgVote',
        to,
        term,
        index: r.log.lastIndex(),
        logTerm: r.log.lastTerm(),
        ...(type === 'transfer' && { context: CAMPAIGN_TRANSFER }),
      }),
    );
  }
}

/** Starts an election, unless this member may not or should first apply a membership change. */
export function hup(r: RaftState, type: CampaignType): void {
  if (r.state === 'StateLeader' || !r.promotable()) return;
  const unapplied = r.log.nextCommitted();
  if (unapplied.some((entry) => entry.type !== 'normal')) return;
  campaign(r, type);
}

/** Gives or refuses a vote or a pre-vote. The message's term is ours or, for a pre-vote, above it. */
export function handleVoteRequest(r: RaftState, m: Message): void {
  const isPreVote = m.type === 'MsgPreVote';
  const type = isPreVote ? 'MsgPreVoteResp' : 'MsgVoteResp';
  const canVote = r.vote === m.from || (r.vote === NONE && r.lead === NONE) || (isPreVote && m.term > r.term);
  if (!canVote || !r.log.isUpToDate(m.index, m.logTerm)) {
    r.send(message({ type, to: m.from, term: r.term, reject: true }));
    return;
  }
  // A granted pre-vote carries the term asked about, which is not ours.
  r.send(message({ type, to: m.from, term: m.term }));
  if (isPreVote) return;
  r.electionElapsed = 0;
  r.vote = m.from;
}

/** Counts a vote for a candidate or pre-candidate; on a majority of pre-votes goes on to the real election. */
export function handleVoteResponse(r: RaftState, from: NodeId, granted: boolean): void {
  switch (r.tracker.recordVote(from, granted)) {
    case 'won':
      if (r.state === 'StatePreCandidate') campaign(r, 'election');
      else r.becomeLeader();
      return;
    case 'lost':
      r.becomeFollower(r.term, NONE);
      return;
    case 'pending':
  }
}
