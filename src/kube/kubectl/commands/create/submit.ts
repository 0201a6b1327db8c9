import { findKind, parseApiVersion } from '../../../api/resources.ts';
import { StatusError } from '../../../client/errors.ts';
import type { Session } from '../../cli/command.ts';
import { KubectlError } from '../../cli/errors.ts';
import { type DryRun, dryRunFlag, fieldManagerFlag, outputFlag, readDryRun } from '../../cli/shared-flags.ts';
import type { KubeObject } from '../../cluster/cluster.ts';
import type { Resource } from '../../cluster/discovery.ts';
import { printOutcome } from '../../output/object-printer.ts';
import { readValidation } from '../apply.ts';
import { withLastApplied } from '../last-applied.ts';
import { createObject } from '../write.ts';

/** Every `create` takes these. */
export const createFlags = {
  ...outputFlag,
  ...dryRunFlag,
  ...fieldManagerFlag,
  validate: {
    type: 'string',
    bare: 'strict',
    default: 'strict',
    help: 'strict, warn or ignore: what unknown fields are',
  },
  'save-config': { type: 'boolean', help: 'Keep the configuration for a later apply' },
} as const;

export interface SubmitFlags {
  readonly output: string;
  readonly 'dry-run': string;
  readonly 'field-manager': string | undefined;
  readonly validate: string;
  readonly 'save-config': boolean;
}

/** The kinds that kubectl itself makes objects of are known without asking a server. */
export function builtInResource(object: KubeObject): Resource {
  const info = findKind({ ...parseApiVersion(object.apiVersion ?? ''), kind: object.kind ?? '' });
  if (info === undefined)
    throw new KubectlError(`no matches for kind "${object.kind}" in version "${object.apiVersion}"`);
  return { ...info, resource: info.plural, subresources: [], preferred: true };
}

/** Creates an object that a command has made up, and prints what became of it. */
export async function submit(
  session: Session,
  made: object,
  flags: SubmitFlags,
  verb = 'created',
): Promise<void> {
  const dryRun = readDryRun(flags['dry-run']);
  const object = made as KubeObject;
  const resource = builtInResource(object);
  const placed = resource.namespaced ? inNamespace(session, object, dryRun) : object;
  const result = await createObject(
    session,
    resource,
    flags['save-config'] ? withLastApplied(placed) : placed,
    {
      dryRun,
      fieldValidation: readValidation(flags.validate),
      ...(flags['field-manager'] !== undefined && { fieldManager: flags['field-manager'] }),
    },
  ).catch((error: unknown) => {
    throw failedToCreate(object, error);
  });
  printOutcome(session, { object: result, resource, verb }, flags.output, dryRun);
}

/** Upstream's older generators say what they were about; those of these kinds pass the answer on. */
const plainKinds = new Set(['Namespace', 'Role', 'ClusterRole', 'Pod']);

function failedToCreate(object: KubeObject, error: unknown): unknown {
  const kind = object.kind ?? '';
  if (!(error instanceof StatusError) || plainKinds.has(kind)) return error;
  const { type = '' } = (object.spec ?? {}) as { type?: string };
  const what = kind === 'Service' ? `${type} service` : kind.toLowerCase();
  return new KubectlError(`failed to create ${what}: ${error.message}`);
}

/** A dry run shows a namespace only when one was asked for: no cluster, and no kubeconfig, is needed. */
function inNamespace(session: Session, object: KubeObject, dryRun: DryRun): KubeObject {
  const namespace = dryRun === 'client' ? session.global.namespace : session.cluster().namespace;
  return { ...object, metadata: { ...object.metadata, ...(namespace !== undefined && { namespace }) } };
}

/** The one name that a command takes. */
export function exactName(positional: readonly string[], count = positional.length): string {
  if (count !== 1) throw new KubectlError(`exactly one NAME is required, got ${count}`, { usage: true });
  return positional[0]!;
}

/** Go's types write empty structs and null times; YAML of a dry run shows them. */
export const emptyTime: Readonly<Record<string, unknown>> = { creationTimestamp: null };
