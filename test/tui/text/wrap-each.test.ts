import { expect, test } from 'vitest';
import { line, plainText, span } from '../../../src/tui/text/line.ts';
import { wrapEach } from '../../../src/tui/text/wrap-each.ts';

const hang = [span('  ')];

test('each line is wrapped for the width of now, with the hang before what goes on', () => {
  const lines = [line('one two three four'), line('five')];
  expect(wrapEach(lines, 13, hang).map(plainText)).toEqual(['one two', '  three four', 'five']);
  expect(wrapEach(lines, 40, hang).map(plainText)).toEqual(['one two three four', 'five']);
  expect(wrapEach(lines, 13, hang).map(plainText)).toEqual(['one two', '  three four', 'five']);
});

test('a line that was there before is not wrapped again', () => {
  const old = line('one two three four');
  const [first] = wrapEach([old], 10, hang);
  const again = wrapEach([old, line('new')], 10, hang);
  expect(again[0]).toBe(first);
});

test('no lines are none', () => {
  expect(wrapEach([], 10, hang)).toEqual([]);
});
