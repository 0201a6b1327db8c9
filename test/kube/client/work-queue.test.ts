import { expect, test } from 'vitest';
import { runWorkers, WorkQueue } from '../../../src/kube/client/work-queue.ts';
import { FakeClock } from '../../../src/lib/clock.ts';

test('a key that is added many times is worked on once', async () => {
  const queue = new WorkQueue();
  for (let i = 0; i < 5; i++) queue.add('default/web');
  expect(queue.length).toBe(1);
  expect(await queue.get()).toBe('default/web');
  expect(queue.length).toBe(0);
});

test('a key that changes while it is worked on comes back after it is done, and not before', async () => {
  const queue = new WorkQueue();
  queue.add('a');
  await queue.get();
  queue.add('a');
  expect(queue.length).toBe(0);
  queue.done('a');
  expect(await queue.get()).toBe('a');
});

test('failures come back after waits that double, up to a ceiling, and success forgets them', async () => {
  const clock = new FakeClock();
  const queue = new WorkQueue({ clock, initialBackoffMs: 10, maximumBackoffMs: 35 });
  const waits: number[] = [];
  for (let failure = 0; failure < 4; failure++) {
    queue.addRateLimited('a');
    const from = clock.now();
    while (queue.length === 0) await clock.advance(1);
    waits.push(clock.now() - from);
    queue.done((await queue.get())!);
  }
  expect(waits).toEqual([10, 20, 35, 35]);
  queue.forget('a');
  expect(queue.failures('a')).toBe(0);
});

test('of two delays for one key the earlier counts', async () => {
  const clock = new FakeClock();
  const queue = new WorkQueue({ clock });
  queue.addAfter('a', 100);
  queue.addAfter('a', 50);
  queue.addAfter('a', 200);
  await clock.advance(50);
  expect(queue.length).toBe(1);
  queue.done((await queue.get())!);
  await clock.advance(500);
  expect(queue.length).toBe(0);
});

test('no two workers ever hold the same key, and an error brings the key back', async () => {
  const clock = new FakeClock();
  const queue = new WorkQueue({ clock });
  const holding = new Set<string>();
  const seen: string[] = [];
  const errors: string[] = [];
  let failed = false;
  const workers = runWorkers(
    queue,
    async (key) => {
      expect(holding.has(key)).toBe(false);
      holding.add(key);
      await Promise.resolve();
      holding.delete(key);
      seen.push(key);
      if (key === 'b' && !failed) {
        failed = true;
        throw new Error('conflict');
      }
      return undefined;
    },
    { workers: 3, onError: (key) => errors.push(key) },
  );
  for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key);
  await clock.advance(100);
  queue.close();
  await workers;
  expect(seen.sort()).toEqual(expect.arrayContaining(['a', 'b', 'b', 'c']));
  expect(errors).toEqual(['b']);
});
