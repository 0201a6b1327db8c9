import type { Table, TableRow } from '../../api/types/table.ts';
import type { KubeObject } from '../cluster/cluster.ts';
import { ColumnWriter } from './columns.ts';

export interface TableOptions {
  readonly wide: boolean;
  readonly noHeaders: boolean;
  readonly withNamespace: boolean;
  /** `deployment.apps`: stands before each name when several kinds are printed. */
  readonly prefix?: string;
  readonly showLabels: boolean;
  readonly labelColumns: readonly string[];
}

export const tableAccept = ['v1', 'v1beta1']
  .map((version) => `application/json;as=Table;v=${version};g=meta.k8s.io`)
  .concat('application/json')
  .join(',');

/** Prints the tables that the server makes; the header once. Models cli-runtime pkg/printers tableprinter.go. */
export class TablePrinter {
  readonly #options: TableOptions;
  readonly #columns = new ColumnWriter();
  #definitions: Table['columnDefinitions'] | undefined;

  constructor(options: TableOptions) {
    this.#options = options;
  }

  print(table: Table): string {
    const rows: string[][] = [];
    const isFirst = this.#definitions === undefined;
    // In a watch only the first table says what its columns are.
    if (table.columnDefinitions?.length > 0) this.#definitions = table.columnDefinitions;
    if (isFirst && !this.#options.noHeaders) rows.push(this.#header());
    for (const row of table.rows ?? []) rows.push(this.#row(row));
    return this.#columns.write(rows);
  }

  #header(): string[] {
    const { withNamespace, labelColumns, showLabels } = this.#options;
    const names = this.#visible((this.#definitions ?? []).map((column) => column.name.toUpperCase()));
    const labels = labelColumns.map((label) => label.split('/').pop()!.toUpperCase());
    return [...(withNamespace ? ['NAMESPACE'] : []), ...names, ...labels, ...(showLabels ? ['LABELS'] : [])];
  }

  #row(row: TableRow): string[] {
    const { withNamespace, labelColumns, showLabels, prefix } = this.#options;
    const metadata = metadataOf(row);
    const cells = this.#visible(row.cells.map(cellText));
    if (prefix !== undefined && cells[0] !== undefined) cells[0] = `${prefix}/${cells[0]}`;
    const labels = labelColumns
      .map((label) => metadata.labels?.[label] ?? '<none>')
      .map((text) => (text === '<none>' ? '' : text));
    return [
      ...(withNamespace ? [metadata.namespace ?? ''] : []),
      ...cells,
      ...labels,
      ...(showLabels ? [labelsText(metadata.labels)] : []),
    ];
  }

  #visible<T>(cells: readonly T[]): T[] {
    return cells.filter((_, i) => this.#options.wide || (this.#definitions?.[i]?.priority ?? 0) === 0);
  }
}

function metadataOf(row: TableRow): KubeObject['metadata'] {
  return (row.object as unknown as Partial<KubeObject> | undefined)?.metadata ?? {};
}

/** A cell is one line. */
function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return '';
  const text = typeof cell === 'object' ? JSON.stringify(cell) : String(cell);
  const end = text.search(/[\f\n\r]/);
  return end < 0 ? text : `${text.slice(0, end)}...`;
}

/** `a=1,b=2`, sorted. */
function labelsText(labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return pairs.length === 0
    ? '<none>'
    : pairs.map(([key, value]) => (value === '' ? key : `${key}=${value}`)).join(',');
}
