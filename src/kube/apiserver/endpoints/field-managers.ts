import {
  type Change,
  decodeManagers,
  encodeManagers,
  type Manager,
  trackUpdate,
} from '../../api/managed-fields/managers.ts';
import { rootPlace } from '../../api/managed-fields/shape.ts';
import type { ResourceInfo } from '../../api/resources.ts';
import { apiTime } from '../../api/time.ts';
import type { ManagedFieldsEntry } from '../../api/types/meta-v1.ts';
import type { WriteRequest } from '../registry/resource-store.ts';
import type { KubeObject } from '../request.ts';
import type { ApiRequest } from '../server/exchange.ts';
import { apiVersionOf, type EndpointContext } from './context.ts';

const maximumLength = 128;

/** ?fieldManager=, or the program's name from the User-Agent. */
export function managerOf({ query, headers }: ApiRequest): string {
  const name = query.get('fieldManager') ?? '';
  if (name !== '') return name;
  const agent = headers['user-agent'];
  const program = String(agent ?? '').split('/')[0]!;
  return program.replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, '').slice(0, maximumLength) || 'unknown';
}

/** All of a change but what is written. */
export function changeOf(
  context: EndpointContext,
  request: ApiRequest,
  resource: ResourceInfo,
  operation: 'Apply' | 'Update',
): Omit<Change, 'live' | 'managers'> {
  const { subresource } = request.info;
  return {
    place: rootPlace(resource.schema),
    writer: { manager: managerOf(request), operation, apiVersion: apiVersionOf(resource), subresource },
    now: apiTime(context.clock.now()),
  };
}

/**
 * Writes down what an update took from whom. Nothing is written down before the first apply of an object: most objects
 * never see one, and their writes shall not pay for it. Models managedfields/internal/skipnonapplied.go.
 */
export function updateManagers(
  context: EndpointContext,
  request: ApiRequest,
  resource: ResourceInfo,
): NonNullable<WriteRequest['manageFields']> {
  return (object, old, sent) => {
    if (old === undefined) return;
    const managers = managersToStart(old, request.info.subresource === '' ? sent : undefined);
    if (managers.length === 0) {
      delete object.metadata.managedFields;
      return;
    }
    const change = { ...changeOf(context, request, resource, 'Update'), live: old, managers };
    setManagers(object, trackUpdate(change, object));
  };
}

/** Those the writer sent, for it may set them right; else those that are stored. One empty entry forgets all. */
function managersToStart(old: KubeObject, sent: ManagedFieldsEntry[] | undefined): readonly Manager[] {
  const isReset = sent !== undefined && (sent.length === 0 || isBlank(sent));
  if (isReset) return [];
  const given = sent === undefined ? undefined : decodeManagers(sent);
  return given ?? managersIn(old);
}

const isBlank = (sent: readonly ManagedFieldsEntry[]) =>
  sent.length === 1 && Object.keys(sent[0] ?? {}).length === 0;

export const managersIn = ({ metadata }: KubeObject): readonly Manager[] =>
  decodeManagers(metadata.managedFields ?? []) ?? [];

export function setManagers(object: KubeObject, managers: readonly Manager[]): void {
  if (managers.length === 0) delete object.metadata.managedFields;
  else object.metadata.managedFields = encodeManagers(managers);
}
