import { expect, test } from 'vitest';
import { frameLines } from '../../src/tui/screens/index.ts';
import { lineWidth } from '../../src/tui/text/width.ts';
import { createTheme } from '../../src/tui/theme.ts';
import { openScreens, plainTheme, sizes } from './open-screens.ts';

test.each(sizes)('every frame of $columns×$rows fits', async (size) => {
  const { store, keys, until } = await openScreens({ size });
  await until('First');
  for (const key of ['1', '2', 'n', '3', '4', '?', ':', 'esc']) {
    keys(key);
    const lines = frameLines(store.get(), plainTheme);
    expect(lines).toHaveLength(size.rows);
    for (const row of lines) expect(lineWidth(row)).toBeLessThanOrEqual(size.columns);
  }
});

test('the course with its chapters, the bar and what is next', async () => {
  const { frame, keys, until } = await openScreens();
  keys('1');
  await until('Next: 1 First › Do one');
  expect(frame()[2]).toMatch(/^ {2}░+ {2}0 of 3 steps$/);
  expect(frame()[4]).toMatch(/^▸ · {2}1 {2}First .* 0\/2/);
  keys('j', 'enter');
  expect(frame()[0]).toContain('2 Last');
});

test('a step from red to green: diagnosis, hint, run, next', async () => {
  const { world, frame, keys, until, copied } = await openScreens();
  keys('2');
  keys('n');
  await until('one is missing.');
  const text = frame().join('\n');
  for (const part of [
    'Why.',
    'Commands · on the jumpbox',
    '▌ make one',
    'expected  one',
    'found     nothing',
    'to do     make one',
  ]) {
    expect(text).toContain(part);
  }
  keys('n');
  await until('not green yet');
  keys('c');
  expect(copied).toEqual(['make one']);
  keys('h');
  await until('1. One of one.');
  keys('r');
  expect(frame().at(-1)).toContain("Run this step's commands on the jumpbox?");
  expect(world.ran).toEqual([]);
  keys('y');
  await until('✔ done: Enter goes back');
  expect(frame().join('\n')).toContain('make one done');
  keys('esc');
  await until('done: all checks pass');
  keys('n');
  expect(frame()[0]).toContain('Do two');
});

test('the step turns green by itself when the learner does the work elsewhere', async () => {
  const { world, keys, until } = await openScreens();
  keys('2', 'n');
  await until('one is missing.');
  world.there.add('one');
  await world.course.checkAll(['01-first/one'], { quiet: true });
  await until('done: all checks pass');
});

test('cluster, journal, filter and the way back', async () => {
  const { frame, keys, until } = await openScreens();
  keys('3');
  await until('leader');
  expect(frame().join('\n')).toContain('No kubelet has registered yet.');
  keys('enter');
  await until('ready to serve');
  keys('/', ...'elect', 'enter');
  expect(frame().join('\n')).toContain('elected leader');
  expect(frame().join('\n')).not.toContain('ready to serve');
  keys('esc', 'esc');
  expect(frame()[0]).toContain('Cluster');
});

test('commands, help and leaving', async () => {
  const { frame, keys, terminal } = await openScreens();
  keys(':', ...'goto 2 end', 'enter');
  expect(frame()[0]).toContain('2 Last › Do end');
  keys(':', ...'nonsense', 'enter');
  expect(frame().join('\n')).toContain('there is no command :nonsense');
  keys('?');
  expect(frame().join('\n')).toContain("run the step's commands");
  keys('q');
  expect(terminal.quit).toHaveBeenCalledWith(0);
});

test('in ASCII no other letter is left, and NO_COLOR leaves no escape', async () => {
  const ascii = createTheme({ color: false, ascii: true });
  const { store, keys, until } = await openScreens({ theme: ascii });
  keys('2', 'n');
  await until('one is missing.');
  for (const row of frameLines(store.get(), ascii)) expect(ascii.paint(row)).toMatch(/^[\x20-\x7e]*$/);
});

test('a window that is too small says what it wants, and only leaving works in it', async () => {
  const { store, frame, keys, terminal } = await openScreens();
  store.set({ columns: 60, rows: 15 });
  expect(frame()).toHaveLength(15);
  expect(frame().join('\n')).toContain('It has 60×15 characters; 80×24 are needed.');
  keys('?');
  expect(store.get().screen).toBe('chapter');
  keys('q');
  expect(terminal.quit).toHaveBeenCalledWith(0);
});

test('leaving while commands run is asked first', async () => {
  const { store, frame, keys, terminal } = await openScreens();
  store.set({ run: { ref: '01-first/one', title: 'Do one', lines: [], state: 'running' } });
  keys('q');
  expect(frame().at(-1)).toContain("The step's commands are still running. Stop them and leave?");
  keys('n');
  expect(terminal.quit).not.toHaveBeenCalled();
  keys('q', 'y');
  expect(terminal.quit).toHaveBeenCalledWith(0);
});

test(':goto by number or name, with Tab, and a wrong name told with the nearest', async () => {
  const { frame, keys } = await openScreens();
  keys(':', ...'goto la', 'tab');
  expect(frame().at(-1)).toContain(':goto last');
  keys(...'/e', 'tab', 'enter');
  expect(frame()[0]).toContain('2 Last › Do end');
  keys(':', ...'1/two', 'enter');
  expect(frame()[0]).toContain('1 First › Do two');
  keys(':', ...'goto frist', 'enter');
  expect(frame().join('\n')).toContain('unknown chapter "frist": did you mean "first"?');
  keys(':', ...'gto', 'enter');
  expect(frame().join('\n')).toContain('there is no command :gto: did you mean goto?');
  keys(':', ...'off nod-0', 'enter');
  expect(frame().join('\n')).toContain('did you mean "node-0"?');
});

test('for a screen reader states are words, and nothing is drawn', async () => {
  const spoken = createTheme({ color: false, ascii: true, linear: true });
  const { frame, keys, until } = await openScreens({ theme: spoken });
  keys('1');
  await until('0 of 3 steps');
  expect(frame().join('\n')).toContain('selected: to do: 1 First, 0 of 2 steps');
  keys('2', 'n');
  await until('failed: One');
  for (const row of frame()) expect(row).toMatch(/^[\x20-\x7e]*$/);
  expect(frame().join('\n')).not.toMatch(/[-=#.|]{4}/);
});
