/** The least a column takes, and the blanks after its widest cell. Models cli-runtime pkg/printers GetNewTabWriter. */
const minimum = 6;
const padding = 3;

/** Columns as wide as their widest cell; the last one is not padded. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  return new ColumnWriter().write(rows);
}

/** Remembers how wide its columns were, so that what a watch prints later stands below what came first. */
export class ColumnWriter {
  readonly #widths: number[] = [];

  write(rows: readonly (readonly string[])[]): string {
    // The last cell of a row has no column after it to make room for.
    for (const row of rows)
      row.slice(0, -1).forEach((cell, i) => {
        this.#widths[i] = Math.max(this.#widths[i] ?? minimum, length(cell) + padding);
      });
    return rows.map((row) => `${row.map((cell, i) => this.#pad(cell, i, row)).join('')}\n`).join('');
  }

  #pad(cell: string, index: number, row: readonly string[]): string {
    return index === row.length - 1 ? cell : cell + ' '.repeat(this.#widths[index]! - length(cell));
  }
}

const length = (text: string) => [...text].length;
