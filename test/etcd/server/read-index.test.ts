import { beforeEach, describe, expect, test } from 'vitest';
import { etcdError } from '../../../src/etcd/proto/errors.ts';
import { ReadIndexes } from '../../../src/etcd/server/read-index.ts';

let now: number;
let applied: number;
/** The questions that were put to the leader, oldest first. */
let asked: Buffer[];
let reads: ReadIndexes;
beforeEach(() => {
  [now, applied, asked] = [0, 0, []];
  reads = new ReadIndexes({
    memberId: 1n,
    ask: (context) => asked.push(context),
    appliedIndex: () => applied,
    monotonic: () => now,
    timeoutMs: 1000,
    retryMs: 300,
    timeoutError: () => etcdError('Timeout'),
  });
});

/** A read, and whether it may go ahead by now. */
function read() {
  const state = { done: false, error: '' };
  reads.wait().then(
    () => {
      state.done = true;
    },
    (error: Error) => {
      state.error = error.message;
    },
  );
  return state;
}
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('a read', () => {
  test('goes ahead when the leader has answered and this member has applied as much', async () => {
    const state = read();
    await settle();
    reads.confirmed(asked[0]!, 5);
    await settle();
    expect(state.done).toBe(false);
    applied = 5;
    reads.applied();
    await settle();
    expect(state.done).toBe(true);
  });

  test('shares a question with those that come in the same turn, not with later ones', async () => {
    const early = [read(), read(), read()];
    await settle();
    expect(asked).toHaveLength(1);
    const late = read();
    reads.confirmed(asked[0]!, 0);
    await settle();
    expect(early.every(({ done }) => done)).toBe(true);
    // The answer may be older than the late read: it needs one of its own.
    expect(late.done).toBe(false);
    expect(asked).toHaveLength(2);
    reads.confirmed(asked[1]!, 0);
    await settle();
    expect(late.done).toBe(true);
  });

  test('takes no answer that is meant for another question', async () => {
    const state = read();
    await settle();
    reads.confirmed(Buffer.alloc(16, 9), 0);
    await settle();
    expect(state.done).toBe(false);
  });
});

describe('a question that gets no answer', () => {
  test('is put again after a while, as the same question', async () => {
    const state = read();
    await settle();
    now = 299;
    reads.tick();
    expect(asked).toHaveLength(1);
    now = 300;
    reads.tick();
    expect(asked).toHaveLength(2);
    expect(asked[1]).toEqual(asked[0]);
    reads.confirmed(asked[0]!, 0);
    await settle();
    expect(state.done).toBe(true);
  });

  test('fails the reads when their time is over; those that came later are asked for anew', async () => {
    const state = read();
    await settle();
    const late = read();
    now = 1000;
    reads.tick();
    await settle();
    expect(state.error).toBe('etcdserver: request timed out');
    expect(late).toEqual({ done: false, error: '' });
    expect(asked).toHaveLength(2);
  });

  test('an answer is not asked for again while this member still catches up', async () => {
    read();
    await settle();
    reads.confirmed(asked[0]!, 100);
    now = 900;
    reads.tick();
    expect(asked).toHaveLength(1);
  });
});

test('when the member stops, all reads fail, those that wait for a question of their own too', async () => {
  const first = read();
  await settle();
  const second = read();
  reads.rejectAll(() => etcdError('Stopped'));
  await settle();
  expect([first.error, second.error]).toEqual(['etcdserver: server stopped', 'etcdserver: server stopped']);
});
