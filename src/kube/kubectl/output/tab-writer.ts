/**
 * Elastic tab stops: cells end with a tab, and lines that follow one another share the width of a column as long as
 * each has it. Two blanks stand between columns. Models Go's text/tabwriter with padding 2.
 */
export function alignTabs(text: string): string {
  const lines = text.split('\n').map((line) => line.split('\t'));
  const widths: number[][] = lines.map(() => []);
  measure(lines, widths, 0, lines.length, 0);
  return lines
    .map((cells, row) =>
      cells
        .map(
          (cell, column) =>
            cell + ' '.repeat((widths[row]![column] ?? 0) - lengthOf(widths, row, column, cell)),
        )
        .join(''),
    )
    .join('\n');
}

const padding = 2;
const length = (text: string) => [...text].length;
const lengthOf = (widths: readonly number[][], row: number, column: number, cell: string) =>
  widths[row]![column] === undefined ? 0 : length(cell);

/** Finds the runs of lines that have a cell which ends in this column, and goes on to the next column within each. */
function measure(
  lines: readonly string[][],
  widths: number[][],
  from: number,
  to: number,
  column: number,
): void {
  const endsHere = (row: number) => lines[row]!.length - 1 > column;
  for (let start = from; start < to; start++) {
    if (!endsHere(start)) continue;
    let end = start;
    while (end < to && endsHere(end)) end++;
    const width = Math.max(...lines.slice(start, end).map((cells) => length(cells[column]!))) + padding;
    for (let row = start; row < end; row++) widths[row]![column] = width;
    measure(lines, widths, start, end, column + 1);
    start = end;
  }
}
