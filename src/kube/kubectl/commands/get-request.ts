import type { ParsedFlags } from '../cli/flags.ts';
import { fileFlags, outputFlag, selectorFlags } from '../cli/shared-flags.ts';
import { type Resource, singularName } from '../cluster/discovery.ts';
import { TablePrinter } from '../output/table.ts';

export const getFlags = {
  ...fileFlags,
  ...selectorFlags,
  ...outputFlag,
  watch: { type: 'boolean', short: 'w', help: 'Go on and print every change' },
  'watch-only': { type: 'boolean', help: 'Print changes only, not what is there already' },
  'show-labels': { type: 'boolean', help: 'Print the labels as the last column' },
  'show-kind': { type: 'boolean', help: 'Print the kind before each name' },
  'show-managed-fields': { type: 'boolean', help: 'Keep managedFields in yaml and json' },
  'label-columns': { type: 'list', short: 'L', help: 'Labels that get a column of their own' },
  'sort-by': { type: 'string', default: '', help: 'A jsonpath to sort by, such as .metadata.name' },
  'no-headers': { type: 'boolean', help: 'Print no headers' },
  'ignore-not-found': { type: 'boolean', help: 'An object that is not there is no error' },
  'chunk-size': {
    type: 'int',
    default: 500,
    help: 'Ask for a list in parts of this size; 0 for all at once',
  },
  subresource: { type: 'string', default: '', help: 'status or scale' },
  raw: { type: 'string', help: 'Print the answer of the server to this path' },
} as const;

export type GetFlags = ParsedFlags<typeof getFlags>;

/** What to ask the server for: one object, or a list. */
export interface GetRequest {
  readonly resource: Resource;
  readonly path: string;
  readonly name: string | undefined;
  readonly namespace: string | undefined;
}

export const isTable = (format: string) => format === '' || format === 'wide';

export function listQuery(flags: GetFlags, request: GetRequest) {
  if (request.name !== undefined) return {};
  return { labelSelector: flags.selector, fieldSelector: flags['field-selector'] };
}

export function tablePrinter(flags: GetFlags, resource: Resource, severalKinds: boolean): TablePrinter {
  return new TablePrinter({
    wide: flags.output === 'wide',
    noHeaders: flags['no-headers'],
    withNamespace: flags['all-namespaces'] && resource.namespaced,
    ...((severalKinds || flags['show-kind']) && { prefix: singularName(resource) }),
    showLabels: flags['show-labels'],
    labelColumns: flags['label-columns'],
  });
}
