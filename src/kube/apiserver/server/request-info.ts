import type { RequestAttributes, UserInfo } from '../request.ts';

/** What a method and a path ask for. Models staging/src/k8s.io/apiserver/pkg/endpoints/request/requestinfo.go. */
export type RequestInfo = Omit<RequestAttributes, 'user'>;

const resourceVerbs: Readonly<Record<string, string>> = {
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

const namespaceSubresources = new Set(['status', 'finalize']);

export function parseRequestInfo(method: string, path: string, query: URLSearchParams): RequestInfo {
  const parts = path.split('/').filter((part) => part !== '');
  const plain: RequestInfo = {
    verb: method.toLowerCase(),
    isResourceRequest: false,
    apiGroup: '',
    apiVersion: '',
    resource: '',
    subresource: '',
    namespace: '',
    name: '',
    path,
  };
  const isCore = parts[0] === 'api';
  if (!isCore && parts[0] !== 'apis') return plain;
  // /api/v1/RESOURCE or /apis/GROUP/VERSION/RESOURCE: anything shorter is discovery.
  if (parts.length < (isCore ? 3 : 4)) return plain;
  const apiGroup = isCore ? '' : parts[1]!;
  const apiVersion = isCore ? parts[1]! : parts[2]!;
  let rest = parts.slice(isCore ? 2 : 3).map(decodeURIComponent);

  let verb = resourceVerbs[method] ?? method.toLowerCase();
  if (rest[0] === 'watch' && rest.length > 1) {
    verb = 'watch';
    rest = rest.slice(1);
  }
  let namespace = '';
  if (rest[0] === 'namespaces' && rest.length > 1) {
    namespace = rest[1]!;
    if (rest.length > 2 && !namespaceSubresources.has(rest[2]!)) rest = rest.slice(2);
  }
  const [resource = '', pathName = '', subresource = ''] = rest;
  let name = pathName;
  if (name === '' && verb === 'get') {
    const watch = query.get('watch');
    verb = watch !== null && watch !== 'false' && watch !== '0' ? 'watch' : 'list';
  }
  if (name === '' && verb === 'delete') verb = 'deletecollection';
  let fields: Readonly<Record<string, string>> | undefined;
  if (name === '' && ['list', 'watch', 'deletecollection'].includes(verb)) {
    fields = fieldsOf(query.get('fieldSelector') ?? '');
    // A list of the one object with this name: so that who may see only some objects can list them.
    name = fields?.['metadata.name'] ?? '';
  }
  return {
    verb,
    isResourceRequest: true,
    apiGroup,
    apiVersion,
    resource,
    subresource,
    namespace,
    name,
    path,
    ...(fields === undefined ? {} : { fields }),
  };
}

/** The terms `field=value` of a field selector; undefined when there are none. */
function fieldsOf(selector: string): Readonly<Record<string, string>> | undefined {
  if (selector === '') return undefined;
  const terms = selector.split(',').flatMap((term) => {
    const match = /^([^=!]+)==?([^=].*)$/.exec(term.trim());
    return match === null ? [] : [[match[1]!, match[2]!] as const];
  });
  return terms.length === 0 ? undefined : Object.fromEntries(terms);
}

export const attributesOf = (info: RequestInfo, user: UserInfo): RequestAttributes => ({ ...info, user });

const streamingSubresources = new Set(['exec', 'attach', 'portforward', 'proxy', 'log']);

/** Requests that last: not counted as in flight, and not hurried by a timeout. */
export function isLongRunning(info: RequestInfo): boolean {
  return info.verb === 'watch' || streamingSubresources.has(info.subresource);
}
