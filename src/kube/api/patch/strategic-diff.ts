/** The strategic merge patches that clients send: two-way (kubectl edit, label, events) and three-way (kubectl apply). */
import { clone, equal, isMap, type Json, type JsonMap, PatchError, typeOf } from './json.ts';
import { patchMeta } from './patch-keys.ts';
import { deduplicate, indexInList, noMergeKey, sortByOrder } from './strategic-lists.ts';
import {
  combineStrategicPatches,
  DELETE_FROM_LIST,
  DIRECTIVE,
  RETAIN_KEYS,
  SET_ORDER,
} from './strategic-merge.ts';

interface Options {
  readonly ignoreDeletions: boolean;
  readonly ignoreChanges: boolean;
  readonly setElementOrder: boolean;
}

/** The patch that turns `original` into `modified`. */
export function createTwoWayStrategicPatch(
  original: JsonMap,
  modified: JsonMap,
  schema: string | undefined,
): JsonMap {
  return diffMaps(original, modified, schema, false, {
    ignoreDeletions: false,
    ignoreChanges: false,
    setElementOrder: true,
  });
}

/**
 * The patch of `kubectl apply`: what `modified` adds to or changes of `current`, and what it dropped since `original` (the
 * last applied configuration). Fields that others set on `current` are left alone. Models CreateThreeWayMergePatch.
 */
export function createThreeWayStrategicPatch(
  original: JsonMap,
  modified: JsonMap,
  current: JsonMap,
  schema: string | undefined,
): JsonMap {
  const delta = diffMaps(current, modified, schema, false, {
    ignoreDeletions: true,
    ignoreChanges: false,
    setElementOrder: true,
  });
  const deletions = diffMaps(original, modified, schema, false, {
    ignoreDeletions: false,
    ignoreChanges: true,
    setElementOrder: true,
  });
  return combineStrategicPatches(deletions, delta, schema);
}

function diffMaps(
  original: JsonMap,
  modified: JsonMap,
  schema: string | undefined,
  retainKeys: boolean,
  options: Options,
): JsonMap {
  const patch: JsonMap = {};
  for (const [key, value] of Object.entries(modified)) {
    const before = original[key];
    if (before === undefined || typeOf(before) !== typeOf(value)) {
      if (!options.ignoreChanges) patch[key] = clone(value);
    } else diffField(patch, key, before, value, schema, options);
  }
  if (!options.ignoreDeletions)
    for (const key of Object.keys(original)) if (!(key in modified)) patch[key] = null;
  const added = Object.keys(modified).some((key) => !(key in original) && modified[key] !== null);
  if (retainKeys && Object.keys(modified).length > 0 && (Object.keys(patch).length > 0 || added)) {
    patch[RETAIN_KEYS] = Object.keys(modified)
      .filter((key) => modified[key] !== null)
      .sort();
  }
  return patch;
}

function diffField(
  patch: JsonMap,
  key: string,
  before: Json,
  value: Json,
  schema: string | undefined,
  options: Options,
): void {
  const meta = patchMeta(schema, key);
  if (isMap(before) && isMap(value) && meta.strategy !== 'replace') {
    const inner = diffMaps(before, value, meta.child, meta.retainKeys, options);
    if (Object.keys(inner).length > 0) patch[key] = inner;
  } else if (Array.isArray(before) && Array.isArray(value) && meta.strategy === 'merge') {
    const { changes, deletions, order } = diffLists(
      before,
      value,
      meta.child,
      meta.mergeKey,
      meta.retainKeys,
      options,
    );
    if (changes.length > 0) patch[key] = changes;
    if (deletions.length > 0) patch[`${DELETE_FROM_LIST}/${key}`] = deletions;
    if (order.length > 0) patch[`${SET_ORDER}/${key}`] = order;
  } else if (!options.ignoreChanges && !equal(before, value)) patch[key] = clone(value);
}

interface ListDiff {
  readonly changes: Json[];
  readonly deletions: Json[];
  readonly order: Json[];
}

function diffLists(
  original: Json[],
  modified: Json[],
  schema: string | undefined,
  mergeKey: string,
  retainKeys: boolean,
  options: Options,
): ListDiff {
  if (original.length === 0)
    return { changes: options.ignoreChanges ? [] : clone(modified), deletions: [], order: [] };
  if (!isMap(original[0])) return diffScalars(original, modified, options);
  const changes: Json[] = [];
  const deletions: Json[] = [];
  // Items that share a key, such as one port over UDP and TCP, are paired in their order, as upstream's walk over the sorted lists does.
  const unpaired = [...original];
  for (const item of modified) {
    if (!isMap(item) || item[mergeKey] === undefined) throw noMergeKey(isMap(item) ? item : {}, mergeKey);
    const index = indexInList(unpaired, item, mergeKey);
    if (index < 0) {
      if (!options.ignoreChanges) changes.push(clone(item));
      continue;
    }
    const [before] = unpaired.splice(index, 1);
    const inner = diffMaps(before as JsonMap, item, schema, retainKeys, options);
    if (Object.keys(inner).length > 0) changes.push({ ...inner, [mergeKey]: item[mergeKey]! });
  }
  if (!options.ignoreDeletions) {
    for (const item of original) {
      if (!isMap(item) || item[mergeKey] === undefined)
        throw new PatchError(`no merge key ${mergeKey} in the original`);
      if (indexInList(modified, item, mergeKey) < 0)
        deletions.push({ [DIRECTIVE]: 'delete', [mergeKey]: item[mergeKey]! });
    }
  }
  const all = [...sortByOrder(changes, modified, mergeKey), ...deletions];
  const sameOrder =
    original.length === modified.length &&
    modified.every((item, i) => indexInList([original[i]!], item, mergeKey) === 0);
  const wantsOrder =
    options.setElementOrder &&
    ((!options.ignoreChanges && (all.length > 0 || !sameOrder)) ||
      (!options.ignoreDeletions && all.length > 0));
  const order = wantsOrder ? modified.map((item) => ({ [mergeKey]: (item as JsonMap)[mergeKey]! })) : [];
  return { changes: all, deletions: [], order };
}

function diffScalars(original: Json[], modified: Json[], options: Options): ListDiff {
  const changes = options.ignoreChanges ? [] : modified.filter((item) => indexInList(original, item, '') < 0);
  const deletions = options.ignoreDeletions
    ? []
    : deduplicate(original.filter((item) => indexInList(modified, item, '') < 0));
  const wantsOrder =
    options.setElementOrder &&
    ((!options.ignoreDeletions && deletions.length > 0) ||
      (!options.ignoreChanges && !equal(original, modified)));
  return { changes, deletions, order: wantsOrder ? clone(modified) : [] };
}
