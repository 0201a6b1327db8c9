/** The schemas of every message: field → type, and which fields are required. Loaded by validation/, patch/ and openapi/. */
import { tables as generated } from './generated/schemas/index.ts';

/**
 * A type is `[]T` (list), `{}T` (map), `GROUP-VERSION.Name` (another schema), or a word: string, bool, int32, int64, double,
 * bytes (base64), time, microtime, quantity, int-or-string, any, object.
 */
export interface Schema {
  readonly required?: readonly string[];
  readonly fields: Readonly<Record<string, string>>;
}

type Table = Readonly<Record<string, Schema | undefined>>;

const tables = generated as unknown as Readonly<Record<string, Table | undefined>>;

/** The schema `GROUP-VERSION.Name`, such as core-v1.PodSpec. */
export function findSchema(id: string): Schema | undefined {
  let schema = found.get(id);
  if (schema === undefined && !found.has(id)) {
    const dot = id.indexOf('.');
    schema = tables[id.slice(0, dot)]?.[id.slice(dot + 1)];
    found.set(id, schema);
  }
  return schema;
}

/** Each write asks for dozens of schemas: their names are taken apart once. */
const found = new Map<string, Schema | undefined>();

/** The schema's id of a kind: { group: 'apps', version: 'v1', kind: 'Deployment' } → apps-v1.Deployment. */
export function schemaIdOf(gvk: { group: string; version: string; kind: string }): string | undefined {
  const table = `${gvk.group === '' ? 'core' : gvk.group.split('.')[0]}-${gvk.version}`;
  for (const id of [`${table}.${gvk.kind}`, `meta-v1.${gvk.kind}`])
    if (findSchema(id) !== undefined) return id;
  return undefined;
}
