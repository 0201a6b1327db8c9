import { expect, test } from 'vitest';
import { StatusError } from '../../../src/kube/client/errors.ts';
import { type ElectionLease, LeaderElector } from '../../../src/kube/client/leader-election.ts';
import type { ResourceClient } from '../../../src/kube/client/resource-client.ts';
import { FakeClock } from '../../../src/lib/clock.ts';
import { createLogger } from '../../../src/lib/log.ts';

const quiet = createLogger({ format: 'klog', caller: 'test', write: () => {} });

/** One lease with the optimistic concurrency of the real store; `cut` makes a candidate's requests fail, `hung` wait for ever. */
function leaseStore() {
  let lease: ElectionLease | undefined;
  let version = 0;
  const cut = new Set<string>();
  const hung = new Set<string>();
  const clientFor = (identity: string) => {
    const reachable = async () => {
      if (hung.has(identity)) await new Promise(() => {});
      if (cut.has(identity)) throw new Error('connection refused');
    };
    const store = {
      in: () => store,
      async get() {
        await reachable();
        if (lease === undefined) throw new StatusError(404, { reason: 'NotFound' });
        return structuredClone(lease);
      },
      async create(object: ElectionLease) {
        await reachable();
        if (lease !== undefined) throw new StatusError(409, { reason: 'AlreadyExists' });
        lease = { ...object, metadata: { ...object.metadata, resourceVersion: String(++version) } };
        return structuredClone(lease);
      },
      async update(object: ElectionLease) {
        await reachable();
        if (object.metadata?.resourceVersion !== lease?.metadata?.resourceVersion) {
          throw new StatusError(409, { reason: 'Conflict' });
        }
        lease = { ...object, metadata: { ...object.metadata, resourceVersion: String(++version) } };
        return structuredClone(lease);
      },
    };
    return store as unknown as ResourceClient<ElectionLease>;
  };
  return {
    clientFor,
    cut,
    hung,
    holder: () => lease?.spec?.holderIdentity,
    transitions: () => lease?.spec?.leaseTransitions,
  };
}

function candidate(
  store: ReturnType<typeof leaseStore>,
  clock: FakeClock,
  identity: string,
  leading: Set<string>,
) {
  const stop = new AbortController();
  const elector = new LeaderElector({
    leases: store.clientFor(identity),
    namespace: 'kube-system',
    name: 'kube-scheduler',
    identity,
    leaseDurationMs: 15_000,
    renewDeadlineMs: 10_000,
    retryPeriodMs: 2_000,
    logger: quiet,
    clock,
    random: () => 0.5,
  });
  const outcome = elector.run(async (signal) => {
    leading.add(identity);
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    leading.delete(identity);
  }, stop.signal);
  return { outcome, stop: () => stop.abort() };
}

test('one of two candidates leads; when it stops it gives the lease back and the other follows at once', async () => {
  const clock = new FakeClock();
  const store = leaseStore();
  const leading = new Set<string>();
  const first = candidate(store, clock, 'a', leading);
  await clock.advance(100);
  const second = candidate(store, clock, 'b', leading);
  await clock.advance(60_000);
  expect([...leading]).toEqual(['a']);
  first.stop();
  await clock.advance(3_000);
  expect(await first.outcome).toBe('stopped');
  expect([...leading]).toEqual(['b']);
  expect(store.transitions()).toBe(1);
  second.stop();
  await clock.advance(3_000);
  expect(await second.outcome).toBe('stopped');
  expect(store.holder()).toBe('');
});

test.each(['cut', 'hung'] as const)(
  'a leader that is %s stops leading before another may begin',
  async (how) => {
    const clock = new FakeClock();
    const store = leaseStore();
    const leading = new Set<string>();
    const first = candidate(store, clock, 'a', leading);
    await clock.advance(100);
    const second = candidate(store, clock, 'b', leading);
    await clock.advance(10_000);
    store[how].add('a');
    for (let second_ = 0; second_ < 30; second_++) {
      await clock.advance(1_000);
      expect(leading.size).toBeLessThanOrEqual(1);
    }
    expect(await first.outcome).toBe('lost');
    expect([...leading]).toEqual(['b']);
    second.stop();
    await clock.advance(3_000);
    await second.outcome;
  },
);

test('a candidate that is stopped while the API server hangs ends at once', async () => {
  const clock = new FakeClock();
  const store = leaseStore();
  store.hung.add('a');
  const first = candidate(store, clock, 'a', new Set());
  await clock.advance(1_000);
  first.stop();
  expect(await first.outcome).toBe('stopped');
});
