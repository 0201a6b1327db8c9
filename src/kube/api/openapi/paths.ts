/** The paths of a group version: which operations a resource and its subresources have, and the query parameters they take. */
import type { SubresourceInfo } from '../resource-rows.ts';
import type { ResourceInfo } from '../resource-table.ts';
import { resourcePath } from '../resources.ts';
import { findSchema, schemaIdOf } from '../schemas.ts';
import { type Flavor, reference } from './components.ts';

interface Parameter {
  name: string;
  in: 'query' | 'path' | 'body';
  required?: boolean;
  description?: string;
  [key: string]: unknown;
}

export interface Operation {
  tags: string[];
  description: string;
  operationId: string;
  parameters?: Parameter[];
  responses: Record<string, unknown>;
  'x-kubernetes-action': string;
  'x-kubernetes-group-version-kind': { group: string; version: string; kind: string };
  [key: string]: unknown;
}

export type PathItem = Record<string, Operation | Parameter[]>;

const READ_TYPES = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];
const PATCH_TYPES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];

const DRY_RUN = ['dryRun', 'string'] as const;
const FIELD_MANAGER = ['fieldManager', 'string'] as const;
const FIELD_VALIDATION = ['fieldValidation', 'string'] as const;
const LIST = [
  ['allowWatchBookmarks', 'boolean'],
  ['continue', 'string'],
  ['fieldSelector', 'string'],
  ['labelSelector', 'string'],
  ['limit', 'integer'],
  ['resourceVersion', 'string'],
  ['resourceVersionMatch', 'string'],
  ['sendInitialEvents', 'boolean'],
  ['timeoutSeconds', 'integer'],
  ['watch', 'boolean'],
] as const;
const DELETE = [
  DRY_RUN,
  ['gracePeriodSeconds', 'integer'],
  ['orphanDependents', 'boolean'],
  ['propagationPolicy', 'string'],
] as const;

type Query = readonly (readonly [string, string])[];

/** Method, action, and query of each verb. */
const verbs: Readonly<Record<string, { method: string; action: string; query: Query }>> = {
  get: { method: 'get', action: 'get', query: [] },
  list: { method: 'get', action: 'list', query: LIST },
  create: { method: 'post', action: 'post', query: [DRY_RUN, FIELD_MANAGER, FIELD_VALIDATION] },
  update: { method: 'put', action: 'put', query: [DRY_RUN, FIELD_MANAGER, FIELD_VALIDATION] },
  patch: {
    method: 'patch',
    action: 'patch',
    query: [DRY_RUN, FIELD_MANAGER, FIELD_VALIDATION, ['force', 'boolean']],
  },
  delete: { method: 'delete', action: 'delete', query: DELETE },
  deletecollection: { method: 'delete', action: 'deletecollection', query: [...LIST.slice(1, 8), ...DELETE] },
};

/** The paths of one group version's resources. */
export function pathsOf(served: readonly ResourceInfo[], flavor: Flavor): Record<string, PathItem> {
  const paths: Record<string, PathItem> = {};
  for (const r of served) {
    const target: Target = { resource: r, kind: r, schema: r.schema, flavor };
    const at = r.namespaced ? { namespace: '{namespace}' } : {};
    add(paths, resourcePath(r, at), target, ['list', 'create', 'deletecollection'], r.verbs);
    add(
      paths,
      resourcePath(r, { ...at, name: '{name}' }),
      target,
      ['get', 'update', 'patch', 'delete'],
      r.verbs,
    );
    if (r.namespaced && r.verbs.includes('list')) add(paths, resourcePath(r), target, ['list'], r.verbs);
    for (const s of r.subresources) addSubresource(paths, r, s, at, flavor);
  }
  return Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1)));
}

interface Target {
  readonly resource: ResourceInfo;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  /** Undefined for what has no schema: exec, log, proxy. */
  readonly schema: string | undefined;
  readonly flavor: Flavor;
  readonly subresource?: string;
}

