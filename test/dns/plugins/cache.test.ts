import { expect, test } from 'vitest';
import { type DnsRequest, type DnsResponse, emptyResponse } from '../../../src/dns/message.ts';
import { cachePlugin } from '../../../src/dns/plugins/cache.ts';
import { FakeClock } from '../../../src/lib/clock.ts';

const request = (name: string): DnsRequest => ({
  id: 1,
  question: { name, type: 'A' },
  recursionDesired: true,
  udpSize: 512,
  edns: false,
  transport: 'udp',
  client: '10.200.0.5:5353',
  size: 40,
});

const directive = { name: 'cache', args: ['30'], block: [], line: 1 };

function counted(response: DnsResponse) {
  const calls = { count: 0 };
  const next = async () => {
    calls.count++;
    return response;
  };
  return { calls, next };
}

const withAddress = (ttl: number): DnsResponse => ({
  ...emptyResponse('NOERROR'),
  answers: [{ name: 'a', type: 'A', ttl, data: '10.0.0.1' }],
});

test('an answer is kept for its TTL, which counts down, and no longer', async () => {
  const clock = new FakeClock();
  const cache = cachePlugin(directive, clock);
  const { calls, next } = counted(withAddress(5));
  await cache.handle(request('a'), next);
  await clock.advance(3000);
  const again = await cache.handle(request('A'), next);
  expect(again.answers[0]).toMatchObject({ ttl: 2, data: '10.0.0.1' });
  expect(calls.count).toBe(1);
  await clock.advance(2000);
  await cache.handle(request('a'), next);
  expect(calls.count).toBe(2);
});

test('the configured maximum shortens long TTLs', async () => {
  const clock = new FakeClock();
  const cache = cachePlugin(directive, clock);
  const { calls, next } = counted(withAddress(3600));
  await cache.handle(request('a'), next);
  await clock.advance(30_000);
  await cache.handle(request('a'), next);
  expect(calls.count).toBe(2);
});

test('a failure is never kept', async () => {
  const cache = cachePlugin(directive, new FakeClock());
  const { calls, next } = counted(emptyResponse('SERVFAIL'));
  await cache.handle(request('a'), next);
  await cache.handle(request('a'), next);
  expect(calls.count).toBe(2);
});
