import type { Line } from './line.ts';
import { wrapWith } from './width.ts';

interface Wrapped {
  readonly columns: number;
  readonly rows: readonly Line[];
}

/** A line of a journal stays the same while hundreds come after it, so it is wrapped once. */
const remembered = new WeakMap<Line, Wrapped>();

/** Wraps each of many lines; `hang` stands before what goes on from a line. */
export function wrapEach(lines: readonly Line[], columns: number, hang: Line): Line[] {
  return lines.flatMap((row) => {
    const known = remembered.get(row);
    if (known?.columns === columns) return known.rows;
    const rows = wrapWith(row, columns, [], hang);
    remembered.set(row, { columns, rows });
    return rows;
  });
}
