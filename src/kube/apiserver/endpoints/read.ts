import type { ResourceInfo } from '../../api/resources.ts';
import { groupResource } from '../registry/before-write.ts';
import { listObjects, readObject } from '../registry/selection.ts';
import type { KubeObject } from '../request.ts';
import type { Answer, ApiRequest } from '../server/exchange.ts';
import { badRequest, notFound } from '../status-errors.ts';
import type { EndpointContext } from './context.ts';
import { presentList, presentObject } from './present.ts';

/** GET of one object. */
export async function handleGet(
  context: EndpointContext,
  request: ApiRequest,
  resource: ResourceInfo,
): Promise<Answer> {
  const { namespace, name } = request.info;
  const store = context.registry.store(resource);
  const resourceVersion = request.query.get('resourceVersion') ?? '';
  const stored = await readObject(context.registry.cacher, store, namespace, name, resourceVersion);
  if (stored === undefined) throw notFound(groupResource(resource), name);
  return presentObject(context, request, resource, stored, 200);
}

/** GET of a collection. */
export async function handleList(
  context: EndpointContext,
  request: ApiRequest,
  resource: ResourceInfo,
): Promise<Answer> {
  const { query } = request;
  const list = await listObjects(context.registry.cacher, context.registry.store(resource), {
    namespace: request.info.namespace,
    name: request.info.name,
    matches: selectorOf(context, resource, query),
    limit: nonNegative(query, 'limit'),
    continueToken: query.get('continue') ?? '',
    resourceVersion: query.get('resourceVersion') ?? '',
    resourceVersionMatch: query.get('resourceVersionMatch') ?? '',
  });
  return presentList(context, request, resource, list);
}

export function nonNegative(query: URLSearchParams, name: string): number {
  const text = query.get(name) ?? '';
  if (text === '') return 0;
  if (!/^-?\d+$/.test(text)) {
    throw badRequest(
      `failed to parse ${name}: strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  }
  return Math.max(0, Number(text));
}

/** Label and field selector together; undefined when every object is wanted, so that none need be parsed. */
export function selectorOf(
  context: EndpointContext,
  resource: ResourceInfo,
  query: URLSearchParams,
): ((object: KubeObject) => boolean) | undefined {
  const labelText = query.get('labelSelector') ?? '';
  const fieldText = query.get('fieldSelector') ?? '';
  if (labelText === '' && fieldText === '') return undefined;
  const labels = labelText === '' ? undefined : context.machinery.parseLabelSelector(labelText);
  const fields = fieldText === '' ? undefined : context.machinery.parseFieldSelector(resource, fieldText);
  return (object) =>
    (labels === undefined || labels(object.metadata.labels ?? {})) &&
    (fields === undefined || fields(object));
}
