import type { Table } from '../../api/types/table.ts';
import type { ApiList } from '../../client/objects.ts';
import { command, type Session } from '../cli/command.ts';
import { errorText, KubectlError } from '../cli/errors.ts';
import type { KubeObject } from '../cluster/cluster.ts';
import type { Resource } from '../cluster/discovery.ts';
import { selectByWords, targetsOfFiles } from '../cluster/targets.ts';
import { printCustomColumns } from '../output/custom-columns.ts';
import { printObject } from '../output/object-printer.ts';
import { sortByPath } from '../output/sort.ts';
import { tableAccept } from '../output/table.ts';
import { type GetFlags, type GetRequest, getFlags, isTable, listQuery, tablePrinter } from './get-request.ts';
import { watchObjects } from './get-watch.ts';

export const get = command({
  name: 'get',
  summary: 'Display one or many resources',
  usage: '(TYPE [NAME | -l label] | TYPE/NAME ...) [-o FORMAT]',
  flags: getFlags,
  async run(session, { flags, positional }) {
    if (flags.raw !== undefined) {
      session.stdout.write(await session.cluster().requestRaw('GET', flags.raw));
      return 0;
    }
    const requests = await readRequests(session, flags, positional);
    if (flags.watch || flags['watch-only']) return watchObjects(session, flags, requests);
    return isTable(flags.output)
      ? printTables(session, flags, requests)
      : printObjects(session, flags, requests);
  },
});

async function readRequests(
  session: Session,
  flags: GetFlags,
  words: readonly string[],
): Promise<GetRequest[]> {
  const cluster = session.cluster();
  const request = (resource: Resource, namespace: string | undefined, name?: string): GetRequest => ({
    resource,
    namespace,
    name,
    path: cluster.path(resource, namespace, name, flags.subresource === '' ? undefined : flags.subresource),
  });
  if (flags.filename.length > 0)
    return (await targetsOfFiles(session, flags)).map((t) => request(t.resource, t.namespace, t.name));
  if (words.length === 0)
    throw new KubectlError(
      `You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported resources.\n\nerror: Required resource not specified.\nUse "kubectl explain <resource>" for a detailed description of that resource (e.g. kubectl explain pods).\nSee '${session.path} -h' for help and examples`,
      { plain: true },
    );
  const selection = selectByWords(await cluster.discovery(), cluster.namespace, words);
  if (selection.kind === 'resources')
    return selection.resources.map((r) =>
      request(r, flags['all-namespaces'] ? undefined : cluster.namespace),
    );
  if (flags.selector !== '') throw new KubectlError('name cannot be provided when a selector is specified');
  if (flags['all-namespaces'] && selection.targets.some((t) => t.resource.namespaced))
    throw new KubectlError('a resource cannot be retrieved by name across all namespaces');
  return selection.targets.map((t) => request(t.resource, t.namespace, t.name));
}

/** A list in parts; with `accept` for tables the parts are tables. */
async function fetchAll<T extends { metadata?: { continue?: string } }>(
  session: Session,
  flags: GetFlags,
  request: GetRequest,
  accept: string,
): Promise<T[]> {
  const parts: T[] = [];
  for (let next: string | undefined; ; ) {
    const query = {
      ...listQuery(flags, request),
      ...(request.name === undefined && flags['chunk-size'] > 0 && { limit: flags['chunk-size'] }),
      ...(next !== undefined && { continue: next }),
      ...(flags['sort-by'] !== '' && accept === tableAccept && { includeObject: 'Object' }),
    };
    const part = await session.cluster().request<T>('GET', request.path, { query, accept });
    parts.push(part);
    next = request.name === undefined ? part.metadata?.continue : undefined;
    if (next === undefined || next === '') return parts;
  }
}

