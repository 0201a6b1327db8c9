import type { Table } from '../../api/types/table.ts';
import { StatusError } from '../../client/errors.ts';
import { decodeWatchStream } from '../../client/watch.ts';
import type { Session } from '../cli/command.ts';
import { KubectlError } from '../cli/errors.ts';
import type { KubeObject } from '../cluster/cluster.ts';
import { printObject } from '../output/object-printer.ts';
import { tableAccept } from '../output/table.ts';
import { type GetFlags, type GetRequest, isTable, listQuery, tablePrinter } from './get-request.ts';

/** Prints what is there, then each change until the server or the person ends it. */
export async function watchObjects(
  session: Session,
  flags: GetFlags,
  requests: readonly GetRequest[],
): Promise<number> {
  const [request] = requests;
  if (request === undefined || requests.length > 1)
    throw new KubectlError('you may only specify a single resource type');
  const cluster = session.cluster();
  const asTable = isTable(flags.output);
  const accept = asTable ? tableAccept : 'application/json';
  const printer = tablePrinter(flags, request.resource, false);
  const path = cluster.path(request.resource, request.namespace);
  // A single object is watched as a list of one.
  const query = {
    ...listQuery(flags, request),
    ...(request.name !== undefined && { fieldSelector: `metadata.name=${request.name}` }),
  };
  const print = (object: unknown) => {
    const text = asTable
      ? printer.print(object as Table)
      : (flags.output === 'yaml' ? '---\n' : '') +
        printObject(object, flags.output, request.resource, {
          showManagedFields: flags['show-managed-fields'],
        });
    session.stdout.write(text);
  };

  if (request.name !== undefined) await cluster.request('GET', request.path);
  const list = await cluster.request<Table & { items?: KubeObject[]; kind: string; apiVersion: string }>(
    'GET',
    path,
    { query, accept },
  );
  if (!flags['watch-only']) {
    if (asTable) {
      if ((list.rows ?? []).length > 0) print(list);
    } else
      for (const item of list.items ?? [])
        print({ apiVersion: list.apiVersion, kind: list.kind.replace(/List$/, ''), ...item });
  }

  let resourceVersion = list.metadata.resourceVersion;
  while (!session.signal.aborted) {
    const response = await cluster.streamOrThrow('GET', path, {
      query: { ...query, watch: true, resourceVersion, allowWatchBookmarks: true },
      accept,
      signal: session.signal,
    });
    for await (const { type, object } of decodeWatchStream<KubeObject>(response.body)) {
      if (type === 'ERROR')
        throw new StatusError((object as { code?: number }).code ?? 500, object as object);
      resourceVersion = versionOf(object) ?? resourceVersion;
      if (type !== 'BOOKMARK') print(object);
    }
  }
  return 0;
}

/** A table's own version is that of the object in it. */
function versionOf(object: unknown): string | undefined {
  const { metadata, rows } = object as {
    metadata?: { resourceVersion?: string };
    rows?: { object?: KubeObject }[];
  };
  return rows?.[0]?.object?.metadata.resourceVersion ?? metadata?.resourceVersion;
}
