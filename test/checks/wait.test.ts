import { expect, it } from 'vitest';
import type { Finding } from '../../src/checks/types.ts';
import { eventually } from '../../src/checks/wait.ts';
import { FakeClock } from '../../src/lib/clock.ts';
import { fakeContext } from './fake-context.ts';

const finding = (message: string): Finding => ({
  reason: 'r',
  message,
  expected: 'e',
  found: 'f',
  where: 'w',
  remedy: 'do',
});

it('looks once where nobody wants to wait', async () => {
  let looks = 0;
  const found = await eventually(fakeContext(), 0, async () => [finding(`look ${++looks}`)]);
  expect([found[0]?.message, looks]).toEqual(['look 1', 1]);
});
it('looks until the time is over, and tells what it saw last', async () => {
  const clock = new FakeClock();
  let looks = 0;
  const found = eventually(fakeContext({}, clock), 2000, async () => [finding(`look ${++looks}`)]);
  await clock.advance(2000);
  expect((await found)[0]?.message).toBe(`look ${looks}`);
  expect(looks).toBe(5);
});
it('ends early when nobody wants to know any more', async () => {
  const clock = new FakeClock();
  const stop = new AbortController();
  const context = { ...fakeContext({}, clock), signal: stop.signal };
  const found = eventually(context, 60_000, async () => [finding('red')]);
  await clock.advance(500);
  stop.abort();
  expect((await found)[0]?.message).toBe('red');
});
