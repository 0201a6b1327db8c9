import { describe, expect, it } from 'vitest';
import { goDuration, KeyedBackoff } from '../../../../src/kube/kubelet/pods/backoff.ts';
import { FakeClock } from '../../../../src/lib/clock.ts';

/** Lets a container crash `times` times, each time the moment it may run; returns the waits in seconds. */
async function crashes(clock: FakeClock, backoff: KeyedBackoff, times: number): Promise<number[]> {
  const waits: number[] = [];
  for (let index = 0; index < times; index++) {
    const endedAt = clock.now();
    const wait = backoff.remaining('pod_main', endedAt);
    waits.push(wait / 1000);
    await clock.advance(wait);
    backoff.next('pod_main', endedAt);
  }
  return waits;
}

describe('the wait before a restart', () => {
  it('is nothing at first, then ten seconds, doubling to five minutes', async () => {
    const clock = new FakeClock();
    expect(await crashes(clock, new KeyedBackoff(clock), 9)).toEqual([0, 10, 20, 40, 80, 160, 300, 300, 300]);
  });

  it('begins anew for who ran longer than ten minutes', async () => {
    const clock = new FakeClock();
    const backoff = new KeyedBackoff(clock);
    await crashes(clock, backoff, 5);
    await clock.advance(601_000);
    expect(await crashes(clock, backoff, 3)).toEqual([0, 10, 20]);
  });

  it('counts from the end of the container, not from when it is asked', async () => {
    const clock = new FakeClock();
    const backoff = new KeyedBackoff(clock);
    await crashes(clock, backoff, 1);
    const endedAt = clock.now();
    await clock.advance(4000);
    expect(backoff.remaining('pod_main', endedAt)).toBe(6000);
  });

  it('is each container’s own, and forgotten with its pod', async () => {
    const clock = new FakeClock();
    const backoff = new KeyedBackoff(clock);
    await crashes(clock, backoff, 3);
    expect(backoff.remaining('pod_other', clock.now())).toBe(0);
    expect(backoff.get('pod_main')).toBe(40_000 / 1);
    backoff.forget('pod');
    expect(backoff.get('pod_main')).toBe(0);
  });
});

it.each([
  [0, '0s'],
  [350, '350ms'],
  [1500, '1.5s'],
  [10_000, '10s'],
  [80_000, '1m20s'],
  [300_000, '5m0s'],
  [3_661_000, '1h1m1s'],
])('%i ms are told as Go tells them: %s', (milliseconds, text) => {
  expect(goDuration(milliseconds)).toBe(text);
});
