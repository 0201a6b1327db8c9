import type { ResourceInfo } from '../../api/resources.ts';
import { checkAgainstUrl } from '../registry/before-write.ts';
import type { WriteRequest } from '../registry/resource-store.ts';
import type { KubeObject } from '../request.ts';
import type { Answer, ApiRequest } from '../server/exchange.ts';
import { attributesOf } from '../server/request-info.ts';
import { forbiddenByAuthorizer, methodNotAllowed } from '../status-errors.ts';
import { checkFields, readObject, repeatedFields } from './body.ts';
import {
  admissionAttributes,
  admit,
  apiVersionOf,
  type EndpointContext,
  mutate,
  throwIfInvalid,
} from './context.ts';
import { updateManagers } from './field-managers.ts';
import { presentObject } from './present.ts';
import { isDryRun } from './request-options.ts';

/**
 * POST to a collection: body → unknown fields → defaults → mutating admission → validation → validating admission → etcd.
 * Models pkg/endpoints/handlers/create.go.
 */
export async function handleCreate(
  context: EndpointContext,
  request: ApiRequest,
  resource: ResourceInfo,
): Promise<Answer> {
  if (request.info.name !== '') throw methodNotAllowed();
  const object = await readBody(context, request, resource);
  checkAgainstUrl(resource, object, request.info.namespace, undefined);
  const inStorage = toStorage(context, resource, object);
  const stored = await context.registry
    .store(resource)
    .create(inStorage, writeRequest(context, request, resource));
  return presentObject(context, request, resource, stored, 201);
}

/** PUT of an object or of its /status. */
export async function handleUpdate(
  context: EndpointContext,
  request: ApiRequest,
  resource: ResourceInfo,
): Promise<Answer> {
  const { namespace, name, subresource } = request.info;
  const object = await readBody(context, request, resource);
  checkAgainstUrl(resource, object, namespace, name);
  const inStorage = toStorage(context, resource, object);
  const { stored, created } = await context.registry.store(resource).update(namespace, name, {
    ...writeRequest(context, request, resource),
    subresource,
    allowCreate: resource.allowCreateOnUpdate && subresource === '',
    async transform(current) {
      if (current === undefined) await authorizeCreation(context, request);
      return structuredClone(inStorage);
    },
  });
  return presentObject(context, request, resource, stored, created ? 201 : 200);
}

async function readBody(
  context: EndpointContext,
  request: ApiRequest,
  resource: ResourceInfo,
): Promise<KubeObject> {
  const object = await readObject(request, context.machinery, {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
  });
  checkFields(request, context.machinery, resource, object, await repeatedFields(request));
  context.machinery.applyDefaults(object);
  return object;
}

export function toStorage(context: EndpointContext, resource: ResourceInfo, object: KubeObject): KubeObject {
  return apiVersionOf(resource) === resource.storageVersion
    ? object
    : context.machinery.convert(object, resource.storageVersion);
}

/** Admission and validation of this request as the store calls them. */
export function writeRequest(
  context: EndpointContext,
  request: ApiRequest,
  resource: ResourceInfo,
): WriteRequest {
  const { machinery } = context;
  const dryRun = isDryRun(request.query);
  const stored = context.registry.store(resource).resource;
  const attributes = (object: KubeObject, old: KubeObject | undefined) =>
    admissionAttributes(request, old === undefined ? 'CREATE' : 'UPDATE', object, old, dryRun);
  return {
    user: request.user,
    dryRun,
    mutate: (object, old) => mutate(context, attributes(object, old)),
    manageFields: updateManagers(context, request, resource),
    async validate(object, old) {
      const problems =
        old === undefined
          ? machinery.validateCreate(stored, object)
          : machinery.validateUpdate(stored, object, old, request.info.subresource);
      throwIfInvalid(resource, object, problems);
      await admit(context, attributes(object, old));
    },
  };
}

/** A PUT or an apply of what is not there creates it: who may update may not always create. */
export async function authorizeCreation(context: EndpointContext, request: ApiRequest): Promise<void> {
  const attributes = attributesOf({ ...request.info, verb: 'create' }, request.user);
  const { decision, reason } = await context.authorizer.authorize(attributes);
  if (decision !== 'allow') throw forbiddenByAuthorizer(attributes, reason);
}
