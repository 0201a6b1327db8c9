import { type FieldKeys, fieldKeys } from '../patch/patch-keys.ts';
import { findSchema } from '../schemas.ts';
import atomic from './atomic-types.json';

/** Where a value stands: its type, and the tags of its field. */
export interface Place {
  readonly type: string;
  readonly keys: FieldKeys;
}

/**
 * How ownership sees a value. A leaf has one owner as a whole, whatever it holds; of the others each part has its own.
 * Models the schema of structured-merge-diff, made from OpenAPI's x-kubernetes-list-type, -list-map-keys and -map-type.
 */
export type Shape =
  | { readonly kind: 'leaf' }
  /** `fieldOf` is undefined for a field that the kind does not have. `isNamed`: the fields are the kind's, not the user's. */
  | { readonly kind: 'map'; readonly isNamed: boolean; fieldOf(name: string): Place | undefined }
  | { readonly kind: 'list'; readonly item: Place; stepOf(item: unknown): string };

export const rootPlace = (schema: string): Place => ({ type: schema, keys: {} });

const noKeys: FieldKeys = {};
const asLeaf: Shape = { kind: 'leaf' };
const atomicTypes = new Set<string>(atomic);

/** Key fields that may be left out, and what they are then. */
const keyDefaults: Readonly<Record<string, unknown>> = { protocol: 'TCP' };

export function shapeOf({ type, keys }: Place): Shape {
  if (keys.mapType === 'atomic') return asLeaf;
  if (type.startsWith('[]')) {
    const item = { type: type.slice(2), keys: noKeys };
    if (keys.listType === 'set')
      return { kind: 'list', item, stepOf: (value) => `v:${JSON.stringify(value)}` };
    if (keys.listType !== 'map' || keys.mapKeys === undefined) return asLeaf;
    const names = [...keys.mapKeys].sort();
    return { kind: 'list', item, stepOf: (value) => keyStep(names, value) };
  }
  if (type.startsWith('{}')) {
    const item = { type: type.slice(2), keys: noKeys };
    return { kind: 'map', isNamed: false, fieldOf: () => item };
  }
  const schema = atomicTypes.has(type) ? undefined : findSchema(type);
  if (schema === undefined) return asLeaf;
  return {
    kind: 'map',
    isNamed: true,
    fieldOf: (name) => {
      const child = schema.fields[name];
      return child === undefined ? undefined : { type: child, keys: fieldKeys(type, name) };
    },
  };
}

function keyStep(names: readonly string[], value: unknown): string {
  const item = (value ?? {}) as Record<string, unknown>;
  const keys = names.flatMap((name) => {
    const key = item[name] ?? keyDefaults[name];
    return key === undefined ? [] : [[name, key] as const];
  });
  return `k:${JSON.stringify(Object.fromEntries(keys))}`;
}
