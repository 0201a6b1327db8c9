/** Ordering of merged lists: the patch's items keep the patch's order, the server's own items keep theirs. */
import { equal, isMap, type Json, type JsonMap, PatchError } from './json.ts';

export function noMergeKey(item: JsonMap, mergeKey: string): PatchError {
  return new PatchError(`map: ${JSON.stringify(item)} does not contain declared merge key: ${mergeKey}`);
}

function keyOf(item: Json, mergeKey: string): Json | undefined {
  return mergeKey === '' ? item : isMap(item) ? item[mergeKey] : undefined;
}

/** Where the item with this key stands in `list`, or -1. */
export function indexInList(list: readonly Json[], item: Json, mergeKey: string): number {
  const key = keyOf(item, mergeKey);
  return list.findIndex((other) => equal(keyOf(other, mergeKey), key));
}

export function deduplicate(list: readonly Json[]): Json[] {
  return list.filter((item, i) => list.findIndex((other) => equal(other, item)) === i);
}

/** The items that `other` names by key, and the rest. */
export function partition(
  list: readonly Json[],
  other: readonly Json[],
  mergeKey: string,
): { present: Json[]; absent: Json[] } {
  const present: Json[] = [];
  const absent: Json[] = [];
  for (const item of list) (indexInList(other, item, mergeKey) >= 0 ? present : absent).push(item);
  return { present, absent };
}

/** Sorts by the place in `order`; deletions ($patch: delete) go last. */
export function sortByOrder(list: readonly Json[], order: readonly Json[], mergeKey: string): Json[] {
  const deletes = list.filter((item) => isMap(item) && item.$patch === 'delete');
  const others = list.filter((item) => !deletes.includes(item));
  const place = new Map(others.map((item) => [item, indexInList(order, item, mergeKey)]));
  return [...others.sort((a, b) => place.get(a)! - place.get(b)!), ...deletes];
}

/** Interleaves two sorted lists by the server's order; where it says nothing, the patch's item comes first. */
export function mergeSortedLists(
  server: readonly Json[],
  patch: readonly Json[],
  serverOrder: readonly Json[],
  mergeKey: string,
): Json[] {
  const result: Json[] = [];
  let i = 0;
  let j = 0;
  while (i < server.length && j < patch.length) {
    const left = indexInList(serverOrder, server[i]!, mergeKey);
    const right = indexInList(serverOrder, patch[j]!, mergeKey);
    if (left >= 0 && right >= 0 && left < right) result.push(server[i++]!);
    else result.push(patch[j++]!);
  }
  return [...result, ...server.slice(i), ...patch.slice(j)];
}
