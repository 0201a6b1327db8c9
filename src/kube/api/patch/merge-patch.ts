import { checkKey, clone, isMap, type Json, type JsonMap } from './json.ts';

/** JSON merge patch (RFC 7386): null deletes, a map merges, everything else replaces. Neither argument is changed. */
export function applyMergePatch(target: Json | undefined, patch: Json): Json {
  if (!isMap(patch)) return clone(patch);
  const result: JsonMap = isMap(target) ? clone(target) : {};
  for (const [key, value] of Object.entries(patch)) {
    checkKey(key);
    if (value === null) delete result[key];
    else result[key] = applyMergePatch(result[key], value);
  }
  return result;
}

/** The merge patch that turns `original` into `modified`. Models github.com/evanphx/json-patch CreateMergePatch. */
export function createMergePatch(original: JsonMap, modified: JsonMap): JsonMap {
  const patch: JsonMap = {};
  for (const key of Object.keys(original)) if (!(key in modified)) patch[key] = null;
  for (const [key, value] of Object.entries(modified)) {
    const before = original[key];
    if (isMap(before) && isMap(value)) {
      const inner = createMergePatch(before, value);
      if (Object.keys(inner).length > 0) patch[key] = inner;
    } else if (JSON.stringify(before) !== JSON.stringify(value)) patch[key] = clone(value);
  }
  return patch;
}

/**
 * The merge patch of `kubectl apply` for kinds without a schema: what `modified` changes of `current`, and null for what it
 * dropped since `original` (the last applied configuration). Models apimachinery pkg/util/jsonmergepatch.
 */
export function createThreeWayMergePatch(original: JsonMap, modified: JsonMap, current: JsonMap): JsonMap {
  const changes = keep(createMergePatch(current, modified), (value) => value !== null);
  const deletions = keep(createMergePatch(original, modified), (value) => value === null);
  return applyOver(deletions, changes);
}

/** The leaves (null, list or scalar) that pass, with the maps above them. */
function keep(patch: JsonMap, passes: (leaf: Json) => boolean): JsonMap {
  const result: JsonMap = {};
  for (const [key, value] of Object.entries(patch)) {
    if (isMap(value)) {
      const inner = keep(value, passes);
      if (Object.keys(inner).length > 0 || (Object.keys(value).length === 0 && passes(value)))
        result[key] = inner;
    } else if (passes(value)) result[key] = value;
  }
  return result;
}

function applyOver(base: JsonMap, over: JsonMap): JsonMap {
  const result = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const before = result[key];
    result[key] = isMap(before) && isMap(value) ? applyOver(before, value) : value;
  }
  return result;
}