/** Asks for all, keeps the errors apart: what was found is printed in spite of them. */
async function settle<T>(
  session: Session,
  flags: GetFlags,
  requests: readonly GetRequest[],
  ask: (request: GetRequest) => Promise<T>,
): Promise<{ found: { request: GetRequest; answer: T }[]; errors: ReadonlySet<string> }> {
  const answers = await Promise.allSettled(requests.map(ask));
  const found: { request: GetRequest; answer: T }[] = [];
  const texts: string[] = [];
  answers.forEach((answer, i) => {
    if (answer.status === 'fulfilled') found.push({ request: requests[i]!, answer: answer.value });
    else if (!(flags['ignore-not-found'] && isNotFoundAnswer(answer.reason)))
      texts.push(errorText(answer.reason, session.cluster().serverIfKnown()));
  });
  return { found, errors: new Set(texts) };
}

/** Errors come after what was found. Resolves to the exit code. */
function report(session: Session, errors: ReadonlySet<string>): number {
  for (const text of errors) session.warn(text);
  return errors.size > 0 ? 1 : 0;
}

const isNotFoundAnswer = (error: unknown) => (error as { code?: unknown }).code === 404;

async function printTables(
  session: Session,
  flags: GetFlags,
  requests: readonly GetRequest[],
): Promise<number> {
  const { found, errors } = await settle(session, flags, requests, (request) =>
    fetchAll<Table>(session, flags, request, tableAccept),
  );
  // Objects of one resource that were asked for by name share a table.
  const groups = new Map<Resource, Table[]>();
  for (const { request, answer } of found)
    groups.set(request.resource, [...(groups.get(request.resource) ?? []), ...answer]);
  const filled = [...groups].filter(([, tables]) => tables.some((table) => (table.rows ?? []).length > 0));
  const severalKinds = new Set(requests.map((r) => r.resource)).size > 1;
  filled.forEach(([resource, tables], i) => {
    if (i > 0) session.print('');
    const printer = tablePrinter(flags, resource, severalKinds);
    const rows = tables.flatMap((table) => table.rows ?? []);
    const sorted = flags['sort-by'] === '' ? rows : sortByPath(rows, flags['sort-by'], (row) => row.object);
    session.stdout.write(printer.print({ ...tables[0]!, rows: sorted }));
  });
  if (filled.length === 0 && errors.size === 0 && !flags['ignore-not-found'])
    noResources(session, flags, requests);
  return report(session, errors);
}

function noResources(session: Session, flags: GetFlags, requests: readonly GetRequest[]): void {
  const inNamespace = !flags['all-namespaces'] && requests.every((request) => request.resource.namespaced);
  session.warn(
    inNamespace ? `No resources found in ${session.cluster().namespace} namespace.` : 'No resources found',
  );
}

async function printObjects(
  session: Session,
  flags: GetFlags,
  requests: readonly GetRequest[],
): Promise<number> {
  const { found, errors } = await settle(session, flags, requests, async (request) => {
    const parts = await fetchAll<KubeObject & ApiList<KubeObject>>(
      session,
      flags,
      request,
      'application/json',
    );
    if (request.name !== undefined) return [parts[0]!];
    // The items of a list do not say what they are.
    const { apiVersion, kind } = parts[0]!;
    return parts
      .flatMap((part) => part.items ?? [])
      .map((item) => ({ apiVersion, kind: kind?.replace(/List$/, ''), ...item }) as KubeObject);
  });
  const all = found.flatMap(({ request, answer }) =>
    answer.map((object) => ({ object, resource: request.resource })),
  );
  const sorted = flags['sort-by'] === '' ? all : sortByPath(all, flags['sort-by'], (entry) => entry.object);
  const isSingle = requests.length === 1 && requests[0]!.name !== undefined;
  if (isSingle && sorted.length === 0) return report(session, errors);
  const { output } = flags;
  if (output === 'name') {
    for (const { object, resource } of sorted) session.stdout.write(printObject(object, output, resource));
  } else if (output.startsWith('custom-columns=')) {
    const spec = output.slice('custom-columns='.length);
    session.stdout.write(
      printCustomColumns(
        spec,
        sorted.map(({ object }) => object),
        flags['no-headers'],
      ),
    );
  } else {
    const items = sorted.map(({ object }) => object);
    const value = isSingle
      ? items[0]!
      : { apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } };
    const showManagedFields = flags['show-managed-fields'];
    session.stdout.write(printObject(value, output, undefined, { showManagedFields }));
  }
  return report(session, errors);
}
