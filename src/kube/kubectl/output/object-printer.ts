import type { Session } from '../cli/command.ts';
import { type DryRun, dryRunSuffix } from '../cli/shared-flags.ts';
import type { KubeObject } from '../cluster/cluster.ts';
import type { Resource } from '../cluster/discovery.ts';
import { singularName } from '../cluster/discovery.ts';
import { printCustomColumns } from './custom-columns.ts';
import { printStructured } from './structured.ts';

/** `-o name`, custom-columns, or one of the structured formats; in yaml and json without managedFields unless shown. */
export function printObject(
  object: unknown,
  format: string,
  resource?: Pick<Resource, 'group' | 'singular'>,
  options: { readonly showManagedFields?: boolean } = {},
): string {
  if (format === 'name') {
    const { kind = '', metadata } = object as KubeObject;
    const type = resource === undefined ? kind.toLowerCase() : singularName(resource as Resource);
    return `${type}/${metadata.name}\n`;
  }
  if (format.startsWith('custom-columns='))
    return printCustomColumns(format.slice('custom-columns='.length), [object], false);
  const hide = (format === 'json' || format === 'yaml') && options.showManagedFields !== true;
  return printStructured(hide ? withoutManagedFields(object) : object, format);
}

/** What a writing command says of an object: `pod/web created`, or the object in the format of -o. */
export function printOutcome(
  session: Session,
  outcome: { readonly object: KubeObject; readonly resource: Resource; readonly verb: string },
  format: string,
  dryRun: DryRun = 'none',
): void {
  const { object, resource, verb } = outcome;
  if (format !== '') session.stdout.write(printObject(object, format, resource));
  else session.print(`${singularName(resource)}/${object.metadata.name} ${verb}${dryRunSuffix[dryRun]}`);
}

/** They are long, and nobody asked. */
export function withoutManagedFields(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const object = value as KubeObject & { items?: unknown[] };
  if (Array.isArray(object.items)) return { ...object, items: object.items.map(withoutManagedFields) };
  if (object.metadata === undefined || !('managedFields' in object.metadata)) return value;
  const { managedFields: _, ...metadata } = object.metadata as { managedFields?: unknown };
  return { ...object, metadata };
}
