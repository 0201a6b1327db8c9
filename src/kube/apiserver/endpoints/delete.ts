import { isRecord } from '../../../lib/is-record.ts';
import type { ResourceInfo } from '../../api/resources.ts';
import { ApiError } from '../api-error.ts';
import { groupResource } from '../registry/before-write.ts';
import type { DeleteOptions, PropagationPolicy } from '../registry/deletion.ts';
import { listObjects } from '../registry/selection.ts';
import type { Answer, ApiRequest } from '../server/exchange.ts';
import { json } from '../server/exchange.ts';
import { badRequest, methodNotAllowed } from '../status-errors.ts';
import type { StoredObject } from '../storage/stored-object.ts';
import { readBodyOfKind } from './body.ts';
import { admissionAttributes, admit, type EndpointContext } from './context.ts';
import { presentList, presentObject } from './present.ts';
import { selectorOf } from './read.ts';
import { dryRunProblems, isDryRun, optionsError } from './request-options.ts';

/** DELETE of one object. Models pkg/endpoints/handlers/delete.go. */
export async function handleDelete(
  context: EndpointContext,
  request: ApiRequest,
  resource: ResourceInfo,
): Promise<Answer> {
  const { namespace, name } = request.info;
  const { options, dryRun } = await readDeleteOptions(context, request);
  const { stored, removed } = await deleteOne(context, request, resource, {
    namespace,
    name,
    options,
    dryRun,
  });
  // Pods answer with themselves, the others with who has gone; both carry the uid that `kubectl delete` waits for.
  if (!removed || resource.gracefulDeletionSeconds !== undefined) {
    return presentObject(context, request, resource, stored, 200);
  }
  const { group, resource: kind } = groupResource(resource);
  return json(200, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name, ...(group === '' ? {} : { group }), kind, uid: stored.object.metadata.uid },
  });
}

/** How many objects of a collection are deleted at a time. */
const collectionWorkers = 8;

/** DELETE of a collection: each object that the selectors match; the answer lists them. */
export async function handleDeleteCollection(
  context: EndpointContext,
  request: ApiRequest,
  resource: ResourceInfo,
): Promise<Answer> {
  if (!resource.verbs.includes('deletecollection')) throw methodNotAllowed();
  const { options, dryRun } = await readDeleteOptions(context, request);
  const { registry } = context;
  const list = await listObjects(registry.cacher, registry.store(resource), {
    namespace: request.info.namespace,
    name: request.info.name,
    matches: selectorOf(context, resource, request.query),
    limit: 0,
    continueToken: '',
    resourceVersion: '',
    resourceVersionMatch: '',
  });
  const left = list.objects.values();
  const worker = async () => {
    for (const { object } of left) {
      const { namespace = '', name = '' } = object.metadata;
      try {
        await deleteOne(context, request, resource, { namespace, name, options, dryRun });
      } catch (error) {
        // Somebody else was faster: what we wanted has happened.
        if (!(error instanceof ApiError && error.code === 404)) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: collectionWorkers }, worker));
  return presentList(context, request, resource, list);
}

async function deleteOne(
  context: EndpointContext,
  request: ApiRequest,
  resource: ResourceInfo,
  what: { namespace: string; name: string; options: DeleteOptions; dryRun: boolean },
): Promise<{ stored: StoredObject; removed: boolean }> {
  const { namespace, name, options, dryRun } = what;
  return context.registry.store(resource).delete(namespace, name, options, {
    user: request.user,
    dryRun,
    validate: (object) =>
      admit(context, { ...admissionAttributes(request, 'DELETE', undefined, object, dryRun), name }),
  });
}

const policies: readonly PropagationPolicy[] = ['Background', 'Foreground', 'Orphan'];

/** DeleteOptions from the body, or from the query when there is no body. */
async function readDeleteOptions(
  context: EndpointContext,
  request: ApiRequest,
): Promise<{ options: DeleteOptions; dryRun: boolean }> {
  const { query } = request;
  let fields: Record<string, unknown> = {};
  if ((await request.body()).length > 0) {
    fields = await readBodyOfKind(request, context.machinery, 'DeleteOptions');
  } else {
    const grace = query.get('gracePeriodSeconds');
    const policy = query.get('propagationPolicy');
    if (grace !== null) fields.gracePeriodSeconds = Number(grace);
    if (policy !== null) fields.propagationPolicy = policy;
    if (query.get('orphanDependents') === 'true') fields.orphanDependents = true;
  }
  const { gracePeriodSeconds, orphanDependents, preconditions } = fields;
  if (gracePeriodSeconds !== undefined && !Number.isInteger(gracePeriodSeconds)) {
    throw badRequest('gracePeriodSeconds: Invalid value: must be a whole number');
  }
  const inBody = Array.isArray(fields.dryRun) ? fields.dryRun.map(String) : [];
  const problems = dryRunProblems([...query.getAll('dryRun'), ...inBody]);
  const policy = typeof fields.propagationPolicy === 'string' ? fields.propagationPolicy : '';
  const isPolicy = policies.includes(policy as PropagationPolicy);
  if (policy !== '' && !isPolicy) {
    problems.push({
      reason: 'FieldValueNotSupported',
      field: 'propagationPolicy',
      message: `Unsupported value: ${JSON.stringify(policy)}: supported values: "Foreground", "Background", "Orphan", "nil"`,
    });
  }
  if (policy !== '' && typeof orphanDependents === 'boolean') {
    problems.push({
      reason: 'FieldValueInvalid',
      field: 'propagationPolicy',
      message: `Invalid value: ${JSON.stringify(policy)}: orphanDependents and deletionPropagation cannot be both set`,
    });
  }
  if (problems.length > 0) throw optionsError('DeleteOptions', problems);
  const propagationPolicy = isPolicy
    ? (policy as PropagationPolicy)
    : typeof orphanDependents === 'boolean'
      ? orphanDependents
        ? 'Orphan'
        : 'Background'
      : undefined;
  return {
    dryRun: isDryRun(query) || inBody.includes('All'),
    options: {
      ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: gracePeriodSeconds as number }),
      ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
      ...(isRecord(preconditions) ? { preconditions: preconditions as DeleteOptions['preconditions'] } : {}),
    } as DeleteOptions,
  };
}
