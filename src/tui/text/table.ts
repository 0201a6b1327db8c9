import type { Line, Span, Tone } from './line.ts';
import { fit, lineWidth, wrap } from './width.ts';

/** Narrower than this a column is not readable. */
const narrowest = 6;
const gap = 2;

/**
 * Widths of the columns of a table that must fit: each as wide as its widest cell, and where that is too much the widest
 * columns give way first.
 */
export function columnWidths(natural: readonly number[], available: number): number[] {
  const widths = [...natural];
  const room = Math.max(natural.length, available - gap * (natural.length - 1));
  let excess = widths.reduce((sum, columns) => sum + columns, 0) - room;
  while (excess > 0) {
    const widest = Math.max(...widths);
    const index = widths.lastIndexOf(widest);
    if (widest <= 1) break;
    // Down to the next widest at once, but never below what can be read while another column still can give.
    const others = widths.filter((_columns, candidate) => candidate !== index);
    const next = Math.max(narrowest, ...others.filter((columns) => columns < widest), 0);
    const step = Math.max(1, Math.min(excess, widest - Math.min(next, widest - 1)));
    widths[index] = widest - step;
    excess -= step;
  }
  return widths;
}

export interface TableRows {
  readonly header: readonly Line[];
  readonly rows: readonly (readonly Line[])[];
}

/** Cells wrap within their columns; a rule stands under the header. */
export function renderTable(table: TableRows, columns: number, rule = '─'): Line[] {
  const all = [table.header, ...table.rows];
  const count = Math.max(0, ...all.map((row) => row.length));
  if (count === 0) return [];
  const cell = (row: readonly Line[], index: number): Line => row[index] ?? [];
  const natural = Array.from({ length: count }, (_unused, index) =>
    Math.max(1, ...all.map((row) => lineWidth(cell(row, index)))),
  );
  const widths = columnWidths(natural, columns);
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
