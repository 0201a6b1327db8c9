import { type Line, plainText, type Span, type Tone } from './line.ts';
import { fit, lineWidth, pieces, width, wrap } from './width.ts';

/** Narrower than this a column is not readable. */
const narrowest = 6;
const gap = 2;

/**
 * Widths of the columns of a table that must fit: each as wide as its widest cell, and where that is too much the widest
 * columns give way first, down to their longest word as long as that is enough.
 */
export function columnWidths(
  natural: readonly number[],
  available: number,
  words: readonly number[] = natural.map(() => narrowest),
  parts: readonly number[] = natural.map(() => narrowest),
): number[] {
  const widths = [...natural];
  const room = Math.max(natural.length, available - gap * (natural.length - 1));
  let excess = widths.reduce((sum, columns) => sum + columns, 0) - room;
  for (const floors of [words, parts, natural.map(() => narrowest), natural.map(() => 1)]) {
    while (excess > 0) {
      const spare = widths.map((columns, index) => (columns > floors[index]! ? columns : 0));
      const widest = Math.max(...spare);
      if (widest === 0) break;
      widths[spare.lastIndexOf(widest)] = widest - 1;
      excess--;
    }
  }
  return widths;
}

const longest = (texts: readonly string[]) => Math.max(0, ...texts.map(width));

export interface TableRows {
  readonly header: readonly Line[];
  readonly rows: readonly (readonly Line[])[];
}

/** For a screen reader: a row is a line that names each of its cells. */
const spokenRows = ({ header, rows }: TableRows): Line[] =>
  rows.map((row) =>
    row.flatMap((cell, index): Span[] => {
      const name = plainText(header[index] ?? []).trim();
      return [
        ...(index === 0 ? [] : [{ text: ', ' }]),
        ...(name === '' ? [] : [{ text: `${name}: ` }]),
        ...cell,
      ];
    }),
  );

/** Cells wrap within their columns; a rule stands under the header. Without a letter for the rule there are no columns. */
export function renderTable(table: TableRows, columns: number, rule = '─'): Line[] {
  if (rule === '') return spokenRows(table).flatMap((row) => wrap(row, columns));
  const all = [table.header, ...table.rows];
  const count = Math.max(0, ...all.map((row) => row.length));
  if (count === 0) return [];
  const cell = (row: readonly Line[], index: number): Line => row[index] ?? [];
  const natural = Array.from({ length: count }, (_unused, index) =>
    Math.max(1, ...all.map((row) => lineWidth(cell(row, index)))),
  );
  const floors = (split: (text: string) => string[]) =>
    natural.map((_columns, index) =>
      Math.max(narrowest, ...all.map((row) => longest(split(plainText(cell(row, index)))))),
    );
  const words = floors((text) => text.split(/\s+/));
  const widths = columnWidths(natural, columns, words, floors(pieces));
  const lay = (row: readonly Line[], tone?: Tone): Line[] => {
    const cells = widths.map((size, index) =>
      wrap(tone === undefined ? cell(row, index) : cell(row, index).map((part) => ({ ...part, tone })), size),
    );
    const height = Math.max(...cells.map((lines) => lines.length));
    return Array.from({ length: height }, (_unused, y) =>
      widths.flatMap((size, index): Span[] => [
        ...(index === 0 ? [] : [{ text: ' '.repeat(gap) }]),
        ...(index === widths.length - 1 ? (cells[index]![y] ?? []) : fit(cells[index]![y] ?? [], size)),
      ]),
    );
  };
  const hasHeader = table.header.some((part) => lineWidth(part) > 0);
  return [
    ...(hasHeader
      ? [
          ...lay(table.header, 'strong'),
          widths.map(
            (size, index): Span => ({
              text: `${index === 0 ? '' : ' '.repeat(gap)}${rule.repeat(size)}`,
              tone: 'dim',
            }),
          ),
        ]
      : []),
    ...table.rows.flatMap((row) => lay(row)),
  ];
}
