import { expect, test } from 'vitest';
import { shellSleep } from '../../src/lib/shell-sleep.ts';

const day = 86_400_000;

test('a sleep ends with its signal, even one that is longer than a timer can be', async () => {
  const controller = new AbortController();
  const sleeping = shellSleep(100 * day, controller.signal);
  controller.abort();
  expect(await sleeping).toBeUndefined();
});

test('a loop of sleeps that were stopped lets others have their turn', async () => {
  let others = false;
  setImmediate(() => {
    others = true;
  });
  for (let turn = 0; turn < 3; turn++) await shellSleep(day, AbortSignal.abort());
  expect(others).toBe(true);
});
