import { expect, test } from 'vitest';
import { Expectations } from '../../../../src/kube/controller-manager/shared/expectations.ts';
import { FakeClock } from '../../../../src/lib/clock.ts';

test('until all creations were seen or failed, nothing more is created', () => {
  const expectations = new Expectations(new FakeClock());
  expect(expectations.satisfied('web')).toBe(true);
  expectations.expectCreations('web', 2);
  expectations.creationObserved('web');
  expect(expectations.satisfied('web')).toBe(false);
  expectations.creationObserved('web');
  expect(expectations.satisfied('web')).toBe(true);
});

test('deletions are expected by uid: the same one seen twice counts once', () => {
  const expectations = new Expectations(new FakeClock());
  expectations.expectDeletions('web', ['a', 'b']);
  expectations.deletionObserved('web', 'a');
  expectations.deletionObserved('web', 'a');
  expect(expectations.satisfied('web')).toBe(false);
  expectations.deletionObserved('web', 'b');
  expect(expectations.satisfied('web')).toBe(true);
});

test('an event that never comes does not block for ever', async () => {
  const clock = new FakeClock();
  const expectations = new Expectations(clock);
  expectations.expectCreations('web', 1);
  await clock.advance(5 * 60_000 + 1);
  expect(expectations.satisfied('web')).toBe(true);
});
