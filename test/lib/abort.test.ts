import { expect, test } from 'vitest';
import { onAbort, whenAborted } from '../../src/lib/abort.ts';

test('who comes before the end is told at the end, once', async () => {
  const stop = new AbortController();
  let calls = 0;
  onAbort(stop.signal, () => calls++);
  const waiting = whenAborted(stop.signal);
  expect(calls).toBe(0);
  stop.abort();
  stop.abort();
  await waiting;
  expect(calls).toBe(1);
});

test('who comes after the end is told at once', async () => {
  let calls = 0;
  onAbort(AbortSignal.abort(), () => calls++);
  expect(calls).toBe(1);
  await whenAborted(AbortSignal.abort());
});

test('the end brings no value along, such as its event', async () => {
  const stop = new AbortController();
  const waiting = whenAborted(stop.signal);
  const heard: unknown[][] = [];
  onAbort(stop.signal, (...values: unknown[]) => void heard.push(values));
  stop.abort();
  expect(await waiting).toBeUndefined();
  expect(heard).toEqual([[]]);
});
