/**
 * Objects against their schemas: unknown fields, wrong types, duplicate keys. Models the strict decoder of sigs.k8s.io/json and
 * staging/src/k8s.io/apimachinery/pkg/runtime/serializer/json.
 */

import { gvkOf } from '../resources.ts';
import { findSchema, schemaIdOf } from '../schemas.ts';

interface AnyObject {
  apiVersion?: string;
  kind?: string;
}

/** `unknown field "spec.foo"`, one text a field. Kinds without a schema have none. */
export function unknownFields(object: AnyObject): string[] {
  const found: string[] = [];
  walk(object, schemaIdOf(gvkOf(object)), '', (path) => found.push(`unknown field "${path}"`));
  return found;
}

/** Takes unknown fields out, in place. */
export function pruneUnknownFields(object: AnyObject): void {
  walk(object, schemaIdOf(gvkOf(object)), '', (_path, owner, key) => delete owner[key]);
}

function walk(
  value: unknown,
  type: string | undefined,
  path: string,
  unknown: (path: string, owner: Record<string, unknown>, key: string) => void,
): void {
  if (type === undefined || typeof value !== 'object' || value === null) return;
  if (type.startsWith('[]')) {
    if (!Array.isArray(value)) return;
    for (const [i, item] of value.entries()) walk(item, type.slice(2), `${path}[${i}]`, unknown);
    return;
  }
  const map = value as Record<string, unknown>;
  const isMap = type.startsWith('{}');
  const schema = isMap ? undefined : findSchema(type);
  if (!isMap && schema === undefined) return;
  for (const key of Object.keys(map)) {
    const here = path === '' ? key : `${path}.${key}`;
    const child = isMap ? type.slice(2) : schema!.fields[key];
    if (child === undefined) unknown(here, map, key);
    else walk(map[key], child, here, unknown);
  }
}

/**
 * The first value of a wrong type, as Go's decoder says it, or undefined:
 * `json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32`.
 */
export function typeError(object: AnyObject): string | undefined {
  const id = schemaIdOf(gvkOf(object));
  return id === undefined ? undefined : check(object, id, '', id);
}

/** The text of the 400 answer for an object that cannot be decoded. */
export function decodeErrorText(object: AnyObject, problem: string): string {
  const { version, kind } = gvkOf(object);
  return `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${problem}`;
}

/** The text of the 400 answer of fieldValidation=Strict. */
export function strictErrorText(problems: readonly string[]): string {
  return `strict decoding error: ${problems.join(', ')}`;
}

const goTypes: Readonly<Record<string, string>> = {
  bool: 'bool',
  bytes: '[]uint8',
  double: 'float64',
  int32: 'int32',
  int64: 'int64',
  string: 'string',
  time: 'string',
  microtime: 'string',
};

function check(value: unknown, type: string, path: string, owner: string): string | undefined {
  if (value === undefined || value === null || type === 'any') return undefined;
  const wrong = (goType: string) => {
    const field = path === '' ? '' : `struct field ${owner.split('.').at(-1)}.${path} `;
    return `json: cannot unmarshal ${jsonType(value)} into Go ${field === '' ? 'value ' : field}of type ${goType}`;
  };
  if (type.startsWith('[]')) {
    if (!Array.isArray(value)) return wrong(`[]${goName(type.slice(2))}`);
    return first(value, (item) => check(item, type.slice(2), path, owner));
  }
  if (type.startsWith('{}')) {
    if (jsonType(value) !== 'object') return wrong(`map[string]${goName(type.slice(2))}`);
    return first(Object.values(value), (item) => check(item, type.slice(2), path, owner));
  }
  const schema = findSchema(type);
  if (schema !== undefined) {
    if (jsonType(value) !== 'object') return wrong(goName(type));
    return first(Object.entries(value), ([key, inner]) => {
      const child = schema.fields[key];
      return child === undefined
        ? undefined
        : check(inner, child, path === '' ? key : `${path}.${key}`, type);
    });
  }
  return checkScalar(value, type) ? undefined : wrong(goTypes[type] ?? goName(type));
}

function first<T>(items: Iterable<T>, test: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = test(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function checkScalar(value: unknown, type: string): boolean {
  switch (type) {
    case 'bool':
      return typeof value === 'boolean';
    case 'int32':
    case 'int64':
      return typeof value === 'number' && Number.isInteger(value);
    case 'double':
      return typeof value === 'number';
    case 'string':
    case 'bytes':
    case 'time':
    case 'microtime':
      return typeof value === 'string';
    case 'quantity':
    case 'int-or-string':
      return typeof value === 'string' || typeof value === 'number';
    case 'object':
      return jsonType(value) === 'object';
    default:
      return true;
  }
}

function goName(type: string): string {
  if (goTypes[type] !== undefined) return goTypes[type];
  const [group, name] = type.split('.');
  return name === undefined ? type : `${group!.endsWith('-v1') ? 'v1' : group!.split('-').at(-1)}.${name}`;
}

function jsonType(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
