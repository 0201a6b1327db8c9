/** Columns padded to their widest cell, three blanks apart; the last one is not padded. Models text/tabwriter as kubectl sets it. */
export function alignColumns(rows: readonly (readonly string[])[], gap = 3): string {
  const widths: number[] = [];
  // A cell is only a column's cell when another follows it: the last one of a row has no say.
  for (const row of rows)
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  return rows
    .map((row) => {
      const line = row
        .map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i]! + gap)))
        .join('');
      return `${line}\n`;
    })
    .join('');
}
