import { expect, test } from 'vitest';
import { line, plainText, span } from '../../../src/tui/text/line.ts';
import { highlightShell } from '../../../src/tui/text/shell.ts';
import { columnWidths } from '../../../src/tui/text/table.ts';
import { fit as fitTo, lineWidth, spread, truncate, width, wrap } from '../../../src/tui/text/width.ts';

test('Japanese letters are two columns wide, and a cut never leaves half of one', () => {
  expect(width('クラスタ')).toBe(8);
  expect(plainText(truncate(line('クラスタを作る'), 8))).toBe('クラス…');
  expect(lineWidth(fitTo(line('証明書'), 5))).toBe(5);
});

test('a text is wrapped at words, keeping what each word means', () => {
  const rows = wrap([span('one two '), span('three', 'code'), span(' four')], 9);
  expect(rows.map((row) => plainText(row).trimEnd())).toEqual(['one two', 'three', 'four']);
  expect(rows[1]!.find(({ text }) => text.includes('three'))?.tone).toBe('code');
});

test('left and right are pushed apart to the full width', () => {
  const row = spread(line('left'), line('right'), 20);
  expect(plainText(row)).toBe('left           right');
});

test('columns of a table share what is too little', () => {
  const widths = columnWidths([4, 60, 60], 60);
  expect(widths[0]).toBe(4);
  expect(widths.reduce((sum, value) => sum + value, 0)).toBeLessThanOrEqual(60);
});

test('a command is told from its flags and texts, and loses no character', () => {
  const text = 'kubectl get pods --namespace="kube system" # all of them';
  const row = highlightShell(text);
  expect(plainText(row)).toBe(text);
  expect(row.find(({ text: part }) => part === 'kubectl')?.tone).toBe('program');
  expect(row.some(({ tone }) => tone === 'flag')).toBe(true);
  expect(row.some(({ tone }) => tone === 'comment')).toBe(true);
});
