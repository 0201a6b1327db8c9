import { describe, expect, test } from 'vitest';
import { message, ProposalDroppedError } from '../../../src/etcd/raft/index.ts';
import { Cluster } from './cluster.ts';

const states = (c: Cluster) =>
  [...c.members.values()].map(({ node }) => node.status().state.replace('State', ''));

describe('leader election (paper 5.2)', () => {
  test('a follower that hears nothing asks, campaigns, wins, and starts its term with an empty entry', () => {
    const c = new Cluster(3);
    const seen: string[] = [];
    c.filter = (m) => {
      seen.push(`${m.from}→${m.to} ${m.type} term ${m.term}`);
      return true;
    };
    c.tick(1n, 9);
    expect(states(c)).toEqual(['Follower', 'Follower', 'Follower']);
    c.tick(1n);
    expect(states(c)).toEqual(['PreCandidate', 'Follower', 'Follower']);
    c.settle();
    expect(states(c)).toEqual(['Leader', 'Follower', 'Follower']);
    expect(seen.slice(0, 8)).toEqual([
      '1→2 MsgPreVote term 1',
      '1→3 MsgPreVote term 1',
      '2→1 MsgPreVoteResp term 1',
      '3→1 MsgPreVoteResp term 1',
      '1→2 MsgVote term 1',
      '1→3 MsgVote term 1',
      '2→1 MsgVoteResp term 1',
      '3→1 MsgVoteResp term 1',
    ]);
    expect(c.node(2n).status()).toMatchObject({ term: 1, vote: 1n, lead: 1n, lastIndex: 1, commit: 1 });
  });

  test('a member of one elects itself', () => {
    const c = new Cluster(1);
    c.elect(1n);
    c.propose(1n, 'alone');
    c.settle();
    expect(c.member(1n).applied).toEqual(['alone']);
  });

  test('a vote is given once a term, to the first who asks', () => {
    const c = new Cluster(3, { preVote: false });
    c.disconnect(1n, 2n);
    c.node(1n).campaign();
    c.settle();
    expect(c.node(3n).status().vote).toBe(1n);
    c.node(3n).step(message({ type: 'MsgVote', to: 3n, from: 2n, term: 1, index: 9, logTerm: 1 }));
    const ready = c.node(3n).ready();
    expect(ready.messages).toMatchObject([{ type: 'MsgVoteResp', to: 2n, reject: true }]);
  });

  test('two candidates that split the vote try again in a later term', () => {
    const c = new Cluster(4, { preVote: false });
    c.node(1n).campaign();
    c.node(2n).campaign();
    c.filter = (m) =>
      !(m.type === 'MsgVote' && ((m.from === 1n && m.to === 4n) || (m.from === 2n && m.to === 3n)));
    c.settle();
    expect(states(c)).toEqual(['Candidate', 'Candidate', 'Follower', 'Follower']);
    c.filter = () => true;
    c.tickAll(30);
    expect(states(c).filter((state) => state === 'Leader').length).toBe(1);
    expect(c.node(1n).term).toBeGreaterThan(1);
  });
});

describe('election restriction (paper 5.4.1)', () => {
  test('a member whose log lacks a committed entry is not elected', () => {
    const c = new Cluster(3);
    c.elect(1n);
    c.isolate(3n);
    c.propose(1n, 'kept');
    c.settle();
    c.heal();
    c.isolate(1n);
    c.tick(2n, 10); // forgets that it heard from a leader
    c.node(3n).campaign();
    c.settle();
    expect(c.node(3n).isLeader).toBe(false);
    c.elect(2n);
    expect(c.member(3n).applied).toEqual(['kept']);
  });
});

describe('pre-vote (thesis 9.6) and check-quorum (thesis 6.2)', () => {
  test('a member that was cut off does not raise the term when it comes back', () => {
    const c = new Cluster(3);
    c.elect(1n);
    c.isolate(3n);
    c.tickAll(50);
    expect(c.node(3n).term).toBe(1);
    c.heal();
    c.tickAll(5);
    expect(c.node(1n).isLeader).toBe(true);
    expect(c.node(3n).status()).toMatchObject({ state: 'StateFollower', lead: 1n, term: 1 });
  });

  test('a leader that hears from nobody steps down within two election timeouts', () => {
    const c = new Cluster(3);
    c.elect(1n);
    c.isolate(1n);
    c.tick(1n, 20);
    expect(c.node(1n).isLeader).toBe(false);
    expect(c.node(1n).lead).toBe(0n);
    expect(() => c.propose(1n, 'lost')).toThrow(ProposalDroppedError);
  });

  test('a vote request is ignored while the leader is heard', () => {
    const c = new Cluster(3);
    c.elect(1n);
    c.node(2n).step(message({ type: 'MsgVote', to: 2n, from: 3n, term: 9, index: 99, logTerm: 9 }));
    expect(c.node(2n).status()).toMatchObject({ term: 1, lead: 1n });
    expect(c.node(2n).hasReady()).toBe(false);
  });

  test('a candidate stuck in a newer term makes the old leader meet it there', () => {
    const c = new Cluster(3, { preVote: false });
    c.elect(1n);
    c.isolate(3n);
    c.tick(3n, 40);
    c.work(3n);
    c.inbox = [];
    expect(c.node(3n).term).toBeGreaterThan(1);
    c.heal();
    c.tickAll(40);
    expect(states(c).filter((state) => state === 'Leader').length).toBe(1);
    expect(new Set([1n, 2n, 3n].map((id) => c.node(id).term)).size).toBe(1);
  });
});

describe('leadership transfer (thesis 3.10)', () => {
  test('goes to the member asked for as soon as its log is complete, and proposals wait', () => {
    const c = new Cluster(3);
    c.elect(1n);
    c.isolate(2n);
    c.propose(1n, 'a');
    c.settle();
    c.node(1n).transferLeadership(2n);
    c.settle();
    expect(c.node(1n).isLeader).toBe(true);
    expect(() => c.propose(1n, 'b')).toThrow(ProposalDroppedError);
    c.heal();
    c.tick(1n);
    c.settle();
    expect(states(c)).toEqual(['Follower', 'Leader', 'Follower']);
    expect(c.member(2n).applied).toEqual(['a']);
  });

  test('can be asked of a follower, and is given up after an election timeout', () => {
    const c = new Cluster(3);
    c.elect(1n);
    c.node(3n).transferLeadership(2n);
    c.settle();
    expect(c.node(2n).isLeader).toBe(true);
    c.isolate(3n);
    c.node(2n).transferLeadership(3n);
    c.settle();
    for (let i = 0; i < 10; i++) {
      c.tick(2n);
      c.settle();
    }
    expect(c.node(2n).status()).toMatchObject({ state: 'StateLeader', leadTransferee: 0n });
  });
});
