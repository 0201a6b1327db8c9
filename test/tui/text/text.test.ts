import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { line, plainText, span } from '../../../src/tui/text/line.ts';
import { renderMarkdown } from '../../../src/tui/text/markdown.ts';
import { highlightScript, highlightShell } from '../../../src/tui/text/shell.ts';
import { columnWidths } from '../../../src/tui/text/table.ts';
import {
  fit as fitTo,
  lineWidth,
  measureWith,
  spread,
  truncate,
  width,
  wrap,
} from '../../../src/tui/text/width.ts';

const plain = (markdown: string, columns: number) => renderMarkdown(markdown, columns).map(plainText);

test('a Japanese letter takes two columns, and is never cut in half', () => {
  expect(width('証明書')).toBe(6);
  expect(plainText(truncate([span('証明書を作る')], 6))).toBe('証明…');
  expect(lineWidth(fitTo(line('証明書'), 5))).toBe(5);
  expect(wrap([span('証明書を作る。')], 6).map(plainText)).toEqual(['証明書', 'を作', 'る。']);
});

test('no wrapped line is wider than asked, and no letter is lost', () => {
  const text =
    'kube-apiserver asks etcd, and etcd answers only with a majority: 証明書がなければ誰も話せない。';
  for (let columns = 4; columns < 60; columns++) {
    const lines = wrap([span(text, 'strong')], columns);
    for (const row of lines) expect(lineWidth(row)).toBeLessThanOrEqual(columns);
    expect(lines.map(plainText).join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
  }
});

test('a word keeps the comma after it, whatever its tone', () => {
  expect(plain('use **kubectl**, then wait', 14)).toEqual(['use kubectl,', 'then wait']);
});

test('Markdown: headings, lists, notes, code', () => {
  expect(
    plain('## Why\n\n- one two three\n- four\n\n**In real life** keys leak.\n\n```sh\nls -l\n```', 12),
  ).toEqual([
    'Why',
    '',
    '• one two',
    '  three',
    '• four',
    '',
    '▎ In real',
    '▎ life keys',
    '▎ leak.',
    '',
    '▎ ls -l',
  ]);
});

test('a table that does not fit wraps between words', () => {
  expect(plain('| file | for |\n|---|---|\n| ca.pem | everybody who asks |', 20)).toEqual([
    'file    for',
    '──────  ────────────',
    'ca.pem  everybody',
    '        who asks',
  ]);
});

test('columns give way down to their longest word, then further', () => {
  expect(columnWidths([20, 30], 52)).toEqual([20, 30]);
  expect(columnWidths([20, 30], 42, [20, 6])).toEqual([20, 20]);
  expect(columnWidths([20, 30], 12, [20, 20]).reduce((a, b) => a + b + 2, -2)).toBeLessThanOrEqual(12);
});

test('a command line is told into program, flags, strings and variables', () => {
  const tones = highlightShell('for h in a; do ssh $h "ls -l" --now; done # over')
    .filter((part) => part.tone !== undefined)
    .map((part) => `${part.tone}:${part.text}`);
  expect(tones).toContain('program:ssh');
  expect(tones).toContain('variable:$h');
  expect(tones).toContain('string:"ls -l"');
  expect(tones).toContain('flag:--now');
  expect(tones).toContain('comment:# over');
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

test('colouring a command loses no character', () => {
  const text = 'kubectl get pods --namespace="kube system" # all of them';
  const row = highlightShell(text);
  expect(plainText(row)).toBe(text);
  expect(row.find(({ text: part }) => part === 'kubectl')?.tone).toBe('program');
  expect(row.some(({ tone }) => tone === 'flag')).toBe(true);
  expect(row.some(({ tone }) => tone === 'comment')).toBe(true);
});

test('a word longer than the line is cut after a comma or a slash, where that wastes little', () => {
  expect(wrap([span('10.32.0.1,10.240.0.10,10.240.0.11')], 24).map(plainText)).toEqual([
    '10.32.0.1,10.240.0.10,',
    '10.240.0.11',
  ]);
});

test('a list of addresses is cut between them, a long name after one of its parts', () => {
  expect(wrap([span('10.240.0.10,10.240.0.11.12345')], 26).map(plainText)).toEqual([
    '10.240.0.10,',
    '10.240.0.11.12345',
  ]);
  expect(wrap([span('system:kube-controller-manager')], 21).map(plainText)).toEqual([
    'system:kube-',
    'controller-manager',
  ]);
});

test('a table whose words do not fit cuts them where they are put together', () => {
  const table = '| user | of |\n|---|---|\n| system:kube-controller-manager | everybody |';
  expect(plain(table, 30).map((row) => row.trimEnd())).toEqual([
    'user                 of',
    '───────────────────  ─────────',
    'system:kube-         everybody',
    'controller-manager',
  ]);
});

test('what does not fit is cut at a word, unless the word is long', () => {
  expect(plainText(truncate([span('one two three')], 10))).toBe('one two…');
  expect(plainText(truncate([span('one abcdefghijklmnopqrstuvw')], 20))).toBe('one abcdefghijklmno…');
  expect(plainText(truncate([span('one two')], 7))).toBe('one two');
});

test('what follows a backslash at the end of a line is no program', () => {
  const [, second] = highlightScript('cfssl gencert \\\n  ca-csr.json | cfssljson');
  expect(second?.find(({ text }) => text === 'ca-csr.json')?.tone).toBeUndefined();
  expect(second?.find(({ text }) => text === 'cfssljson')?.tone).toBe('program');
});

test('before the exact measure is there, the letters of our texts are measured all the same', () => {
  const texts = ['証明書を作る。', '✔ ✖ ▸ • ▎ ▌ █ ░ ─ │ › · … ↓ ×', 'クラスタ', 'é', '\u00a0'];
  const before = texts.map(width);
  measureWith(stringWidth);
  expect(texts.map(width)).toEqual(before);
});
