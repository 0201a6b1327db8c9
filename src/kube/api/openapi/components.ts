/** Schemas as OpenAPI writes them, under upstream's names, with the extensions that kubectl reads. */
import { fieldKeys } from '../patch/patch-keys.ts';
import { resources } from '../resource-table.ts';
import { findSchema } from '../schemas.ts';
import { descriptionsOf } from './descriptions.ts';

export type Flavor = 'v2' | 'v3';

export interface OpenApiSchema {
  $ref?: string;
  type?: string;
  format?: string;
  description?: string;
  default?: unknown;
  required?: string[];
  items?: OpenApiSchema;
  additionalProperties?: OpenApiSchema;
  allOf?: OpenApiSchema[];
  oneOf?: OpenApiSchema[];
  properties?: Record<string, OpenApiSchema>;
  [extension: `x-kubernetes-${string}`]: unknown;
}

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** Types that are a schema of their own in OpenAPI and a word in our tables. */
const wordNames: Readonly<Record<string, string>> = {
  time: `${META}.Time`,
  microtime: `${META}.MicroTime`,
  quantity: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
  'int-or-string': 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
};

const wordSchemas: Readonly<Record<string, (flavor: Flavor) => OpenApiSchema>> = {
  time: () => ({ type: 'string', format: 'date-time' }),
  microtime: () => ({ type: 'string', format: 'date-time' }),
  quantity: (flavor) =>
    flavor === 'v2' ? { type: 'string' } : { oneOf: [{ type: 'string' }, { type: 'number' }] },
  'int-or-string': (flavor) =>
    flavor === 'v2'
      ? { type: 'string', format: 'int-or-string' }
      : { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
};

const packages: Readonly<Record<string, string>> = {
  'meta-v1': META,
  'apiextensions-v1': 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1',
  'apiregistration-v1': 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1',
};

/** core-v1.Pod → io.k8s.api.core.v1.Pod. */
function componentName(id: string): string {
  const word = wordNames[id];
  if (word !== undefined) return word;
  const [table, name] = id.split('.');
  const [group, version] = table!.split('-');
  return `${packages[table!] ?? `io.k8s.api.${group}.${version}`}.${name}`;
}

export function reference(id: string, flavor: Flavor): OpenApiSchema {
  return { $ref: `#/${flavor === 'v2' ? 'definitions' : 'components/schemas'}/${componentName(id)}` };
}

/** Every schema that `ids` lead to, by name. */
export function components(ids: Iterable<string>, flavor: Flavor): Record<string, OpenApiSchema> {
  const waiting = [...ids];
  const seen = new Set<string>();
  const result: Record<string, OpenApiSchema> = {};
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    const schema = schemaOf(id, flavor);
    if (schema === undefined) continue;
    result[componentName(id)] = schema;
    for (const type of Object.values(findSchema(id)?.fields ?? {}))
      waiting.push(type.replace(/^(\[\]|\{\})+/, ''));
  }
  return Object.fromEntries(Object.entries(result).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function schemaOf(id: string, flavor: Flavor): OpenApiSchema | undefined {
  const word = wordSchemas[id];
  if (word !== undefined) return word(flavor);
  const schema = findSchema(id);
  if (schema === undefined) return undefined;
  const descriptions = descriptionsOf(id);
  const properties: Record<string, OpenApiSchema> = {};
  for (const [field, type] of Object.entries(schema.fields)) {
    const required = schema.required?.includes(field) === true;
    properties[field] = property(id, field, type, descriptions[field], required, flavor);
  }
  const kinds = kindsOf(id);
  return {
    ...(descriptions[''] ? { description: descriptions[''] } : {}),
    type: 'object',
    ...(schema.required === undefined ? {} : { required: [...schema.required] }),
    ...(Object.keys(properties).length > 0 ? { properties } : {}),
    ...(kinds.length > 0 ? { 'x-kubernetes-group-version-kind': kinds } : {}),
  };
}

function property(
  id: string,
  field: string,
  type: string,
  description: string | undefined,
  required: boolean,
  flavor: Flavor,
): OpenApiSchema {
  const value = typeSchema(type, flavor);
  const keys = fieldKeys(id, field);
  const head: OpenApiSchema = description === undefined ? {} : { description };
  // Beside a $ref nothing else counts in OpenAPI v3, so upstream wraps it.
  const body: OpenApiSchema =
    value.$ref !== undefined && flavor === 'v3'
      ? { allOf: [value], ...(required ? { default: {} } : {}) }
      : value;
  return {
    ...head,
    ...body,
    ...(keys.strategy === undefined ? {} : { 'x-kubernetes-patch-strategy': keys.strategy }),
    ...(keys.mergeKey === undefined ? {} : { 'x-kubernetes-patch-merge-key': keys.mergeKey }),
    ...(keys.listType === undefined ? {} : { 'x-kubernetes-list-type': keys.listType }),
    ...(keys.mapKeys === undefined ? {} : { 'x-kubernetes-list-map-keys': keys.mapKeys }),
    ...(keys.mapType === undefined ? {} : { 'x-kubernetes-map-type': keys.mapType }),
  };
}

function typeSchema(type: string, flavor: Flavor): OpenApiSchema {
  if (type.startsWith('[]')) return { type: 'array', items: wrapped(type.slice(2), flavor) };
  if (type.startsWith('{}')) return { type: 'object', additionalProperties: wrapped(type.slice(2), flavor) };
  switch (type) {
    case 'string':
      return { type: 'string' };
    case 'bool':
      return { type: 'boolean' };
    case 'int32':
    case 'int64':
      return { type: 'integer', format: type };
    case 'double':
      return { type: 'number', format: 'double' };
    case 'bytes':
      return { type: 'string', format: 'byte' };
    case 'object':
    case 'any':
      return { type: 'object' };
    default:
      return reference(type, flavor);
  }
}

function wrapped(type: string, flavor: Flavor): OpenApiSchema {
  const schema = typeSchema(type, flavor);
  return schema.$ref !== undefined && flavor === 'v3' ? { allOf: [schema], default: {} } : schema;
}

interface Gvk {
  group: string;
  version: string;
  kind: string;
}

/** The kinds that a schema is the object, the list, or the options of. */
function kindsOf(id: string): Gvk[] {
  const found: Gvk[] = [];
  for (const r of resources) {
    if (r.schema === id) found.push({ group: r.group, version: r.version, kind: r.kind });
    if (`${r.schema}List` === id) found.push({ group: r.group, version: r.version, kind: r.listKind });
  }
  const special: Readonly<Record<string, Gvk>> = {
    'autoscaling-v1.Scale': { group: 'autoscaling', version: 'v1', kind: 'Scale' },
    'policy-v1.Eviction': { group: 'policy', version: 'v1', kind: 'Eviction' },
    'authentication-v1.TokenRequest': { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
    'meta-v1.Status': { group: '', version: 'v1', kind: 'Status' },
    'meta-v1.DeleteOptions': { group: '', version: 'v1', kind: 'DeleteOptions' },
  };
  const known = special[id];
  return known === undefined ? found : [known];
}
