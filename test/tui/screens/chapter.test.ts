import { expect, test } from 'vitest';
import { frameLines } from '../../../src/tui/screens/index.ts';
import { lineWidth } from '../../../src/tui/text/width.ts';
import { twoChapters } from '../../course/fake-pack.ts';
import { openScreens, plainTheme, sizes } from '../open-screens.ts';

const steps = (count: number) => Array.from({ length: count }, (_unused, index) => `step-${index}`);
/** A first chapter with as many steps as wanted. */
const long = (count: number) => ({
  '01-first/lab.yaml': `chapter: 01-first\nsteps:\n${steps(count)
    .map(
      (id) =>
        `  - id: ${id}\n    run: ['make ${id}']\n    checks:\n      - { id: a, kind: file, title: It is there, path: ${id} }\n`,
    )
    .join('')}reset:\n  - paths: ['*']\n`,
  '01-first/text.en.md': `# First\n\nIntroduction.\n\n${steps(count)
    .map((id) => `## ${id}: Do ${id}\n\nWhy.\n\n### hint 1\n\nA.\n\n### hint 2\n\nB.\n\n### hint 3\n\nC.\n\n`)
    .join('')}`,
  '01-first/faults/gone.yaml':
    'title: Gone\nbreaks: step-0/a\nexpect: missing\ndo: break step-0\nundo: make step-0\n',
  '02-last/lab.yaml': twoChapters['02-last/lab.yaml']!.replace('01-first/two', '01-first/step-0'),
});

test.each(sizes)('at $columns×$rows every step of a long chapter is seen when it is shown', async (size) => {
  const { keys, frame, store } = await openScreens({ size, changes: long(24) });
  keys('2');
  for (const id of steps(24)) {
    keys('right');
    for (const row of frameLines(store.get(), plainTheme))
      expect(lineWidth(row)).toBeLessThanOrEqual(size.columns);
    expect(frame()[0]).toContain(`Do ${id}`);
    const marked = size.columns < 113 ? frame()[2] : frame().find((row) => row.startsWith('▸'));
    expect(marked).toContain(size.columns < 113 ? `[· ${id}]` : `Do ${id}`);
  }
});

test('to the left of the first page and right of the last step there is nothing, which is told', async () => {
  const { keys, until, frame } = await openScreens();
  keys('2', 'left');
  await until('This is the first page');
  keys('right', 'right', 'right');
  expect(frame()[0]).toContain('2 Last');
  keys('right', 'right');
  await until('This is the last step');
  keys('left', 'left');
  expect(frame()[0]).toContain('1 First › Do two');
});

test('the page about a chapter has nothing to run, copy or hint at, and says so', async () => {
  const { keys, text, store } = await openScreens();
  keys('2');
  expect(text()).toContain('n begins with the first step.');
  for (const key of ['r', 'c', 'h', 'o']) {
    keys(key);
    expect(text()).toContain('This page is about the chapter');
    expect(store.get().question).toBeUndefined();
  }
});

test('a command without room on its line says that the line goes on, and stays whole beside the label', async () => {
  const words = (count: number) => Array.from({ length: count }, (_unused, index) => `word-${10 + index}`);
  const command = (text: string) => ({
    '01-first/lab.yaml': twoChapters['01-first/lab.yaml']!.replace("'make one'", `'${text}'`),
  });
  const long = await openScreens({ changes: command(`make ${words(14).join(' ')}`) });
  long.keys('2', 'right');
  expect(long.text()).toMatch(/make word-10 .* word-17\n▌ {3}↳ word-18/);

  const whole = `make ${words(7).join(' ')} then-some-more`;
  const full = await openScreens({ changes: command(whole) });
  full.keys('2', 'right');
  expect(full.text()).toContain(whole);
  expect(full.text()).not.toContain('c copies');
});

test('Tab goes from command to command and to the checks, and c copies the one that is marked', async () => {
  const { keys, copied, text } = await openScreens({
    changes: {
      '01-first/lab.yaml': twoChapters['01-first/lab.yaml']!.replace(
        "['make one']",
        "['make one', 'make more']",
      ),
    },
  });
  keys('2', 'n', 'c', 'tab', 'tab', 'c');
  expect(copied).toEqual(['make one', 'make more']);
  expect(text()).toContain('▌ make more');
  keys('shift+tab', 'c');
  expect(copied.at(-1)).toBe('make one');
});

test('hints come one by one, and after the last that is said', async () => {
  const { keys, text } = await openScreens();
  keys('2', 'n', 'h');
  expect(text()).toContain('1. One of one.');
  expect(text()).not.toContain('2. Two.');
  keys('h', 'h');
  expect(text()).toContain('3. Three.');
  keys('h');
  expect(text()).toContain('All hints of this step are shown');
});

test('a step that waits for another says for which', async () => {
  const { keys, until } = await openScreens();
  keys('2', 'right', 'right');
  await until('These checks wait for 01-first/one');
});

test('searching: the next match, round the end, and what is not there', async () => {
  const { keys, text, store } = await openScreens();
  keys('2', 'n', '/', ...'why', 'enter');
  expect(text()).toContain('/why');
  keys('n', 'N');
  expect(store.get().step).toBe(1);
  keys('esc', '/', ...'nowhere', 'enter');
  expect(text()).toContain('"nowhere" is not on this page');
  keys('esc');
  expect(text()).not.toContain('/nowhere');
});

test('before the course is read the keys that need it say so, and the frame stands', async () => {
  const { keys, text, terminal, frame } = await openScreens({ unopened: true });
  expect(text()).toContain('Reading the course ...');
  keys('2', 'r');
  expect(text()).toContain('The lab is still being opened');
  keys('s');
  expect(terminal.shell).not.toHaveBeenCalled();
  expect(frame()).toHaveLength(24);
});

test('a lab that cannot be opened ends the screens with its error', async () => {
  const error = new Error('no space left on device');
  const { terminal } = await openScreens({ openLab: () => Promise.reject(error) });
  expect(terminal.fail).toHaveBeenCalledWith(error);
});
