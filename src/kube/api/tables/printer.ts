/** What the printers share: columns, and the small formats that several kinds use. */
import { age } from '../duration.ts';
import { formatLabelSelector } from '../selectors/labels.ts';
import type { Container } from '../types/core-v1.ts';
import type { LabelSelector, ObjectMeta } from '../types/meta-v1.ts';
import type { TableColumnDefinition } from '../types/table.ts';

/** `now` in milliseconds since the epoch. */
export interface PrintContext {
  readonly now: number;
}

/** The columns of a kind, and the cells of one object of it. */
export interface Printer<T> {
  readonly columns: readonly TableColumnDefinition[];
  readonly row: (object: T, context: PrintContext) => unknown[];
  readonly conditions?: (object: T) => { type: string; status: string; reason?: string; message?: string }[];
}

/** `Name` is the name column; a trailing `+` shows the column with -o wide only; `Count:integer` gives a type. */
export function columns(...names: string[]): TableColumnDefinition[] {
  return names.map((text) => {
    const wide = text.endsWith('+');
    const [name, type = 'string'] = (wide ? text.slice(0, -1) : text).split(':');
    return {
      name: name!,
      type,
      format: name === 'Name' ? 'name' : '',
      description: '',
      priority: wide ? 1 : 0,
    };
  });
}

export const NONE = '<none>';
export const UNSET = '<unset>';

export function ageOf(object: { metadata: ObjectMeta }, { now }: PrintContext): string {
  return age(object.metadata.creationTimestamp, now);
}

export function orNone(text: string | undefined | null): string {
  return text === undefined || text === null || text === '' ? NONE : text;
}

/** Names and images of containers, as the wide columns show them. */
export function containerCells(containers: readonly Container[] | undefined): [string, string] {
  return [
    (containers ?? []).map((c) => c.name).join(','),
    (containers ?? []).map((c) => c.image ?? '').join(','),
  ];
}

export function selectorCell(selector: LabelSelector | undefined): string {
  return formatLabelSelector(selector);
}

/** `a=1,b=2`, sorted. */
export function labelsCell(labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return orNone(pairs.sort().join(','));
}

/** Go writes True and False in printBoolPtr, `<unset>` for neither. */
export function boolCell(value: boolean | undefined | null): string {
  return value === undefined || value === null ? UNSET : value ? 'True' : 'False';
}

/** At most `max` items, then how many more there are. */
export function limited(items: readonly string[], max: number): string {
  if (items.length === 0) return NONE;
  const shown = items.slice(0, max).join(',');
  return items.length > max ? `${shown} + ${items.length - max} more...` : shown;
}
