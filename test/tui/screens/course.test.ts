import { expect, test } from 'vitest';
import { progressBar } from '../../../src/tui/screens/course.ts';
import { frameLines } from '../../../src/tui/screens/index.ts';
import { plainText } from '../../../src/tui/text/line.ts';
import { lineWidth } from '../../../src/tui/text/width.ts';
import { openScreens, plainTheme, sizes } from '../open-screens.ts';

const bar = (done: number, total: number) => plainText(progressBar(done, total, 10, plainTheme.glyphs));

test('the bar is full only when all is done', () => {
  expect(bar(0, 3)).toBe('░░░░░░░░░░');
  expect(bar(299, 300)).toBe('█████████░');
  expect(bar(3, 3)).toBe('██████████');
  expect(bar(0, 0)).toBe('░░░░░░░░░░');
});

test.each(sizes)(
  'at $columns×$rows chapters and, where there is room, what the marked one is about',
  async (size) => {
    const { store, keys, text } = await openScreens({ size });
    keys('1');
    for (const row of frameLines(store.get(), plainTheme))
      expect(lineWidth(row)).toBeLessThanOrEqual(size.columns);
    expect(text()).toContain('1  First');
    expect(text().includes('Introduction.')).toBe(size.columns >= 100);
    keys('j');
    expect(text().includes('It ends.')).toBe(size.columns >= 100);
  },
);

test('what broke is told from what never was green', async () => {
  const { world, keys, text, until } = await openScreens();
  world.there.add('one');
  await world.course.checkAll(['01-first/one'], { quiet: true });
  keys('1');
  await until('begun');
  expect(text()).toContain('1 of 3 steps');
  world.there.delete('one');
  await world.course.checkAll(['01-first/one'], { quiet: true });
  await until('broken');
  expect(text()).toMatch(/▸ ✖ {2}1 {2}First/);
});

test('a check of the learner that fails shows as not yet green', async () => {
  const { world, keys, until } = await openScreens();
  await world.course.check('01-first/one');
  keys('1');
  await until('not yet green');
});

test('x on the course looks at all that was done, and says how it stands', async () => {
  const { world, keys, until } = await openScreens();
  keys('1', 'x');
  await until('No step is finished yet');
  for (const name of ['one', 'two']) world.there.add(name);
  await world.course.checkAll(['01-first/one', '01-first/two'], { quiet: true });
  keys('x');
  await until('all 2 are green');
  world.there.delete('one');
  keys('x');
  await until('2 of 2 are not green');
});

test('at the end of the road the course opens, and says that it is the end', async () => {
  const { world, controller, keys, store, until } = await openScreens({ unopened: true });
  for (const name of ['one', 'two']) world.there.add(name);
  await world.course.checkAll(['01-first/one', '01-first/two'], { quiet: true });
  for (const name of ['one', 'two']) await world.course.run(`01-first/${name}`);
  world.there.clear();
  await world.course.checkAll(['02-last/end'], { quiet: true });
  await controller.begin(undefined);
  expect(store.get().screen).toBe('course');
  await until('Every step is done.');
  keys('esc');
  await until('the way back ends');
});
