import { expect, test } from 'vitest';
import { solveCourse } from '../../src/course/solve.ts';
import { fakeLab } from './fake-lab.ts';
import { twoChapters } from './fake-pack.ts';

test('walks the whole road, the end included', async () => {
  const { course } = fakeLab();
  const result = await solveCourse(course);
  expect(result.ok).toBe(true);
  expect(result.steps.map(({ step, outcome }) => `${step.ref} ${outcome}`)).toEqual([
    '01-first/one solved',
    '01-first/two solved',
    '02-last/end solved',
  ]);
  expect(course.state()).toMatchObject({ doneSteps: 3, totalSteps: 3 });
});

test('skips what is green, stops where it was told to, and goes on from there', async () => {
  const { course, ran } = fakeLab();
  await solveCourse(course, { to: '01-first' });
  const before = ran.length;
  const again = await solveCourse(course, { to: '01-first' });
  expect(again.steps.every((step) => step.outcome === 'skipped')).toBe(true);
  expect(ran.length).toBe(before);
});

test('once the end has begun the chapters before it are left alone', async () => {
  const { course, looked } = fakeLab();
  await solveCourse(course);
  looked.length = 0;
  expect((await solveCourse(course)).ok).toBe(true);
  expect(looked).toEqual(['over']);
});

test('stops at the first step that stays red, with command and diagnosis', async () => {
  const changes = {
    '01-first/lab.yaml': twoChapters['01-first/lab.yaml']!.replace("'make one'", "'explode'"),
  };
  const { course } = fakeLab({ changes });
  const result = await solveCourse(course);
  expect(result).toMatchObject({
    ok: false,
    failure: {
      step: { ref: '01-first/one' },
      command: { host: 'jumpbox', script: 'explode', exitCode: 1, output: 'explode done' },
      checks: [{ result: { reason: 'missing' } }],
    },
  });
});

test('waits for a state as long as its check allows', async () => {
  const changes = {
    '01-first/lab.yaml': twoChapters['01-first/lab.yaml']!.replace("'make two'", "'make later'"),
  };
  const { course, there, clock } = fakeLab({ changes });
  const solving = solveCourse(course, { to: '01-first', clock });
  clock.after(3000, () => there.add('two'));
  for (let second = 0; second < 20; second++) {
    await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(250);
  }
  expect(await solving).toMatchObject({ ok: true });
});
