import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { solveCourse } from '../../src/course/solve.ts';
import { currentRefs, watchCourse } from '../../src/course/watch.ts';
import { fakeLab } from './fake-lab.ts';

/** Changes that the test tells by hand, as labd would. */
function events() {
  let wake: () => void = () => undefined;
  let pending = 0;
  return {
    change: () => {
      pending++;
      wake();
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        while (pending === 0)
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        pending--;
        yield {};
      }
    },
  };
}

function watching(options: { refs?: readonly string[] } = {}) {
  const lab = fakeLab();
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const seen: string[] = [];
  const told = events();
  const ended = watchCourse(lab.course, {
    ...options,
    events: told,
    clock: lab.clock,
    signal: stop.signal,
    onReports: (reports) => seen.push(reports.map(({ ref, state }) => `${ref} ${state}`).join(', ')),
  });
  return { ...lab, stop, seen, told, ended };
}

const red = '01-first/one fail, 01-first/two blocked';

test('looks at once, and again when a machine changes', async () => {
  const { clock, seen, told, there } = watching();
  await clock.advance(0);
  expect(seen).toEqual([red]);
  there.add('one');
  told.change();
  await clock.advance(200);
  expect(seen.at(-1)).toBe('01-first/one pass, 01-first/two fail');
});

test('many changes are one look, and changes without an end do not put it off for ever', async () => {
  const { clock, seen, told } = watching();
  await clock.advance(0);
  for (let change = 0; change < 5; change++) {
    told.change();
    await clock.advance(20);
  }
  expect(seen).toHaveLength(1);
  await clock.advance(200);
  expect(seen).toHaveLength(2);
  for (let change = 0; change < 12; change++) {
    told.change();
    await clock.advance(100);
  }
  expect(seen).toHaveLength(3);
});

test('looks now and then where nothing tells of a change', async () => {
  const { clock, seen } = watching({ refs: ['01-first/one'] });
  await clock.advance(0);
  await clock.advance(4999);
  expect(seen).toEqual(['01-first/one fail']);
  await clock.advance(1);
  expect(seen).toHaveLength(2);
});

test('a file of the workspace is a change', async () => {
  const { clock, seen, folder } = watching();
  await clock.advance(0);
  writeFileSync(join(folder, 'ca.pem'), 'x');
  await expect
    .poll(async () => {
      await clock.advance(250);
      return seen.length;
    })
    .toBeGreaterThan(1);
});

test('ends when it is told to, and looks no more', async () => {
  const { clock, seen, stop, ended, told } = watching();
  await clock.advance(0);
  stop.abort();
  await ended;
  told.change();
  await clock.advance(10_000);
  expect(seen).toHaveLength(1);
});

test('a look does not count towards the next hint', async () => {
  const { clock, course } = watching();
  await clock.advance(0);
  await clock.advance(60_000);
  expect(course.state().chapters[0]!.steps[0]!.failures).toBe(0);
});

test('follows the learner from chapter to chapter', async () => {
  const { course } = fakeLab();
  expect(currentRefs(course)).toEqual(['01-first/one', '01-first/two']);
  await solveCourse(course, { to: '01-first' });
  expect(currentRefs(course)).toEqual(['02-last/end']);
  await solveCourse(course);
  expect(currentRefs(course)).toEqual(['02-last/end']);
});
