import { isRecord } from '../../../lib/is-record.ts';
import { goJson } from '../../api/go-json.ts';
import { pathsOf, printPath } from '../../api/managed-fields/field-set.ts';
import {
  type Applied,
  ApplyConflictError,
  applyConfiguration,
  beforeFirstApply,
  type Change,
  describeManager,
  type Manager,
  unchangedSince,
} from '../../api/managed-fields/managers.ts';
import type { ResourceInfo } from '../../api/resources.ts';
import { ApiError } from '../api-error.ts';
import { checkAgainstUrl } from '../registry/before-write.ts';
import type { KubeObject } from '../request.ts';
import type { Answer, ApiRequest } from '../server/exchange.ts';
import { badRequest } from '../status-errors.ts';
import { checkTypes, readYaml } from './body.ts';
import { apiVersionOf, type EndpointContext } from './context.ts';
import { changeOf, managerOf, managersIn, setManagers } from './field-managers.ts';
import { presentObject } from './present.ts';
import { isTrue } from './request-options.ts';
import { authorizeCreation, toStorage, writeRequest } from './write.ts';

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * Server-side apply: PATCH with application/apply-patch+yaml. The body is all that its writer wants, and what it wanted
 * before and leaves out now goes. The merge itself is in src/kube/api/managed-fields.
 * Models pkg/endpoints/handlers/patch.go applyPatcher.
 */
export async function handleApply(
  context: EndpointContext,
  request: ApiRequest,
  resource: ResourceInfo,
): Promise<Answer> {
  const { namespace, name, subresource } = request.info;
  const { machinery } = context;
  const config = await readConfiguration(context, request, resource);
  const force = isTrue(request.query.get('force'));
  const store = context.registry.store(resource);
  let managers: readonly Manager[] = [];
  const write = () =>
    store.update(namespace, name, {
      ...writeRequest(context, request, resource),
      subresource,
      allowCreate: subresource === '',
      manageFields: (object) => setManagers(object, managers),
      async transform(current) {
        if (current === undefined) await authorizeCreation(context, request);
        const wanted = apiVersionOf(resource);
        const live =
          current === undefined || wanted === resource.storageVersion
            ? current
            : machinery.convert(current, wanted);
        const result = applied(live);
        managers = result.managers;
        const object = structuredClone(result.object) as KubeObject;
        keepLastApplied(request, object, config);
        object.metadata.resourceVersion ??= live?.metadata.resourceVersion ?? '';
        checkAgainstUrl(resource, object, namespace, name);
        machinery.applyDefaults(object);
        return toStorage(context, resource, object);
      },
    });
  const applied = (live: KubeObject | undefined): Applied => {
    const change = {
      ...changeOf(context, request, resource, 'Apply'),
      live: withoutManagers(live),
      managers: live === undefined ? [] : managersIn(live),
    };
    if (live !== undefined && change.managers.length === 0) change.managers = beforeFirstApply(change);
    return applyOrRefuse(change, config, force);
  };
  let outcome: Awaited<ReturnType<typeof write>>;
  try {
    outcome = await write();
  } catch (error) {
    // Somebody else created it between our look and our write.
    if (!(error instanceof ApiError && error.reason === 'AlreadyExists')) throw error;
    outcome = await write();
  }
  return presentObject(context, request, resource, outcome.stored, outcome.created ? 201 : 200);
}

async function readConfiguration(
  context: EndpointContext,
  request: ApiRequest,
  resource: ResourceInfo,
): Promise<KubeObject> {
  const config = withoutNulls(await readYaml(request)) as KubeObject;
  if (!isRecord(config)) throw badRequest('error decoding patch: an object is required');
  const { machinery } = context;
  const expected = apiVersionOf(resource);
  if (config.apiVersion !== expected) {
    throw badRequest(
      `Incorrect version specified in apply patch. Specified patch version: ${config.apiVersion ?? ''}, expected: ${expected}`,
    );
  }
  if (config.kind !== resource.kind) {
    throw badRequest(
      `Incorrect kind specified in apply patch. Specified patch kind: ${config.kind ?? ''}, expected: ${resource.kind}`,
    );
  }
  config.metadata ??= {};
  checkTypes(machinery, config);
  if ((config.metadata.managedFields ?? []).length > 0) {
    throw badRequest('metadata.managedFields must be nil');
  }
  const [unknown] = machinery.unknownFields(config);
  if (unknown !== undefined) {
    const { namespace, name } = request.info;
    const where = namespace === '' ? name : `${namespace}/${name}`;
    const field = /"(.*)"/.exec(unknown)?.[1] ?? '';
    throw badRequest(
      `failed to create typed patch object (${where}; ${expected}, Kind=${resource.kind}): .${field}: field not declared in schema`,
    );
  }
  machinery.canonicalize(config);
  // The other half of the object is another subresource's.
  if (request.info.subresource === 'status') delete config.spec;
  else if (resource.statusSubresource) delete config.status;
  return config;
}

function applyOrRefuse(change: Change, config: KubeObject, force: boolean): Applied {
  try {
    return applyConfiguration(change, config, force);
  } catch (error) {
    if (!(error instanceof ApplyConflictError)) throw error;
    if (mayTake(change, error)) return applyConfiguration(change, config, true);
    throw applyConflict(error);
  }
}

/**
 * Who used kubectl apply of old may go over to --server-side without force: fields that are still as the annotation says
 * are its own. Models managedfields/internal/lastappliedmanager.go.
 */
function mayTake({ writer, live, place }: Change, { conflicts }: ApplyConflictError): boolean {
  const text = (live as KubeObject | undefined)?.metadata.annotations?.[lastApplied];
  if (writer.manager !== 'kubectl' || text === undefined) return false;
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch {
    return false;
  }
  const own = new Set([...pathsOf(unchangedSince(config, live, place))].map(printPath));
  return conflicts.every(({ field }) => own.has(field));
}

/** Who goes back to kubectl apply of old shall find its annotation as the newest apply left it. */
function keepLastApplied(request: ApiRequest, object: KubeObject, config: KubeObject): void {
  const { annotations } = object.metadata;
  if (managerOf(request) !== 'kubectl' || annotations?.[lastApplied] === undefined) return;
  annotations[lastApplied] = `${goJson(config)}\n`;
}

const applyConflict = ({ message, conflicts }: ApplyConflictError) =>
  new ApiError(409, 'Conflict', message, {
    causes: conflicts.map(({ manager, field }) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${describeManager(manager)}`,
      field,
    })),
  });

function withoutManagers(object: KubeObject | undefined): KubeObject | undefined {
  if (object === undefined) return undefined;
  const { managedFields: _managers, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** A null is a field that was left out, as Go's decoder sees it. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, child]) => (child == null ? [] : [[key, withoutNulls(child)]])),
  );
}
