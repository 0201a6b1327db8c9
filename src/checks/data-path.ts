import { isRecord } from '../lib/is-record.ts';

/**
 * A small part of JSONPath, as kubectl spells it: `.status.phase`, `.items[0].metadata.name`, `.metadata.labels['a.b/c']`,
 * `.metadata.labels.a\.b/c`, `.items[*].status.podIP`, `.status.conditions[type=Ready].status`.
 */
type Segment =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'where'; readonly name: string; readonly value: string };

/** Throws RangeError for a path that does not parse. */
export function parseDataPath(path: string): readonly Segment[] {
  const segments: Segment[] = [];
  let rest = path.startsWith('.') || path.startsWith('[') ? path : `.${path}`;
  while (rest !== '') {
    const field = /^\.((?:\\.|[^.[\\])+)/.exec(rest);
    const bracket = /^\[(?:(-?\d+)|(\*)|'([^']*)'|"([^"]*)"|([A-Za-z]+)=([^\]]*))\]/.exec(rest);
    const match = field ?? bracket;
    if (match === null) throw new RangeError(`cannot read the path ${JSON.stringify(path)} at ${rest}`);
    if (field !== null) segments.push({ kind: 'field', name: field[1]!.replaceAll(/\\(.)/g, '$1') });
    else if (bracket?.[1] !== undefined) segments.push({ kind: 'index', index: Number(bracket[1]) });
    else if (bracket?.[2] !== undefined) segments.push({ kind: 'all' });
    else if (bracket?.[5] !== undefined)
      segments.push({ kind: 'where', name: bracket[5], value: bracket[6] ?? '' });
    else segments.push({ kind: 'field', name: bracket?.[3] ?? bracket?.[4] ?? '' });
    rest = rest.slice(match[0].length);
  }
  return segments;
}

function step(value: unknown, segment: Segment): unknown[] {
  switch (segment.kind) {
    case 'field':
      return isRecord(value) && Object.hasOwn(value, segment.name) ? [value[segment.name]] : [];
    case 'index':
      return Array.isArray(value) && value.at(segment.index) !== undefined ? [value.at(segment.index)] : [];
    case 'all':
      return Array.isArray(value) ? value : isRecord(value) ? Object.values(value) : [];
    case 'where':
      return (Array.isArray(value) ? value : []).filter(
        (item) => isRecord(item) && String(item[segment.name]) === segment.value,
      );
  }
}

/** All values at a path; none when it leads nowhere. */
export const valuesAt = (data: unknown, path: string): readonly unknown[] =>
  parseDataPath(path).reduce<unknown[]>(
    (values, segment) => values.flatMap((value) => step(value, segment)),
    [data],
  );

/** How a value reads in a message, and how values are compared with what YAML wrote: as text. */
export const valueText = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
