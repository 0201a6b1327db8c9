/**
 * The messages of Kubernetes' protobuf, compiled from the tables in generated/ as they are needed.
 *
 * A row is `NUMBER TYPE [*] [!]`: `*` a pointer in Go (on the wire only when it is set, so a zero counts), `!` a field that
 * JSON writes even when it is zero. `...GROUP.Name` is a message whose fields stand in the outer JSON object.
 * Models the generated.proto files of k8s.io/api and k8s.io/apimachinery.
 */
import { tables as generated } from './generated/index.ts';

type Rows = Readonly<Record<string, string>>;
type Table = Readonly<Record<string, Rows | undefined>>;

const tables: Readonly<Record<string, Table | undefined>> = generated;

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

/**
 * The message of a kind. DeleteOptions, Status and the like belong to every group; their message is meta/v1's.
 */
export function messageOfKind(apiVersion: string, kind: string): Message | undefined {
  return findMessage(`${tableName(apiVersion)}.${kind}`) ?? findMessage(`meta-v1.${kind}`);
}

/** `v1` → core-v1, `rbac.authorization.k8s.io/v1` → rbac-v1. */
function tableName(apiVersion: string): string {
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
