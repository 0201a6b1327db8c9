import { isDeepStrictEqual } from 'node:util';
import type { ResourceInfo } from '../../api/resources.ts';
import { apiTime } from '../../api/time.ts';
import type { KubeObject } from '../request.ts';
import { badRequest, conflict, invalid, modified } from '../status-errors.ts';
import { generateName, type NameSource } from './names.ts';
import { part } from './strategy.ts';

/** The group and plural name, as errors name a resource. */
export const groupResource = (resource: ResourceInfo) => ({
  group: resource.group,
  resource: resource.plural,
});

/** The name and namespace in the body must be those of the URL. Models pkg/endpoints/handlers/rest.go checkName. */
export function checkAgainstUrl(
  resource: ResourceInfo,
  object: KubeObject,
  namespace: string,
  name: string | undefined,
): void {
  object.metadata ??= {};
  const { metadata } = object;
  if (resource.namespaced) {
    if (metadata.namespace === undefined || metadata.namespace === '') metadata.namespace = namespace;
    else if (metadata.namespace !== namespace) {
      throw badRequest(
        'the namespace of the provided object does not match the namespace sent on the request',
      );
    }
  } else delete metadata.namespace;
  if (name === undefined) return;
  if (metadata.name === undefined || metadata.name === '') {
    throw badRequest('name must be provided');
  }
  if (metadata.name !== name) {
    throw badRequest(
      `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
    );
  }
}

/** System fields of a new object. Models registry/rest/create.go BeforeCreate. */
export function fillNewMetadata(
  resource: ResourceInfo,
  object: KubeObject,
  names: NameSource,
  nowMs: number,
): void {
  const { metadata } = object;
  if ((metadata.name ?? '') === '') {
    if ((metadata.generateName ?? '') === '') {
      throw invalid(resource.group, resource.kind, '', [
        {
          reason: 'FieldValueRequired',
          field: 'metadata.name',
          message: 'Required value: name or generateName is required',
        },
      ]);
    }
    metadata.name = generateName(metadata.generateName!, names);
  }
  metadata.uid = names.uid();
  metadata.creationTimestamp = apiTime(nowMs);
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.resourceVersion;
  dropUnstored(object);
  if (resource.hasGeneration) metadata.generation = 1;
  else delete metadata.generation;
  if (resource.statusSubresource) resetStatusOnCreate(resource, object);
}

/** selfLink has been gone since 1.20. managedFields are the server's to write: see field-managers.ts. */
function dropUnstored(object: KubeObject): void {
  delete object.metadata.managedFields;
  delete object.metadata.selfLink;
}

/** Status is the controllers' word; who creates an object has none. Nodes are the exception: kubelets bring theirs. */
function resetStatusOnCreate(resource: ResourceInfo, object: KubeObject): void {
  if (resource.group === '' && resource.plural === 'nodes') return;
  delete object.status;
}

export interface UpdateRules {
  readonly resource: ResourceInfo;
  readonly subresource: string;
}

/**
 * What an update may not change, and what it counts. `object` is the new state, changed in place; gives it back, or for
 * /status the old object with the new status. Models registry/rest/update.go BeforeUpdate.
 */
export function applyUpdateRules(rules: UpdateRules, object: KubeObject, old: KubeObject): KubeObject {
  const { resource } = rules;
  const of = groupResource(resource);
  const name = old.metadata.name ?? '';
  const { metadata } = object;
  if ((metadata.uid ?? '') !== '' && metadata.uid !== old.metadata.uid) {
    throw conflict(
      of,
      name,
      `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${old.metadata.uid}`,
    );
  }
  const version = metadata.resourceVersion ?? '';
  if (version === '' || version === '0') {
    if (!resource.allowUnconditionalUpdate) {
      throw invalid(resource.group, resource.kind, name, [
        {
          reason: 'FieldValueInvalid',
          field: 'metadata.resourceVersion',
          message: 'Invalid value: 0: must be specified for an update',
        },
      ]);
    }
  } else if (version !== old.metadata.resourceVersion) throw modified(of, name);

  dropUnstored(object);
  for (const field of [
    'uid',
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
    'generation',
    'managedFields',
  ])
    copyField(metadata, old.metadata, field);
  checkNewFinalizers(resource, object, old);

  const result = narrow(rules, object, old);

  if (resource.hasGeneration && !isDeepStrictEqual(withoutStatus(result), withoutStatus(old))) {
    result.metadata.generation = (old.metadata.generation ?? 0) + 1;
  }
  return result;
}

/** Each subresource writes its own part; the object itself writes everything but the status. */
function narrow({ resource, subresource }: UpdateRules, object: KubeObject, old: KubeObject): KubeObject {
  const { metadata } = object;
  switch (subresource) {
    case 'status':
    case 'approval': {
      const result: KubeObject = { ...old, metadata };
      copyField(result, object, 'status');
      return result;
    }
    case 'finalize':
    case 'resize':
    case 'scale':
      return { ...old, metadata, spec: object.spec };
    case 'ephemeralcontainers': {
      const { ephemeralContainers } = part(object, 'spec');
      return { ...old, spec: { ...part(old, 'spec'), ephemeralContainers } };
    }
    case 'binding':
      return object;
    default:
      if (resource.statusSubresource) copyField(object, old, 'status');
      return object;
  }
}

function copyField(target: Record<string, unknown>, source: Record<string, unknown>, field: string): void {
  if (source[field] === undefined) delete target[field];
  else target[field] = source[field];
}

function withoutStatus({ status: _status, metadata: _metadata, ...rest }: KubeObject): unknown {
  return rest;
}

function checkNewFinalizers(resource: ResourceInfo, object: KubeObject, old: KubeObject): void {
  if (old.metadata.deletionTimestamp === undefined) return;
  const before = new Set(old.metadata.finalizers ?? []);
  const added = (object.metadata.finalizers ?? []).filter((finalizer) => !before.has(finalizer));
  if (added.length === 0) return;
  const list = added.map((finalizer) => JSON.stringify(finalizer)).join(', ');
  throw invalid(resource.group, resource.kind, old.metadata.name ?? '', [
    {
      reason: 'FieldValueForbidden',
      field: 'metadata.finalizers',
      message: `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`,
    },
  ]);
}
