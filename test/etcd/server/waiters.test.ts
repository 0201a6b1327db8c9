import { describe, expect, test } from 'vitest';
import { etcdError } from '../../../src/etcd/proto/errors.ts';
import { IdGenerator, Waiters } from '../../../src/etcd/server/waiters.ts';

const lost = () => etcdError('TimeoutDueToLeaderFail');

describe('requests on their way through the log', () => {
  test('get what applying them gave, whatever the order', async () => {
    const waiters = new Waiters<string>();
    const [first, second] = [waiters.add(1n, 100), waiters.add(2n, 100)];
    waiters.resolve(2n, 'two');
    waiters.resolve(1n, 'one');
    expect(await Promise.all([first, second])).toEqual(['one', 'two']);
    expect(waiters.size).toBe(0);
  });

  test('of others are applied here too, and concern nobody', () => {
    const waiters = new Waiters<string>();
    waiters.resolve(9n, 'from another member');
    waiters.reject(9n, lost());
    waiters.handedOver(9n, 3);
    expect(waiters.size).toBe(0);
  });

  test('fail when their time is over, and no sooner', async () => {
    const waiters = new Waiters<string>();
    const early = expect(waiters.add(1n, 100)).rejects.toThrow('etcdserver: request timed out');
    const late = waiters.add(2n, 101);
    waiters.expire(99, () => etcdError('Timeout'));
    expect(waiters.size).toBe(2);
    waiters.expire(100, () => etcdError('Timeout'));
    await early;
    waiters.resolve(2n, 'in time');
    expect(await late).toBe('in time');
  });

  test('that an older leader took with it fail when a newer term begins; those of this term go on', async () => {
    const waiters = new Waiters<string>();
    const old = expect(waiters.add(1n, 100)).rejects.toThrow('possibly due to previous leader failure');
    const current = waiters.add(2n, 100);
    const waiting = waiters.add(3n, 100);
    waiters.handedOver(1n, 4);
    waiters.handedOver(2n, 5);
    waiters.rejectOlderThan(5, lost);
    await old;
    waiters.resolve(2n, 'taken by the new leader');
    waiters.resolve(3n, 'had waited for a leader');
    expect(await Promise.all([current, waiting])).toEqual([
      'taken by the new leader',
      'had waited for a leader',
    ]);
  });
});

describe('ids of requests', () => {
  test('of two members differ, and so do those after a restart', () => {
    const start = 1_700_000_000_000;
    const generators = [
      new IdGenerator(1n, start),
      new IdGenerator(2n, start),
      new IdGenerator(1n, start + 5),
    ];
    const ids = generators.flatMap((generator) => Array.from({ length: 500 }, () => generator.next()));
    expect(new Set(ids).size).toBe(1500);
    for (const id of ids) expect(BigInt.asUintN(64, id)).toBe(id);
  });
});
