import { describe, expect, test } from 'vitest';
import {
  decodeConfChange,
  type Entry,
  MemoryStorage,
  message,
  ProposalDroppedError,
  RawNode,
} from '../../../src/etcd/raft/index.ts';
import { bytes, Cluster, text } from './cluster.ts';

const ALL = [1n, 2n, 3n];

describe('log replication (paper 5.3)', () => {
  test('proposals made together travel in one message to each follower', () => {
    const c = new Cluster(3);
    c.elect(1n);
    const appends: number[] = [];
    c.filter = (m) => {
      if (m.type === 'MsgApp' && m.entries.length > 0) appends.push(m.entries.length);
      return true;
    };
    for (let i = 0; i < 100; i++) c.propose(1n, `${i}`);
    c.settle();
    expect(appends).toEqual([100, 100]);
    for (const id of ALL) expect(c.member(id).applied.length).toBe(100);
  });

  test('a follower forwards proposals to the leader, and without a leader they are dropped', () => {
    const c = new Cluster(3);
    expect(() => c.propose(2n, 'early')).toThrow(ProposalDroppedError);
    c.elect(1n);
    c.settle();
    c.propose(2n, 'through 2');
    c.settle();
    for (const id of ALL) expect(c.member(id).applied).toEqual(['through 2']);
  });

  test('what a follower forwards together shares messages, in order; a large one begins another', () => {
    const c = new Cluster(3);
    c.elect(1n);
    c.settle();
    const forwarded: number[] = [];
    c.filter = (m) => {
      if (m.type === 'MsgProp') forwarded.push(m.entries.length);
      return true;
    };
    const small = Array.from({ length: 100 }, (_, i) => `${i}`);
    const large = 'x'.repeat(100_000);
    for (const each of [...small, large, 'after']) c.propose(2n, each);
    c.settle();
    expect(forwarded).toEqual([64, 36, 2]);
    for (const id of ALL) expect(c.member(id).applied).toEqual([...small, large, 'after']);
  });

  test('an entry commits when a majority has it, and not before', () => {
    const c = new Cluster(3);
    c.elect(1n);
    c.isolate(2n);
    c.isolate(3n);
    c.propose(1n, 'x');
    c.settle();
    expect(c.member(1n).applied).toEqual([]);
    c.heal();
    c.isolate(3n);
    c.tick(1n);
    c.settle();
    expect(c.member(1n).applied).toEqual(['x']);
    expect(c.member(3n).applied).toEqual([]);
  });

  test("a leader's own log counts only once it is on disk", () => {
    const c = new Cluster(1);
    c.elect(1n);
    c.propose(1n, 'x');
    const ready = c.node(1n).ready();
    expect(ready.entries.length).toBe(1);
    expect(ready.mustSync).toBe(true);
    expect(ready.committedEntries).toEqual([]);
    expect(c.node(1n).hasReady()).toBe(false);
    c.member(1n).storage.append(ready.entries);
    c.node(1n).advance(ready);
    const next = c.node(1n).ready();
    expect(next.committedEntries.map(({ data }) => text(data))).toEqual(['x']);
    expect(next.mustSync).toBe(false); // only the commit index moved
  });

  test('a cut-off leader’s uncommitted entries are replaced by those of the new leader', () => {
    const c = new Cluster(3);
    c.elect(1n);
    c.isolate(1n);
    for (let i = 0; i < 20; i++) c.propose(1n, `lost ${i}`);
    c.settle();
    c.tick(2n, 10);
    c.tick(3n, 10);
    c.elect(2n);
    c.propose(2n, 'kept');
    c.settle();
    c.heal();
    let rejections = 0;
    c.filter = (m) => {
      if (m.type === 'MsgAppResp' && m.reject) rejections++;
      return true;
    };
    c.tickAll(5);
    for (const id of ALL) expect(c.member(id).applied).toEqual(['kept']);
    expect(rejections).toBeLessThanOrEqual(1); // a whole term is skipped at once, not an entry at a time
  });

  test('a lost append is noticed by the next heartbeat’s answer and sent again', () => {
    const c = new Cluster(3);
    c.elect(1n);
    c.filter = (m) => !(m.type === 'MsgApp' && m.to === 3n);
    c.propose(1n, 'x');
    c.settle();
    expect(c.member(3n).applied).toEqual([]);
    c.filter = () => true;
    c.tickAll(3);
    expect(c.member(3n).applied).toEqual(['x']);
  });

  test('no more messages are under way to a follower than the window allows', () => {
    const c = new Cluster(3, { maxInflight: 4, maxSizePerMessage: 1 });
    c.elect(1n);
    c.isolate(3n);
    for (let i = 0; i < 20; i++) c.propose(1n, `${i}`);
    c.settle();
    expect(c.node(1n).status().progress.get(3n)).toMatchObject({ state: 'StateReplicate', inflight: 4 });
    c.heal();
    c.tickAll(3);
    expect(c.member(3n).applied.length).toBe(20);
  });
});

describe('committing entries of earlier terms (paper 5.4.2, figure 8)', () => {
  test('they commit only with an entry of the leader’s own term on top', () => {
    const storage = new MemoryStorage();
    storage.setConfState({ voters: ALL, learners: [] });
    storage.setHardState({ term: 2, vote: 1n, commit: 0 });
    storage.append([
      { term: 1, index: 1, type: 'normal', data: bytes('old') },
      { term: 2, index: 2, type: 'normal', data: bytes('older term') },
    ]);
    const node = new RawNode({ id: 1n, storage, random: () => 0, preVote: false });
    const work = () => {
      while (node.hasReady()) {
        const ready = node.ready();
        storage.append(ready.entries);
        node.advance(ready);
      }
    };
    node.campaign();
    work();
    node.step(message({ type: 'MsgVoteResp', to: 1n, from: 2n, term: 3 }));
    work();
    expect(node.isLeader).toBe(true);
    node.step(message({ type: 'MsgAppResp', to: 1n, from: 2n, term: 3, index: 2 }));
    expect(node.commit).toBe(0);
    node.step(message({ type: 'MsgAppResp', to: 1n, from: 2n, term: 3, index: 3 }));
    expect(node.commit).toBe(3);
  });
});

