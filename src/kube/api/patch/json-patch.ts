/** JSON patch (RFC 6902) with the error texts of gopkg.in/evanphx/json-patch.v4, which kube-apiserver passes on. */
import { checkKey, clone, equal, isMap, type Json, type JsonMap, PatchError } from './json.ts';

/** At most this many operations in one patch (staging/src/k8s.io/apiserver/pkg/endpoints/handlers/patch.go). */
const MAX_JSON_PATCH_OPERATIONS = 10_000;

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: Json;
}

/** The patched document; `document` is not changed. Throws PatchError. */
export function applyJsonPatch(document: Json, patch: Json): Json {
  if (!Array.isArray(patch)) {
    throw new PatchError('json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  }
  if (patch.length > MAX_JSON_PATCH_OPERATIONS) {
    throw new PatchError(
      `The allowed maximum operations in a JSON patch is ${MAX_JSON_PATCH_OPERATIONS}, got ${patch.length}`,
    );
  }
  const holder: JsonMap = { '': clone(document) };
  for (const item of patch) applyOperation(holder, readOperation(item));
  return holder['']!;
}

function readOperation(item: Json): Operation {
  if (!isMap(item)) throw new PatchError('json: cannot unmarshal into Go value of type jsonpatch.Operation');
  const op = typeof item.op === 'string' ? item.op : 'unknown';
  if (typeof item.path !== 'string') throw new PatchError(`${op} operation: missing path field`);
  const from = typeof item.from === 'string' ? item.from : undefined;
  return {
    op,
    path: item.path,
    ...(from === undefined ? {} : { from }),
    ...('value' in item ? { value: item.value! } : {}),
  };
}

function applyOperation(holder: JsonMap, { op, path, from, value }: Operation): void {
  switch (op) {
    case 'add':
      add(holder, path, clone(required(op, path, value)), op);
      return;
    case 'remove':
      remove(holder, path, op);
      return;
    case 'replace': {
      const { container, key } = locate(holder, path, op);
      if (read(container, key) === undefined) throw missing(op, path);
      write(container, key, clone(required(op, path, value)), op);
      return;
    }
    case 'move': {
      const moved = get(holder, origin(from), op);
      remove(holder, origin(from), op);
      add(holder, path, moved, op);
      return;
    }
    case 'copy':
      add(holder, path, clone(get(holder, origin(from), op)), op);
      return;
    case 'test': {
      const { container, key } = locate(holder, path, op);
      const found = read(container, key);
      if (found === undefined ? value !== null && value !== undefined : !equal(found, value ?? null)) {
        throw new PatchError(`testing value ${path} failed: test failed`);
      }
      return;
    }
    default:
      throw new PatchError(`Unexpected kind: ${op}`);
  }
}

function required(op: string, path: string, value: Json | undefined): Json {
  if (value === undefined) throw new PatchError(`${op} operation for path: "${path}": missing value field`);
  return value;
}

function origin(from: string | undefined): string {
  if (from === undefined) throw new PatchError('operation, missing from field');
  return from;
}

type Container = JsonMap | Json[];

/** The container that a pointer's last token stands in. */
function locate(holder: JsonMap, path: string, op: string): { container: Container; key: string } {
  const tokens = path.split('/').map((t) => t.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (tokens.length === 1 && path !== '') throw missing(op, path);
  for (const token of tokens) checkKey(token);
  let container: Container = holder;
  for (const token of tokens.slice(0, -1)) {
    const next: Json | undefined = read(container, token);
    if (!isMap(next) && !Array.isArray(next)) throw missing(op, path);
    container = next;
  }
  return { container, key: tokens.at(-1)! };
}

function missing(op: string, path: string): PatchError {
  return new PatchError(`${op} operation does not apply: doc is missing path: ${path}: missing value`);
}

function get(holder: JsonMap, path: string, op: string): Json {
  const { container, key } = locate(holder, path, op);
  const value = read(container, key);
  if (value === undefined) throw missing(op, path);
  return value;
}

function read(container: Container, key: string): Json | undefined {
  if (!Array.isArray(container)) return Object.hasOwn(container, key) ? container[key] : undefined;
  return container[/^\d+$/.test(key) ? Number(key) : -1];
}

function write(container: Container, key: string, value: Json, op: string): void {
  if (Array.isArray(container)) container[indexOf(container, key, op)] = value;
  else container[key] = value;
}

function indexOf(list: readonly Json[], key: string, op: string, length = list.length - 1): number {
  if (!/^-?\d+$/.test(key)) throw new PatchError(`strconv.Atoi: parsing "${key}": invalid syntax`);
  const index = Number(key);
  if (index < 0 || index > length) {
    throw new PatchError(
      `${op} operation does not apply: Unable to access invalid index: ${index}: invalid index referenced`,
    );
  }
  return index;
}

function add(holder: JsonMap, path: string, value: Json, op: string): void {
  const { container, key } = locate(holder, path, op);
  if (!Array.isArray(container)) container[key] = value;
  else if (key === '-') container.push(value);
  else container.splice(indexOf(container, key, op, container.length), 0, value);
}

function remove(holder: JsonMap, path: string, op: string): void {
  const { container, key } = locate(holder, path, op);
  if (Array.isArray(container)) container.splice(indexOf(container, key, op), 1);
  else if (!Object.hasOwn(container, key)) {
    throw new PatchError(`remove operation does not apply: doc is missing key: ${path}: missing value`);
  } else delete container[key];
}
