/**
 * The messages of Kubernetes' protobuf, compiled from the tables in generated/ as they are needed.
 *
 * A row is `NUMBER TYPE [*] [!]`: `*` a pointer in Go (on the wire only when it is set, so a zero counts), `!` a field that
 * JSON writes even when it is zero. `...GROUP.Name` is a message whose fields stand in the outer JSON object.
 * Models the generated.proto files of k8s.io/api and k8s.io/apimachinery.
 */
import admissionregistration from './generated/admissionregistration-v1.json';
import apiextensions from './generated/apiextensions-v1.json';
import apiregistration from './generated/apiregistration-v1.json';
import apps from './generated/apps-v1.json';
import authentication from './generated/authentication-v1.json';
import authorization from './generated/authorization-v1.json';
import autoscalingV1 from './generated/autoscaling-v1.json';
import autoscalingV2 from './generated/autoscaling-v2.json';
import batch from './generated/batch-v1.json';
import certificates from './generated/certificates-v1.json';
import coordination from './generated/coordination-v1.json';
import core from './generated/core-v1.json';
import discovery from './generated/discovery-v1.json';
import events from './generated/events-v1.json';
import flowcontrol from './generated/flowcontrol-v1.json';
import meta from './generated/meta-v1.json';
import networking from './generated/networking-v1.json';
import node from './generated/node-v1.json';
import policy from './generated/policy-v1.json';
import rbac from './generated/rbac-v1.json';
import resource from './generated/resource-v1.json';
import scheduling from './generated/scheduling-v1.json';
import storage from './generated/storage-v1.json';

type Rows = Readonly<Record<string, string>>;
type Table = Readonly<Record<string, Rows | undefined>>;

const tables: Readonly<Record<string, Table | undefined>> = {
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
};

/** A type of the tables, taken apart. */
export type WireType =
  | { readonly kind: 'list'; readonly item: WireType }
  | { readonly kind: 'map'; readonly item: WireType }
  | { readonly kind: 'message'; readonly id: string }
  | { readonly kind: 'scalar'; readonly word: string };

export interface Field {
  readonly name: string;
  readonly number: number;
  readonly type: WireType;
  /** A pointer in Go: on the wire only when set, so zero is a value. */
  readonly pointer: boolean;
  /** JSON has no omitempty: zero is written. */
  readonly keepZero: boolean;
  /** The message's fields stand in the outer object. */
  readonly inline: boolean;
}

export interface Message {
  readonly id: string;
  /** In ascending order of their numbers, as Go writes them. */
  readonly fields: readonly Field[];
  readonly byNumber: ReadonlyMap<number, Field>;
}

const compiled = new Map<string, Message>();

/** The message `GROUP-VERSION.Name`, such as core-v1.Pod; undefined when there is none. */
export function findMessage(id: string): Message | undefined {
  const known = compiled.get(id);
  if (known !== undefined) return known;
  const dot = id.indexOf('.');
  const rows = tables[id.slice(0, dot)]?.[id.slice(dot + 1)];
  if (rows === undefined) return undefined;
  const fields = Object.entries(rows).map(([name, row]) => parseRow(name, row));
  fields.sort((a, b) => a.number - b.number);
  const message = { id, fields, byNumber: new Map(fields.map((f) => [f.number, f])) };
  compiled.set(id, message);
  return message;
}

export function messageOf(id: string): Message {
  const message = findMessage(id);
  if (message === undefined) throw new Error(`no protobuf message ${id}`);
  return message;
}

/** The ids of every message of every table. */
export function messageIds(): string[] {
  return Object.entries(tables).flatMap(([table, rows]) =>
    Object.keys(rows ?? {}).map((m) => `${table}.${m}`),
  );
}

/**
 * The message of a kind. DeleteOptions, Status and the like belong to every group; their message is meta/v1's.
 */
export function messageOfKind(apiVersion: string, kind: string): Message | undefined {
  return findMessage(`${tableName(apiVersion)}.${kind}`) ?? findMessage(`meta-v1.${kind}`);
}

/** `v1` → core-v1, `rbac.authorization.k8s.io/v1` → rbac-v1. */
export function tableName(apiVersion: string): string {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['core', apiVersion];
  return `${group?.split('.')[0]}-${version}`;
}

function parseRow(name: string, row: string): Field {
  const [number, type, ...flags] = row.split(' ');
  return {
    name,
    number: Number(number),
    type: parseType(type!),
    pointer: flags.includes('*'),
    keepZero: flags.includes('!'),
    inline: name.startsWith('...'),
  };
}

function parseType(type: string): WireType {
  if (type.startsWith('[]')) return { kind: 'list', item: parseType(type.slice(2)) };
  if (type.startsWith('{}')) return { kind: 'map', item: parseType(type.slice(2)) };
  return type.includes('.') ? { kind: 'message', id: type } : { kind: 'scalar', word: type };
}