describe('snapshots (paper 7)', () => {
  test('a member that needs compacted entries gets the snapshot, then the rest', () => {
    const c = new Cluster(3);
    c.elect(1n);
    c.isolate(3n);
    for (const value of ['a', 'b', 'c']) c.propose(1n, value);
    c.settle();
    const { storage } = c.member(1n);
    storage.createSnapshot(c.node(1n).applied, { voters: ALL, learners: [] }, bytes('a,b,c'));
    storage.compact(c.node(1n).applied);
    c.propose(1n, 'd');
    c.settle();
    c.heal();
    c.tickAll(5);
    expect(c.member(3n).applied).toEqual(['a', 'b', 'c', 'd']);
    expect(c.node(1n).status().progress.get(3n)?.state).toBe('StateReplicate');
  });

  test('nothing is sent while a snapshot is under way; a failed one is tried again', () => {
    const c = new Cluster(3);
    c.elect(1n);
    c.isolate(3n);
    c.propose(1n, 'a');
    c.settle();
    const { storage } = c.member(1n);
    storage.createSnapshot(c.node(1n).applied, { voters: ALL, learners: [] }, bytes('a'));
    storage.compact(c.node(1n).applied);
    c.heal();
    c.filter = (m) => m.type !== 'MsgSnap';
    c.tickAll(3);
    expect(c.node(1n).status().progress.get(3n)?.state).toBe('StateSnapshot');
    c.node(1n).reportSnapshot(3n, 'failure');
    c.filter = () => true;
    c.tickAll(5);
    expect(c.member(3n).applied).toEqual(['a']);
  });
});

describe('linearizable reads (thesis 6.4)', () => {
  test('a follower’s read is answered after the leader has proved its office', () => {
    const c = new Cluster(3);
    c.elect(1n);
    c.propose(1n, 'x');
    c.settle();
    c.node(3n).readIndex(bytes('r1'));
    c.settle();
    expect(c.member(3n).reads).toEqual([{ index: 2, context: bytes('r1') }]);
  });

  test('a leader that was cut off answers no read', () => {
    const c = new Cluster(3);
    c.elect(1n);
    c.settle();
    c.isolate(1n);
    c.node(1n).readIndex(bytes('stale'));
    c.settle();
    c.tick(2n, 10);
    c.tick(3n, 10);
    c.elect(2n);
    c.heal();
    c.tickAll(5);
    expect(c.member(1n).reads).toEqual([]);
  });
});

describe('membership (thesis 4)', () => {
  const change = (
    type: 'ConfChangeAddNode' | 'ConfChangeRemoveNode' | 'ConfChangeAddLearnerNode',
    nodeId: bigint,
  ) => ({
    id: 7n,
    type,
    nodeId,
    context: bytes('url'),
  });
  const applyAt = (c: Cluster, type: Parameters<typeof change>[0], id: bigint) => {
    for (const { node } of c.members.values()) node.applyConfChange(change(type, id));
    c.settle();
  };

  test('a learner receives the log but has no vote until it is promoted', () => {
    const c = new Cluster(3, { learners: [3n] });
    c.elect(1n);
    c.propose(1n, 'x');
    c.settle();
    expect(c.member(3n).applied).toEqual(['x']);
    c.tick(3n, 100);
    expect(c.node(3n).status().state).toBe('StateFollower');
    applyAt(c, 'ConfChangeAddNode', 3n);
    expect(c.node(1n).status()).toMatchObject({ voters: ALL, learners: [] });
  });

  test('a second change waits until the first is applied: it becomes an empty entry', () => {
    const c = new Cluster(3);
    c.elect(1n);
    c.settle();
    c.node(1n).proposeConfChange(change('ConfChangeAddNode', 4n));
    c.node(1n).proposeConfChange(change('ConfChangeAddNode', 5n));
    const ready = c.node(1n).ready();
    expect(ready.entries.map(({ type }) => type)).toEqual(['conf-change', 'normal']);
    expect(decodeConfChange(ready.entries[0]!)).toEqual(change('ConfChangeAddNode', 4n));
  });

  test('a leader that is removed steps down, and the rest go on', () => {
    const c = new Cluster(3);
    c.elect(1n);
    c.settle();
    applyAt(c, 'ConfChangeRemoveNode', 1n);
    expect(c.node(1n).isLeader).toBe(false);
    c.members.delete(1n);
    c.tickAll(40);
    expect([2n, 3n].filter((id) => c.node(id).isLeader).length).toBe(1);
  });

  test('joint consensus is refused by name', () => {
    const entry: Entry = { term: 1, index: 1, type: 'conf-change-v2', data: bytes('') };
    expect(() => decodeConfChange(entry)).toThrow(/joint consensus \(ConfChangeV2\) is not supported/);
  });

  test('a new cluster begins with one change a member, the same everywhere', () => {
    const storage = new MemoryStorage();
    const node = new RawNode({ id: 2n, storage, random: () => 0 });
    node.bootstrap([
      { id: 2n, context: bytes('two') },
      { id: 1n, context: bytes('one') },
    ]);
    const ready = node.ready();
    expect(ready.hardState).toEqual({ term: 1, vote: 0n, commit: 2 });
    expect(ready.committedEntries.map((entry) => decodeConfChange(entry).nodeId)).toEqual([1n, 2n]);
  });
});
