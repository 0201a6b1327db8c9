import { fileKind } from './kinds/file.ts';
import type { CheckKind } from './types.ts';

/** All kinds by name. A new kind is a file in kinds/ and a line here. */
export const registry: ReadonlyMap<string, CheckKind> = new Map(
  [fileKind].map((kind): [string, CheckKind] => [kind.kind, kind]),
);
