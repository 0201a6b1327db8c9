import type { Authorizer, UserInfo } from '../request.ts';
import { badRequest, forbiddenByAuthorizer } from '../status-errors.ts';
import type { HttpRequest } from './exchange.ts';

const extraPrefix = 'impersonate-extra-';

/**
 * `kubectl --as`: who may impersonate the user, each group and each extra becomes them for this request. Undefined
 * when the headers are absent; throws 403. Models pkg/endpoints/filters/impersonation.go.
 */
export async function impersonate(
  raw: HttpRequest,
  requestor: UserInfo,
  authorizer: Authorizer,
): Promise<UserInfo | undefined> {
  const username = valuesOf(raw, 'impersonate-user')[0] ?? '';
  const groups = valuesOf(raw, 'impersonate-group');
  const uid = valuesOf(raw, 'impersonate-uid')[0];
  const extra: Record<string, string[]> = {};
  for (const name of Object.keys(raw.headers)) {
    if (!name.startsWith(extraPrefix)) continue;
    extra[decodeURIComponent(name.slice(extraPrefix.length)).toLowerCase()] = valuesOf(raw, name);
  }
  if (username === '') {
    if (groups.length === 0 && uid === undefined && Object.keys(extra).length === 0) return undefined;
    throw badRequest('requested impersonation of groups, uid or extra without impersonating a user');
  }
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(username);
  const wanted: {
    resource: string;
    name: string;
    namespace?: string;
    group?: string;
    subresource?: string;
  }[] = [
    account === null
      ? { resource: 'users', name: username }
      : { resource: 'serviceaccounts', namespace: account[1]!, name: account[2]! },
    ...groups.map((name) => ({ resource: 'groups', name })),
    ...(uid === undefined ? [] : [{ resource: 'uids', name: uid, group: 'authentication.k8s.io' }]),
    ...Object.entries(extra).flatMap(([key, values]) =>
      values.map((name) => ({
        resource: 'userextras',
        subresource: key,
        name,
        group: 'authentication.k8s.io',
      })),
    ),
  ];
  for (const { resource, name, namespace = '', group = '', subresource = '' } of wanted) {
    const attributes = {
      user: requestor,
      verb: 'impersonate',
      isResourceRequest: true,
      apiGroup: group,
      apiVersion: group === '' ? '' : 'v1',
      resource,
      subresource,
      namespace,
      name,
      path: '',
    };
    const { decision, reason } = await authorizer.authorize(attributes);
    if (decision !== 'allow') throw forbiddenByAuthorizer(attributes, reason);
  }
  const all = [...groups];
  if (account !== null && groups.length === 0) {
    all.push('system:serviceaccounts', `system:serviceaccounts:${account[1]}`);
  }
  const anonymous = username === 'system:anonymous';
  const closing = anonymous ? 'system:unauthenticated' : 'system:authenticated';
  if (!all.includes(closing)) all.push(closing);
  return {
    username,
    groups: all,
    ...(uid === undefined ? {} : { uid }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
}

function valuesOf(raw: HttpRequest, name: string): string[] {
  const value = raw.headers[name];
  if (value === undefined) return [];
  // Node joins repeated headers with a comma.
  return (Array.isArray(value) ? value : value.split(',')).map((one) => one.trim());
}
