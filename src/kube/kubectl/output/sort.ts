import { compareQuantities, parseQuantity } from '../../api/quantity.ts';
import { KubectlError } from '../cli/errors.ts';
import { relaxedPath } from './custom-columns.ts';
import { findValues } from './jsonpath.ts';

/** --sort-by: numbers and quantities by size, other values by their text; what has no value comes first. */
export function sortByPath<T>(items: readonly T[], path: string, objectOf: (item: T) => unknown): T[] {
  const relaxed = relaxedPath(path);
  const keyed = items.map((item) => ({ item, key: findValues(relaxed, objectOf(item))[0] }));
  if (items.length > 0 && keyed.every(({ key }) => key === undefined))
    throw new KubectlError(`couldn't find any field with path "${relaxed}" in the list of objects`);
  return keyed.sort((a, b) => compareValues(a.key, b.key)).map(({ item }) => item);
}

function compareValues(a: unknown, b: unknown): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [x, y] = [String(a), String(b)];
  if (parseQuantity(x) !== undefined && parseQuantity(y) !== undefined) return compareQuantities(x, y);
  return x < y ? -1 : x > y ? 1 : 0;
}
