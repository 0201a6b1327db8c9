import { KubectlError } from './errors.ts';

/** Flags that several commands share. */
export const fileFlags = {
  filename: {
    type: 'list',
    short: 'f',
    help: 'Files or directories that describe the objects; - is standard input',
  },
  recursive: { type: 'boolean', short: 'R', help: 'Go into the directories of -f' },
} as const;

export const selectorFlags = {
  selector: { type: 'string', short: 'l', default: '', help: 'Label selector, such as app=web,tier!=db' },
  'field-selector': { type: 'string', default: '', help: 'Field selector, such as status.phase=Running' },
  'all-namespaces': { type: 'boolean', short: 'A', help: 'Objects of all namespaces' },
} as const;

export const outputFlag = {
  output: { type: 'string', short: 'o', default: '', help: 'Output format: name, json, yaml, jsonpath=…' },
} as const;

export const dryRunFlag = {
  'dry-run': {
    type: 'string',
    bare: 'unchanged',
    default: 'none',
    help: 'none, server or client: change nothing',
  },
} as const;

export const fieldManagerFlag = {
  'field-manager': { type: 'string', help: 'The name under which the fields are managed' },
} as const;

export type DryRun = 'none' | 'client' | 'server';

export function readDryRun(text: string): DryRun {
  if (text === 'none' || text === 'client' || text === 'server') return text;
  // A bare --dry-run is an old spelling.
  if (text === 'unchanged') return 'client';
  throw new KubectlError(`Invalid dry-run value (${text}). Must be "none", "server", or "client".`);
}

export const dryRunSuffix: Readonly<Record<DryRun, string>> = {
  none: '',
  client: ' (dry run)',
  server: ' (server dry run)',
};

/** The query of a request that must change nothing. */
export const dryRunQuery = (dryRun: DryRun) => (dryRun === 'server' ? { dryRun: 'All' } : {});
