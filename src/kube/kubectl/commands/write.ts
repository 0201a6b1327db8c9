import type { PatchType } from '../../client/resource-client.ts';
import type { Session } from '../cli/command.ts';
import { type DryRun, dryRunQuery } from '../cli/shared-flags.ts';
import type { KubeObject } from '../cluster/cluster.ts';
import type { Resource } from '../cluster/discovery.ts';

export interface WriteOptions {
  readonly dryRun?: DryRun;
  readonly fieldManager?: string;
  readonly fieldValidation?: string;
  readonly subresource?: string;
}

const queryOf = ({ dryRun = 'none', fieldManager, fieldValidation }: WriteOptions) => ({
  ...dryRunQuery(dryRun),
  ...(fieldManager !== undefined && { fieldManager }),
  ...(fieldValidation !== undefined && { fieldValidation }),
});

/** POST, or with --dry-run=client nothing. */
export async function createObject(
  session: Session,
  resource: Resource,
  object: KubeObject,
  options: WriteOptions = {},
): Promise<KubeObject> {
  if (options.dryRun === 'client') return object;
  const cluster = session.cluster();
  const path = cluster.path(resource, object.metadata.namespace);
  return cluster.request('POST', path, {
    body: object,
    query: queryOf({ fieldManager: 'kubectl-create', ...options }),
  });
}

const contentTypes: Readonly<Record<PatchType, string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

export interface PatchTarget {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly name: string;
}

export async function patchObject(
  session: Session,
  target: PatchTarget,
  patch: unknown,
  type: PatchType,
  options: WriteOptions & { readonly force?: boolean } = {},
): Promise<KubeObject> {
  const cluster = session.cluster();
  return cluster.request(
    'PATCH',
    cluster.path(target.resource, target.namespace, target.name, options.subresource),
    {
      body: typeof patch === 'string' ? patch : JSON.stringify(patch),
      contentType: contentTypes[type],
      query: { ...queryOf(options), ...(options.force && { force: true }) },
    },
  );
}

export async function replaceObject(
  session: Session,
  target: PatchTarget,
  object: KubeObject,
  options: WriteOptions = {},
): Promise<KubeObject> {
  const cluster = session.cluster();
  return cluster.request(
    'PUT',
    cluster.path(target.resource, target.namespace, target.name, options.subresource),
    {
      body: object,
      query: queryOf(options),
    },
  );
}
