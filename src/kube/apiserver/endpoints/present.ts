import { stringify } from 'yaml';
import type { ResourceInfo } from '../../api/resources.ts';
import type { TableOptions } from '../machinery.ts';
import type { KubeObject } from '../request.ts';
import { type ApiRequest, json, type Reply } from '../server/exchange.ts';
import { type Accepted, mediaTypes, negotiate } from '../server/negotiation.ts';
import { badRequest } from '../status-errors.ts';
import type { StoredObject } from '../storage/stored-object.ts';
import { apiVersionOf, type EndpointContext } from './context.ts';

export function acceptedBy(request: ApiRequest): Accepted {
  const accept = request.headers.accept;
  return negotiate(Array.isArray(accept) ? accept.join(',') : accept);
}

/** JSON of an object in the version that was asked for. */
export function objectText(context: EndpointContext, resource: ResourceInfo, stored: StoredObject): string {
  const wanted = apiVersionOf(resource);
  if (wanted === resource.storageVersion) return stored.text;
  return JSON.stringify(context.machinery.convert(stored.copy(), wanted));
}

/** The object in the version that was asked for; shared with other readers. */
export function objectIn(context: EndpointContext, resource: ResourceInfo, stored: StoredObject): KubeObject {
  const wanted = apiVersionOf(resource);
  return wanted === resource.storageVersion
    ? stored.object
    : context.machinery.convert(stored.copy(), wanted);
}

export const partialMetadata = ({ metadata }: KubeObject) => ({
  kind: 'PartialObjectMetadata',
  apiVersion: 'meta.k8s.io/v1',
  metadata,
});

export function tableOptions(context: EndpointContext, query: URLSearchParams): TableOptions {
  const includeObject = query.get('includeObject') || 'Metadata';
  if (includeObject !== 'None' && includeObject !== 'Metadata' && includeObject !== 'Object') {
    throw badRequest(`unrecognized includeObject value: ${JSON.stringify(includeObject)}`);
  }
  return { includeObject, nowMs: context.clock.now(), noHeaders: false };
}

/** One object as the client accepts it. */
export function presentObject(
  context: EndpointContext,
  request: ApiRequest,
  resource: ResourceInfo,
  stored: StoredObject,
  status: number,
): Reply {
  const accepted = acceptedBy(request);
  switch (accepted.as) {
    case 'object':
      if (accepted.format === 'json') return json(status, objectText(context, resource, stored));
      return presentValue(accepted, objectIn(context, resource, stored), status);
    case 'metadata':
      return presentValue(accepted, partialMetadata(stored.object), status);
    case 'table': {
      const object = objectIn(context, resource, stored);
      const table = context.machinery.toTable(resource, [object], tableOptions(context, request.query));
      return presentValue(accepted, withListMetadata(table, stored.revision), status);
    }
  }
}

/** Any value that is not a stored object (Scale, Status, reviews). */
export function presentValue(accepted: Accepted, value: unknown, status: number): Reply {
  if (accepted.format === 'json') return json(status, value);
  return { status, contentType: mediaTypes.yaml, body: stringify(value) };
}

export interface ListParts {
  readonly objects: readonly StoredObject[];
  readonly revision: number;
  readonly continueToken?: string;
  readonly remainingItemCount?: number;
}

function listMetadata({ revision, continueToken, remainingItemCount }: Omit<ListParts, 'objects'>) {
  return {
    resourceVersion: String(revision),
    ...(continueToken === undefined ? {} : { continue: continueToken }),
    ...(remainingItemCount === undefined ? {} : { remainingItemCount }),
  };
}

const withListMetadata = (table: Record<string, unknown>, revision: number) => ({
  ...table,
  metadata: { resourceVersion: String(revision) },
});

/** A list: for JSON a join of the objects' texts, so that nothing is parsed. */
export function presentList(
  context: EndpointContext,
  request: ApiRequest,
  resource: ResourceInfo,
  list: ListParts,
): Reply {
  const accepted = acceptedBy(request);
  const metadata = listMetadata(list);
  if (accepted.as === 'table') {
    const objects = list.objects.map((stored) => objectIn(context, resource, stored));
    const table = context.machinery.toTable(resource, objects, tableOptions(context, request.query));
    return presentValue(accepted, { ...table, metadata }, 200);
  }
  if (accepted.as === 'metadata') {
    const items = list.objects.map(({ object }) => partialMetadata(object));
    const kind = 'PartialObjectMetadataList';
    return presentValue(accepted, { kind, apiVersion: 'meta.k8s.io/v1', metadata, items }, 200);
  }
  const head = { kind: resource.listKind, apiVersion: apiVersionOf(resource), metadata };
  if (accepted.format === 'yaml') {
    const items = list.objects.map((stored) => objectIn(context, resource, stored));
    return presentValue(accepted, { ...head, items }, 200);
  }
  const texts = list.objects.map((stored) => objectText(context, resource, stored));
  const body = joinItems(`${JSON.stringify(head).slice(0, -1)},"items":[`, texts, ']}');
  return { status: 200, contentType: mediaTypes.json, body };
}

/** Each text is encoded right into its place: joined first, megabytes would be copied thrice and go through the heap. */
function joinItems(before: string, texts: readonly string[], after: string): Buffer {
  let size = Buffer.byteLength(before) + Buffer.byteLength(after);
  for (const text of texts) size += Buffer.byteLength(text) + 1;
  const joined = Buffer.allocUnsafe(size);
  let end = joined.write(before);
  for (const [index, text] of texts.entries()) {
    if (index > 0) end += joined.write(',', end);
    end += joined.write(text, end);
  }
  end += joined.write(after, end);
  return joined.subarray(0, end);
}