function addSubresource(
  paths: Record<string, PathItem>,
  r: ResourceInfo,
  s: SubresourceInfo,
  at: { namespace?: string },
  flavor: Flavor,
): void {
  const kind = { group: s.group ?? r.group, version: s.version ?? r.version, kind: s.kind };
  const schema = s.name === 'log' ? undefined : schemaIdOf(kind);
  const target: Target = { resource: r, kind, schema, flavor, subresource: s.name };
  const path = resourcePath(r, { ...at, name: '{name}', subresource: s.name });
  add(paths, path, target, ['get', 'create', 'update', 'patch', 'delete'], s.verbs);
}

function add(
  paths: Record<string, PathItem>,
  path: string,
  target: Target,
  wanted: readonly string[],
  allowed: readonly string[],
): void {
  const item: PathItem = {};
  for (const verb of wanted) {
    if (allowed.includes(verb)) item[verbs[verb]!.method] = operation(verb, path, target);
  }
  if (Object.keys(item).length === 0) return;
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]!);
  item.parameters = names.map((name) => ({
    name,
    in: 'path',
    required: true,
    ...typed('string', target.flavor),
  }));
  paths[path] = item;
}

function typed(type: string, flavor: Flavor): Record<string, unknown> {
  return flavor === 'v2' ? { type } : { schema: { type } };
}

function operation(verb: string, path: string, target: Target): Operation {
  const { action, query } = verbs[verb]!;
  const { resource, kind, flavor } = target;
  const group = resource.group === '' ? 'core' : resource.group.split('.')[0]!;
  const scope = path.includes('{namespace}') ? 'Namespaced' : resource.namespaced ? 'ForAllNamespaces' : '';
  const sub = target.subresource ?? '';
  const name = `${resource.kind}${sub.charAt(0).toUpperCase()}${sub.slice(1)}`;
  const version = resource.version.charAt(0).toUpperCase() + resource.version.slice(1);
  const isList = verb === 'list';
  const response = isList && target.schema !== undefined ? `${target.schema}List` : target.schema;
  const result = verb === 'delete' || verb === 'deletecollection' ? 'meta-v1.Status' : response;
  const parameters: Parameter[] = query.map(([n, type]) => ({
    name: n,
    in: 'query',
    ...typed(type, flavor),
  }));
  const body = bodyOf(verb, target);
  const head = {
    tags: [`${group}_${resource.version}`],
    description: `${verb} ${kind.kind}`,
    operationId: `${verb}${group.charAt(0).toUpperCase()}${group.slice(1)}${version}${scope}${name}`,
  };
  const tail = {
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': { group: kind.group, version: kind.version, kind: kind.kind },
  };
  if (flavor === 'v2') {
    if (body !== undefined)
      parameters.unshift({ name: 'body', in: 'body', required: true, schema: body.schema });
    return {
      ...head,
      consumes: body?.types ?? ['*/*'],
      produces: READ_TYPES,
      parameters,
      responses: {
        200: { description: 'OK', ...(result === undefined ? {} : { schema: reference(result, flavor) }) },
      },
      ...tail,
    };
  }
  const content = (types: readonly string[], schema: unknown) =>
    Object.fromEntries(types.map((type) => [type, { schema }]));
  return {
    ...head,
    parameters,
    ...(body === undefined
      ? {}
      : { requestBody: { content: content(body.types, body.schema), required: true } }),
    responses: {
      200: {
        description: 'OK',
        content: content(READ_TYPES, result === undefined ? { type: 'string' } : reference(result, flavor)),
      },
      401: { description: 'Unauthorized' },
    },
    ...tail,
  };
}

function bodyOf(verb: string, { schema, flavor }: Target): { types: string[]; schema: unknown } | undefined {
  if (verb === 'patch') return { types: PATCH_TYPES, schema: { type: 'object' } };
  if (verb === 'delete' || verb === 'deletecollection')
    return { types: ['*/*'], schema: reference('meta-v1.DeleteOptions', flavor) };
  if ((verb !== 'create' && verb !== 'update') || schema === undefined || findSchema(schema) === undefined)
    return undefined;
  return { types: ['*/*'], schema: reference(schema, flavor) };
}
