/** What OpenAPI and explain say of every field: large, so import this file (through openapi.ts) only where it is served. */
import { tables as generated } from '../generated/descriptions/index.ts';

const tables = generated as unknown as Readonly<
  Record<string, Readonly<Record<string, Descriptions | undefined>> | undefined>
>;

/** Field → text; '' is the message itself. */
export type Descriptions = Readonly<Record<string, string | undefined>>;

const none: Descriptions = {};

/** The descriptions of the schema `GROUP-VERSION.Name`. */
export function descriptionsOf(id: string): Descriptions {
  const dot = id.indexOf('.');
  return tables[id.slice(0, dot)]?.[id.slice(dot + 1)] ?? none;
}
