/**
 * Strategic merge patch: a merge patch that knows lists by their merge keys.
 * Models staging/src/k8s.io/apimachinery/pkg/util/strategicpatch. The directives are `$patch: replace|delete`, `$retainKeys`,
 * `$setElementOrder/FIELD` and `$deleteFromPrimitiveList/FIELD`.
 */
import { checkKey, clone, equal, isMap, type Json, type JsonMap, PatchError, typeOf } from './json.ts';
import { type PatchMeta, patchMeta } from './patch-keys.ts';
import { deduplicate, mergeSortedLists, noMergeKey, partition, sortByOrder } from './strategic-lists.ts';

export const DIRECTIVE = '$patch';
export const RETAIN_KEYS = '$retainKeys';
export const SET_ORDER = '$setElementOrder';
export const DELETE_FROM_LIST = '$deleteFromPrimitiveList';

interface Options {
  /** Carry the directives out (false: combine two patches into one, as three-way patches need). */
  readonly apply: boolean;
}

/** The patched object; the arguments are not changed. `schema` is a schema's id such as apps-v1.Deployment. Throws PatchError. */
export function applyStrategicMergePatch(
  original: JsonMap,
  patch: JsonMap,
  schema: string | undefined,
): JsonMap {
  return mergeMap(clone(original), clone(patch), schema, { apply: true });
}

/** One patch that does what `first` and then `second` do. */
export function combineStrategicPatches(
  first: JsonMap,
  second: JsonMap,
  schema: string | undefined,
): JsonMap {
  return mergeMap(clone(first), clone(second), schema, { apply: false });
}

function mergeMap(original: JsonMap, patch: JsonMap, schema: string | undefined, options: Options): JsonMap {
  if (DIRECTIVE in patch) return applyDirective(patch);
  retainKeys(original, patch, options);
  setElementOrders(original, patch, schema, options);
  for (const [key, value] of Object.entries(patch)) {
    const isDeleteList = key.startsWith(`${DELETE_FROM_LIST}/`);
    if (isDeleteList && !options.apply) {
      original[key] = value;
      continue;
    }
    mergeField(original, isDeleteList ? fieldOf(key) : key, value, isDeleteList, schema, options);
  }
  return original;
}

function mergeField(
  original: JsonMap,
  key: string,
  value: Json,
  isDeleteList: boolean,
  schema: string | undefined,
  options: Options,
): void {
  checkKey(key);
  if (value === null) {
    delete original[key];
    if (options.apply) return;
  }
  const before = original[key];
  if (before === undefined || typeOf(before) !== typeOf(value)) {
    if (isDeleteList) return;
    const cleaned = options.apply ? removeDirectives(discardNulls(value)) : value;
    if (cleaned === undefined) delete original[key];
    else original[key] = cleaned;
    return;
  }
  const meta = patchMeta(schema, key);
  if (isMap(before) && isMap(value)) {
    original[key] = meta.strategy === 'replace' ? value : mergeMap(before, value, meta.child, options);
  } else if (Array.isArray(before) && Array.isArray(value)) {
    original[key] = mergeList(before, value, meta, isDeleteList, options);
  } else original[key] = value;
}

function applyDirective(patch: JsonMap): JsonMap {
  const { [DIRECTIVE]: directive, ...rest } = patch;
  if (directive === 'replace') return rest;
  if (directive === 'delete') return {};
  throw new PatchError(`unknown patch type: ${String(directive)} in map: ${JSON.stringify(patch)}`);
}

function fieldOf(key: string): string {
  return key.slice(key.indexOf('/') + 1);
}

function retainKeys(original: JsonMap, patch: JsonMap, options: Options): void {
  if (!(RETAIN_KEYS in patch)) return;
  const keys = patch[RETAIN_KEYS]!;
  delete patch[RETAIN_KEYS];
  if (!options.apply) {
    original[RETAIN_KEYS] ??= keys;
    return;
  }
  const wrong = 'invalid patch format of retainKeys';
  if (!Array.isArray(keys)) throw new PatchError(wrong);
  for (const [key, value] of Object.entries(patch)) {
    if (value !== null && !key.startsWith('$') && !keys.includes(key)) throw new PatchError(wrong);
  }
  for (const key of Object.keys(original)) if (!keys.includes(key)) delete original[key];
}

function setElementOrders(
  original: JsonMap,
  patch: JsonMap,
  schema: string | undefined,
  options: Options,
): void {
  for (const key of Object.keys(patch).filter((k) => k.startsWith(`${SET_ORDER}/`))) {
    const order = patch[key]!;
    const wrong = 'invalid patch format of setElementOrder list';
    if (!Array.isArray(order)) throw new PatchError(wrong);
    delete patch[key];
    if (!options.apply) {
      if (key in original && !equal(original[key], order)) throw new PatchError(wrong);
      original[key] = order;
    }
    const field = fieldOf(key);
    const before = original[field];
    const change = patch[field];
    if (change === null || (before === undefined && change === undefined)) continue;
    if (
      (before !== undefined && !Array.isArray(before)) ||
      (change !== undefined && !Array.isArray(change))
    ) {
      throw new PatchError(wrong);
    }
    const meta = patchMeta(schema, field);
    checkOrder(change ?? [], order, meta.mergeKey);
    const merged = mergedList(before, change, meta, options);
    const { present, absent } = partition(merged, order, meta.mergeKey);
    original[field] = mergeSortedLists(
      sortByOrder(absent, before ?? [], meta.mergeKey),
      sortByOrder(present, order, meta.mergeKey),
      before ?? [],
      meta.mergeKey,
    );
    delete patch[field];
  }
}

