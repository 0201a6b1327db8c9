import { isRecord } from '../../../lib/is-record.ts';
import { type Json, type JsonMap, PatchError } from '../../api/patch/json.ts';
import { applyJsonPatch } from '../../api/patch/json-patch.ts';
import { applyMergePatch } from '../../api/patch/merge-patch.ts';
import { applyStrategicMergePatch } from '../../api/patch/strategic-merge.ts';
import type { ResourceInfo } from '../../api/resources.ts';
import { ApiError } from '../api-error.ts';
import { checkAgainstUrl, groupResource } from '../registry/before-write.ts';
import type { KubeObject } from '../request.ts';
import type { Answer, ApiRequest } from '../server/exchange.ts';
import { contentType } from '../server/negotiation.ts';
import { badRequest, notFound, unsupportedMediaType } from '../status-errors.ts';
import { checkFields, checkTypes, repeatedFields } from './body.ts';
import { apiVersionOf, type EndpointContext } from './context.ts';
import { presentObject } from './present.ts';
import { toStorage, writeRequest } from './write.ts';

const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

const known = Object.values(patchTypes);

const typeOf = (header: string | string[] | undefined) =>
  contentType(Array.isArray(header) ? header[0] : header);

export const isApplyPatch = (header: string | string[] | undefined): boolean =>
  typeOf(header) === patchTypes.apply;

/** Turns a state into the next one; throws ApiError when the patch does not fit. */
export type Patcher = (current: KubeObject) => KubeObject;

/**
 * Reads the body of a PATCH of something with this schema (such as apps-v1.Deployment). Server-side apply is another
 * operation: apply.ts.
 */
export async function readPatch(request: ApiRequest, schema: string): Promise<Patcher> {
  const type = typeOf(request.headers['content-type']);
  if (type !== patchTypes.json && type !== patchTypes.merge && type !== patchTypes.strategic) {
    // Apply comes here only for what is no object of its own (scale).
    throw unsupportedMediaType(known.filter((one) => type !== patchTypes.apply || one !== type));
  }
  const body = await request.body();
  let patch: Json;
  try {
    patch = JSON.parse(body.toString('utf8')) as Json;
  } catch (error) {
    throw badRequest(`error decoding patch: ${String(error)}`);
  }
  if (type !== patchTypes.json && !isRecord(patch)) {
    throw badRequest('error decoding patch: an object is required');
  }
  return (current) => {
    const original = current as unknown as JsonMap;
    try {
      if (type === patchTypes.json) return applyJsonPatch(original, patch) as unknown as KubeObject;
      if (type === patchTypes.merge) return applyMergePatch(original, patch) as unknown as KubeObject;
      return applyStrategicMergePatch(original, patch as JsonMap, schema) as unknown as KubeObject;
    } catch (error) {
      if (!(error instanceof PatchError)) throw error;
      if (type !== patchTypes.json) throw badRequest(error.message);
      throw new ApiError(
        422,
        'Invalid',
        `the server rejected our request due to an error in our request: ${error.message}`,
      );
    }
  };
}

/** Models pkg/endpoints/handlers/patch.go. */
export async function handlePatch(
  context: EndpointContext,
  request: ApiRequest,
  resource: ResourceInfo,
): Promise<Answer> {
  const { namespace, name, subresource } = request.info;
  const { machinery } = context;
  const patcher = await readPatch(request, resource.schema);
  const repeated = await repeatedFields(request);
  const { stored } = await context.registry.store(resource).update(namespace, name, {
    ...writeRequest(context, request, resource),
    subresource,
    async transform(current) {
      if (current === undefined) throw notFound(groupResource(resource), name);
      const wanted = apiVersionOf(resource);
      const shown = wanted === resource.storageVersion ? current : machinery.convert(current, wanted);
      const { resourceVersion } = shown.metadata;
      const patched = patcher(shown);
      checkIsSameKind(resource, patched);
      // A patch says what changes; the version is only compared when the patch itself names one.
      patched.metadata.resourceVersion ??= resourceVersion;
      checkAgainstUrl(resource, patched, namespace, name);
      request.warnings.length = 0;
      checkTypes(machinery, patched);
      checkFields(request, machinery, resource, patched, repeated);
      machinery.applyDefaults(patched);
      return toStorage(context, resource, patched);
    },
  });
  return presentObject(context, request, resource, stored, 200);
}

function checkIsSameKind(resource: ResourceInfo, object: KubeObject): void {
  if (!isRecord(object) || !isRecord(object.metadata)) {
    throw new ApiError(422, 'Invalid', 'the patched object has no metadata');
  }
  if (object.kind !== resource.kind || object.apiVersion !== apiVersionOf(resource)) {
    throw badRequest(
      `the patch may not change apiVersion and kind (${apiVersionOf(resource)}, ${resource.kind})`,
    );
  }
}
