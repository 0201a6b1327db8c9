/**
 * Objects against their schemas: unknown fields, wrong types, quantities. Models the strict decoder of sigs.k8s.io/json and
 * staging/src/k8s.io/apimachinery/pkg/runtime/serializer/json.
 */

import { canonicalQuantity, parseQuantity, QUANTITY_ERROR } from '../quantity.ts';
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

/**
 * Puts every quantity in its canonical form, in place, as reading it into Go's type does: cpu 0.5 is 500m, memory
 * 1024Mi is 1Gi. What is no quantity stays ({@link typeError} tells it).
 */
export function canonicalizeQuantities(object: AnyObject): void {
  const id = schemaIdOf(gvkOf(object));
  if (id !== undefined) canonicalize(object, id);
}

function canonicalize(value: unknown, type: string): unknown {
  if (type === 'quantity')
    return typeof value === 'string' || typeof value === 'number' ? canonicalQuantity(value) : value;
  if (typeof value !== 'object' || value === null || !holdsQuantities(type)) return value;
  if (type.startsWith('[]')) {
    if (Array.isArray(value)) for (const item of value) canonicalize(item, type.slice(2));
    return value;
  }
  const map = value as Record<string, unknown>;
  const fieldType = type.startsWith('{}')
    ? () => type.slice(2)
    : (key: string) => findSchema(type)?.fields[key];
  for (const key of Object.keys(map)) {
    const child = fieldType(key);
    if (child !== undefined) map[key] = canonicalize(map[key], child);
  }
  return value;
}

const quantityHolders = new Map<string, boolean>();

/** Whether a quantity can stand anywhere below: most kinds need no second look. */
function holdsQuantities(type: string): boolean {
  if (type === 'quantity') return true;
  if (/^(\[\]|\{\})/.test(type)) return holdsQuantities(type.slice(2));
  const known = quantityHolders.get(type);
  if (known !== undefined) return known;
  // A schema that holds itself (JSONSchemaProps) must not be asked again before it has answered.
  quantityHolders.set(type, false);
  const holds = Object.values(findSchema(type)?.fields ?? {}).some(holdsQuantities);
  quantityHolders.set(type, holds);
  return holds;
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
  if (type === 'quantity') return isQuantity(value) ? undefined : QUANTITY_ERROR;
  if (type === 'bytes' && typeof value === 'string') return base64Error(value);
  return checkScalar(value, type) ? undefined : wrong(goTypes[type] ?? goName(type));
}

const isQuantity = (value: unknown) =>
  (typeof value === 'string' || typeof value === 'number') && parseQuantity(value) !== undefined;

function first<T>(items: Iterable<T>, test: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = test(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Go's decoder allows line breaks and nothing else beside the alphabet. */
function base64Error(value: string): string | undefined {
  const text = value.replace(/[\r\n]/g, '');
  if (text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  const at = text.search(/[^A-Za-z0-9+/]/);
  return `illegal base64 data at input byte ${at < 0 ? text.length - (text.length % 4) : at}`;
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