function mergedList(
  before: Json[] | undefined,
  change: Json[] | undefined,
  meta: PatchMeta,
  options: Options,
): Json[] {
  if (before === undefined) return options.apply ? (removeDirectives(change!) as Json[]) : change!;
  return change === undefined ? before : mergeList(before, change, meta, false, options);
}

/** The patch's items must come in the order that $setElementOrder gives. */
function checkOrder(patch: readonly Json[], order: readonly Json[], mergeKey: string): void {
  const key = (item: Json): Json | undefined => (isMap(item) && mergeKey !== '' ? item[mergeKey] : item);
  const items = patch.filter((item) => !(isMap(item) && DIRECTIVE in item));
  if (order.length === 0 || items.length === 0) return;
  let at = 0;
  for (const item of order) if (at < items.length && equal(key(items[at]!), key(item))) at += 1;
  if (at < items.length) {
    throw new PatchError(
      `The order in patch list:\n${JSON.stringify(patch)}\n doesn't match $setElementOrder list:\n${JSON.stringify(order)}\n`,
    );
  }
}

function mergeList(
  before: Json[],
  patch: Json[],
  meta: PatchMeta,
  isDeleteList: boolean,
  options: Options,
): Json[] {
  if (meta.strategy !== 'merge')
    return isDeleteList ? before : options.apply ? (removeDirectives(patch) as Json[]) : patch;
  if (before.length === 0 && patch.length === 0) return before;
  if (!isMap(before[0] ?? patch[0])) {
    if (isDeleteList) return before.filter((item) => !patch.some((p) => equal(p, item)));
    const merged = deduplicate([...before, ...patch]);
    return reorder(merged, before, patch, '');
  }
  if (meta.mergeKey === '') throw new PatchError('cannot merge lists without merge key');
  const { kept, items } = specialElements(before, patch, meta.mergeKey, options);
  return reorder(mergeItems(kept, items, meta, options), kept, items, meta.mergeKey);
}

function reorder(merged: Json[], before: readonly Json[], patch: readonly Json[], mergeKey: string): Json[] {
  const { present, absent } = partition(merged, patch, mergeKey);
  return mergeSortedLists(
    sortByOrder(absent, before, mergeKey),
    sortByOrder(present, patch, mergeKey),
    before,
    mergeKey,
  );
}

/** Carries out `$patch` in the items of a list: delete takes an item away, replace all of them. */
function specialElements(
  before: Json[],
  patch: Json[],
  mergeKey: string,
  options: Options,
): { kept: Json[]; items: Json[] } {
  let kept = before;
  const items: Json[] = [];
  let replace = false;
  for (const item of patch) {
    if (!isMap(item)) throw new PatchError('expected a map[string]interface {}, but received a value');
    const directive = item[DIRECTIVE];
    if (directive === undefined || !options.apply) items.push(item);
    else if (directive === 'delete') {
      if (!(mergeKey in item)) throw noMergeKey(item, mergeKey);
      kept = kept.filter((k) => !(isMap(k) && equal(k[mergeKey], item[mergeKey])));
    } else if (directive === 'replace') replace = true;
    else if (directive === 'merge')
      throw new PatchError('merging lists cannot yet be specified in the patch');
    else throw new PatchError(`unknown patch type: ${String(directive)} in map: ${JSON.stringify(item)}`);
  }
  return replace ? { kept: items, items: [] } : { kept, items };
}

function mergeItems(before: Json[], patch: Json[], meta: PatchMeta, options: Options): Json[] {
  const merged = [...before];
  for (const item of patch as JsonMap[]) {
    const key = item[meta.mergeKey];
    if (key === undefined) throw noMergeKey(item, meta.mergeKey);
    const index = merged.findIndex((m) => isMap(m) && equal(m[meta.mergeKey], key));
    if (index < 0) merged.push(options.apply ? (removeDirectives(discardNulls(item)) as Json) : item);
    else if (DIRECTIVE in item && !options.apply) merged[index] = item;
    else merged[index] = mergeMap(merged[index] as JsonMap, item, meta.child, options);
  }
  return merged;
}

/** A new value keeps no nulls: they would only delete what is not there. */
function discardNulls(value: Json): Json {
  if (isMap(value)) {
    for (const [key, inner] of Object.entries(value)) {
      if (inner === null) delete value[key];
      else discardNulls(inner);
    }
  }
  return value;
}

/** The value without directives; undefined when a directive deletes it. */
function removeDirectives(value: Json): Json | undefined {
  if (Array.isArray(value)) return value.map(removeDirectives).filter((item) => item !== undefined);
  if (!isMap(value)) return value;
  if (value[DIRECTIVE] === 'delete') return undefined;
  const result: JsonMap = {};
  for (const [key, inner] of Object.entries(value)) {
    if (
      key === DIRECTIVE ||
      key === RETAIN_KEYS ||
      key.startsWith(`${SET_ORDER}/`) ||
      key.startsWith(`${DELETE_FROM_LIST}/`)
    ) {
      continue;
    }
    const cleaned = removeDirectives(inner);
    if (cleaned !== undefined) result[key] = cleaned;
  }
  return result;
}
