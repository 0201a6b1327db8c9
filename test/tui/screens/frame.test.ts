import { expect, test } from 'vitest';
import type { CourseState } from '../../../src/course/course.ts';
import type { Body } from '../../../src/tui/screens/body.ts';
import { frameOf, markMatches, offsetOf } from '../../../src/tui/screens/frame.ts';
import { initialState, type UiState, yesOrNo } from '../../../src/tui/state/ui-state.ts';
import { line, plainText, span } from '../../../src/tui/text/line.ts';
import { lineWidth } from '../../../src/tui/text/width.ts';
import { createTheme } from '../../../src/tui/theme.ts';
import { plainTheme, sizes } from '../open-screens.ts';

const numbered = (count: number): Body => ({
  lines: Array.from({ length: count }, (_unused, index) => line(`line ${index}`)),
});
const state = (changes: Partial<UiState> = {}, size = sizes[0]!): UiState => ({
  ...initialState(size, '/lab'),
  ...changes,
});
const draw = (ui: UiState, body: Body, theme = plainTheme) => frameOf(ui, theme, () => body).map(plainText);

test.each(sizes)('a frame fills $columns×$rows, and no line is wider', (size) => {
  const long = { lines: [line('x'.repeat(500))], status: line('y'.repeat(500)) };
  for (const body of [numbered(0), numbered(500), long]) {
    const rows = frameOf(state({}, size), plainTheme, () => body);
    expect(rows).toHaveLength(size.rows);
    for (const row of rows) expect(lineWidth(row)).toBeLessThanOrEqual(size.columns);
  }
});

test('what is below is counted, and a scroll too far shows the end', () => {
  expect(draw(state(), numbered(100)).at(-2)).toContain('↓ 80 more');
  const end = draw(state({ scroll: { course: 9999 } }), numbered(100));
  expect(end.at(-3)).toBe('line 99');
  expect(end.at(-2)).not.toContain('more');
});

test('a journal stands at its end until someone scrolls', () => {
  const journal = state({ screen: 'journal' });
  expect(draw(journal, numbered(100)).at(-3)).toBe('line 99');
  expect(draw({ ...journal, scroll: { journal: 0 } }, numbered(100))[2]).toBe('line 0');
});

test('the marked line of a list is kept in view; a list that the page goes on after may be scrolled away', () => {
  const list = { ...numbered(100), selected: 50, count: 100 };
  expect(offsetOf(state({ scroll: { course: 0 } }), list, 20)).toBe(40);
  expect(offsetOf(state({ scroll: { course: 0 } }), { ...list, goesOn: true }, 20)).toBe(0);
  expect(offsetOf(state(), { ...list, goesOn: true }, 20)).toBe(40);
});

test('a status that is too long is cut at a word', () => {
  const status = [
    span('kubernetes.pem lacks the address 10.32.0.1: pods reach the API server by exactly this one'),
  ];
  expect(draw(state(), { lines: [], status }).at(-2)!.trimEnd()).toMatch(/ by…$|exactly…$|server…$/);
});

test('a toast hides the status, work that goes on too; a question takes the footer', () => {
  const body = { lines: [], status: line('as it stands') };
  expect(draw(state(), body).at(-2)).toContain('as it stands');
  expect(draw(state({ busy: { label: 'Checking …', stops: true } }), body).at(-2)).toContain('Checking …');
  const toast = state({
    toast: { text: 'Copied', tone: 'pass' },
    busy: { label: 'Checking …', stops: true },
  });
  expect(draw(toast, body).at(-2)).toContain('Copied');
  const asked = draw(state({ question: yesOrNo('Really?', () => undefined) }), body).at(-1);
  expect(asked).toMatch(/^Really\? {2}y yes {2}n no/);
});

test('what is said stays on its row, though it has several', () => {
  const said = { text: 'the API answers 500:\nInternal error\r\n\tat once', tone: 'fail' as const };
  const rows = draw(state({ toast: said }), { lines: [], status: line('a\nb') });
  expect(rows.at(-2)?.trimEnd()).toBe('the API answers 500: Internal error at once');
  expect(
    draw(state(), { lines: [], status: line('a\nb') })
      .at(-2)
      ?.trimEnd(),
  ).toBe('a b');
});

test('a prompt shows what is typed', () => {
  expect(draw(state({ prompt: { kind: 'command', text: 'goto 4' } }), numbered(1)).at(-1)).toMatch(
    /^:goto 4 /,
  );
  expect(draw(state({ prompt: { kind: 'filter', text: 'err' } }), numbered(1)).at(-1)).toMatch(/^\/err /);
});

test('a match is marked without losing a letter, whatever its case', () => {
  const marked = markMatches([span('etcd asks ETCD', 'dim')], 'etcd');
  expect(plainText(marked)).toBe('etcd asks ETCD');
  expect(marked.filter(({ tone }) => tone === 'match').map(({ text }) => text)).toEqual(['etcd', 'ETCD']);
  expect(markMatches([span('nothing')], 'etcd')).toEqual([span('nothing')]);
});

const chapter = (number: number, status: 'red' | 'green' | 'blocked'): CourseState['chapters'][number] => ({
  id: `${number}-x`,
  number,
  title: 'X',
  status: status === 'green' ? 'done' : 'broken',
  steps: [
    {
      ref: `${number}-x/s`,
      status,
      done: true,
      report: undefined,
      failures: 0,
      hintsShown: 0,
      hintsTotal: 0,
      hintOffered: false,
    },
  ],
});
const course = (...chapters: CourseState['chapters'][number][]): CourseState => ({
  chapters,
  doneSteps: chapters.length,
  totalSteps: chapters.length,
  next: undefined,
});

test('every screen names the chapters that broke, not those that only wait for them', () => {
  const head = (shown: CourseState) => draw(state({ course: shown }), numbered(1))[0];
  expect(head(course(chapter(1, 'green')))).not.toContain('✖');
  expect(head(course(chapter(1, 'green'), chapter(4, 'red'), chapter(7, 'blocked')))).toMatch(
    / ✖ chapter 4 {2}3\/3$/,
  );
  const four = [1, 2, 3, 4].map((number) => chapter(number, 'red'));
  expect(head(course(...four))).toContain('✖ 4 chapters');
});

test('for a screen reader nothing is cut and no empty rows are read', () => {
  const linear = createTheme({ color: false, ascii: true, linear: true });
  const words = 'a sentence that is longer than the window is wide and is read to its very end all the same';
  const rows = draw(state(), { lines: [line(words)], status: line(words) }, linear);
  expect(rows).toHaveLength(5);
  expect(rows.filter((row) => row.includes('all the same'))).toHaveLength(2);
});
