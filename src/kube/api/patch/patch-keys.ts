/** How strategic merge patch and server-side apply treat each field: the tags of the Go types, in generated/merge-keys.json. */
import { findSchema } from '../schemas.ts';
import mergeKeys from './generated/merge-keys.json';

export interface FieldKeys {
  /** merge, replace, retainKeys, or `merge,retainKeys`: x-kubernetes-patch-strategy. */
  readonly strategy?: string;
  /** x-kubernetes-patch-merge-key. */
  readonly mergeKey?: string;
  /** atomic, set or map: x-kubernetes-list-type. */
  readonly listType?: string;
  /** x-kubernetes-list-map-keys. */
  readonly mapKeys?: readonly string[];
  /** atomic or granular: x-kubernetes-map-type. */
  readonly mapType?: string;
}

const table = mergeKeys as Readonly<
  Record<string, Readonly<Record<string, FieldKeys | undefined>> | undefined>
>;
const none: FieldKeys = {};

/** The tags of a field of a schema such as core-v1.PodSpec. */
export function fieldKeys(schema: string | undefined, field: string): FieldKeys {
  return schema === undefined ? none : (table[schema]?.[field] ?? none);
}

export interface PatchMeta {
  readonly strategy: 'merge' | 'replace' | '';
  readonly retainKeys: boolean;
  readonly mergeKey: string;
  /** The schema of the field's value, or of the items of its list or map; undefined for scalars and free-form objects. */
  readonly child: string | undefined;
}

/** What a patch needs to know of a field. `schema` may be `{}T`, a map whose every key holds a T. */
export function patchMeta(schema: string | undefined, field: string): PatchMeta {
  if (schema?.startsWith('{}'))
    return { strategy: '', retainKeys: false, mergeKey: '', child: schema.slice(2) };
  const keys = fieldKeys(schema, field);
  const strategies = keys.strategy?.split(',') ?? [];
  const strategy = strategies.find((s) => s === 'merge' || s === 'replace') ?? '';
  return {
    strategy: strategy as PatchMeta['strategy'],
    retainKeys: strategies.includes('retainKeys'),
    mergeKey: keys.mergeKey ?? '',
    child: childSchema(schema, field),
  };
}

function childSchema(schema: string | undefined, field: string): string | undefined {
  const type = schema === undefined ? undefined : findSchema(schema)?.fields[field];
  if (type === undefined) return undefined;
  return type.startsWith('[]') ? type.slice(2) : type;
}
