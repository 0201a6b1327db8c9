/** The schemas of every message: field → type, and which fields are required. Loaded by validation/, patch/ and openapi/. */
import admissionregistration from './generated/schemas/admissionregistration-v1.json';
import apiextensions from './generated/schemas/apiextensions-v1.json';
import apiregistration from './generated/schemas/apiregistration-v1.json';
import apps from './generated/schemas/apps-v1.json';
import authentication from './generated/schemas/authentication-v1.json';
import authorization from './generated/schemas/authorization-v1.json';
import autoscalingV1 from './generated/schemas/autoscaling-v1.json';
import autoscalingV2 from './generated/schemas/autoscaling-v2.json';
import batch from './generated/schemas/batch-v1.json';
import certificates from './generated/schemas/certificates-v1.json';
import coordination from './generated/schemas/coordination-v1.json';
import core from './generated/schemas/core-v1.json';
import discovery from './generated/schemas/discovery-v1.json';
import events from './generated/schemas/events-v1.json';
import flowcontrol from './generated/schemas/flowcontrol-v1.json';
import meta from './generated/schemas/meta-v1.json';
import networking from './generated/schemas/networking-v1.json';
import node from './generated/schemas/node-v1.json';
import policy from './generated/schemas/policy-v1.json';
import rbac from './generated/schemas/rbac-v1.json';
import resource from './generated/schemas/resource-v1.json';
import scheduling from './generated/schemas/scheduling-v1.json';
import storage from './generated/schemas/storage-v1.json';

/**
 * A type is `[]T` (list), `{}T` (map), `GROUP-VERSION.Name` (another schema), or a word: string, bool, int32, int64, double,
 * bytes (base64), time, microtime, quantity, int-or-string, any, object.
 */
export interface Schema {
  readonly required?: readonly string[];
  readonly fields: Readonly<Record<string, string>>;
}

type Table = Readonly<Record<string, Schema | undefined>>;

const tables = {
  'admissionregistration-v1': admissionregistration,
  'apiextensions-v1': apiextensions,
  'apiregistration-v1': apiregistration,
  'apps-v1': apps,
  'authentication-v1': authentication,
  'authorization-v1': authorization,
  'autoscaling-v1': autoscalingV1,
  'autoscaling-v2': autoscalingV2,
  'batch-v1': batch,
  'certificates-v1': certificates,
  'coordination-v1': coordination,
  'core-v1': core,
  'discovery-v1': discovery,
  'events-v1': events,
  'flowcontrol-v1': flowcontrol,
  'meta-v1': meta,
  'networking-v1': networking,
  'node-v1': node,
  'policy-v1': policy,
  'rbac-v1': rbac,
  'resource-v1': resource,
  'scheduling-v1': scheduling,
  'storage-v1': storage,
} as unknown as Readonly<Record<string, Table | undefined>>;

/** The schema `GROUP-VERSION.Name`, such as core-v1.PodSpec. */
export function findSchema(id: string): Schema | undefined {
  const dot = id.indexOf('.');
  return tables[id.slice(0, dot)]?.[id.slice(dot + 1)];
}

/** The schema's id of a kind: { group: 'apps', version: 'v1', kind: 'Deployment' } → apps-v1.Deployment. */
export function schemaIdOf(gvk: { group: string; version: string; kind: string }): string | undefined {
  const table = `${gvk.group === '' ? 'core' : gvk.group.split('.')[0]}-${gvk.version}`;
  for (const id of [`${table}.${gvk.kind}`, `meta-v1.${gvk.kind}`])
    if (findSchema(id) !== undefined) return id;
  return undefined;
}

/** The names of the messages of a group's table. */
export function schemaNames(table: string): string[] {
  return Object.keys(tables[table] ?? {});
}
