import { expect, onTestFinished, test, vi } from 'vitest';
import { watchFinished } from '../../../src/tui/state/finished.ts';
import { fakeLab } from '../../course/fake-lab.ts';

/** The first step is done; then `one` may be taken away, which its check sees. */
async function begun() {
  const world = fakeLab();
  world.there.add('one');
  await world.course.checkAll(['01-first/one'], { quiet: true });
  const turned: string[] = [];
  const onError = vi.fn();
  const at = { shown: undefined as number | undefined, busy: false };
  const controller = new AbortController();
  onTestFinished(() => controller.abort());
  const changed = watchFinished(world.course, {
    shown: () => at.shown,
    isBusy: () => at.busy,
    onTurned: (report) => turned.push(`${report.ref} ${report.state}`),
    onError,
    signal: controller.signal,
    clock: world.clock,
  });
  world.looked.length = 0;
  return { ...world, turned, changed, at, onError, controller };
}

test('what a change breaks is told once, and once more when it is right again', async () => {
  const { there, clock, turned, changed } = await begun();
  there.delete('one');
  changed();
  await clock.advance(300);
  expect(turned).toEqual(['01-first/one fail']);
  await clock.advance(6000);
  expect(turned).toHaveLength(1);
  there.add('one');
  await clock.advance(6000);
  expect(turned).toEqual(['01-first/one fail', '01-first/one pass']);
});

test('without a change, and with nothing red, nothing is looked at', async () => {
  const { clock, looked } = await begun();
  await clock.advance(600_000);
  expect(looked).toEqual([]);
});

test('what is not done yet is not looked at, and neither is the chapter shown', async () => {
  const { clock, looked, changed, at } = await begun();
  changed();
  await clock.advance(300);
  expect(looked).toEqual(['one']);
  looked.length = 0;
  at.shown = 0;
  changed();
  await clock.advance(60_000);
  expect(looked).toEqual([]);
});

test('many changes are one look', async () => {
  const { clock, looked, changed } = await begun();
  for (let index = 0; index < 10; index++) changed();
  await clock.advance(300);
  expect(looked).toEqual(['one']);
});

test('while commands run it waits', async () => {
  const { there, clock, turned, changed, at } = await begun();
  there.delete('one');
  at.busy = true;
  changed();
  await clock.advance(10_000);
  expect(turned).toEqual([]);
  at.busy = false;
  await clock.advance(3000);
  expect(turned).toEqual(['01-first/one fail']);
});

test('after its end nothing is looked at any more', async () => {
  const { clock, looked, changed, controller } = await begun();
  changed();
  controller.abort();
  await clock.advance(60_000);
  expect(looked).toEqual([]);
});

test('a look that fails is told, and the next is made all the same', async () => {
  const { course, there, clock, turned, changed, onError } = await begun();
  vi.spyOn(course, 'checkAll').mockRejectedValueOnce(new Error('no progress file'));
  changed();
  await clock.advance(300);
  expect(onError).toHaveBeenCalledOnce();
  there.delete('one');
  changed();
  await clock.advance(300);
  expect(turned).toEqual(['01-first/one fail']);
});
