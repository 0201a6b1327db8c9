import type { ResourceInfo, SubresourceInfo } from '../../api/resources.ts';
import type { Security } from '../security.ts';
import type { Answer, ApiRequest } from '../server/exchange.ts';
import { badRequest, methodNotAllowed, unknownPath } from '../status-errors.ts';
import type { KubeletProxy } from '../streaming/kubelet-proxy.ts';
import { handleApply } from './apply.ts';
import { handleBinding } from './binding.ts';
import { type ComponentProbe, handleComponentStatuses } from './component-status.ts';
import type { EndpointContext } from './context.ts';
import { handleDelete, handleDeleteCollection } from './delete.ts';
import { handleEviction } from './eviction.ts';
import { idleWarning } from './idle-kinds.ts';
import { handlePatch, isApplyPatch } from './patch.ts';
import { handleGet, handleList } from './read.ts';
import { checkListOptions, checkWriteOptions, type OptionsKind } from './request-options.ts';
import { handleReview } from './reviews.ts';
import { handleScale } from './scale.ts';
import { handleToken } from './token.ts';
import { handleWatch } from './watch.ts';
import { handleCreate, handleUpdate } from './write.ts';

const reviewGroups = new Set(['authentication.k8s.io', 'authorization.k8s.io']);

export interface Dispatcher {
  /** Answers a resource request: everything below /api/v1 and /apis/GROUP/VERSION that names a resource. */
  dispatch(request: ApiRequest): Promise<Answer>;
}

const optionsOf: Readonly<Record<string, OptionsKind>> = {
  create: 'CreateOptions',
  update: 'UpdateOptions',
  patch: 'PatchOptions',
};

/** DeleteOptions may stand in the body: delete.ts looks at them. */
function checkOptions({ info, query, headers }: ApiRequest): void {
  if (info.verb === 'list' || info.verb === 'watch') checkListOptions(query, info.verb === 'watch');
  const kind = optionsOf[info.verb];
  if (kind === undefined || info.subresource === 'proxy') return;
  checkWriteOptions(query, kind, isApplyPatch(headers['content-type']));
}

/** From the verb and the resource to the function that does it. */
export function createDispatcher(
  context: EndpointContext,
  security: Security,
  proxy: KubeletProxy,
  probes: readonly ComponentProbe[],
): Dispatcher {
  const byName = new Map<string, ResourceInfo>();
  for (const resource of context.machinery.resources) {
    byName.set(`${resource.group}/${resource.version}/${resource.plural}`, resource);
  }

  async function dispatch(request: ApiRequest): Promise<Answer> {
    const {
      apiGroup,
      apiVersion,
      resource: plural,
      subresource: subName,
      name,
      namespace,
      verb,
    } = request.info;
    const resource = byName.get(`${apiGroup}/${apiVersion}/${plural}`);
    if (resource === undefined) throw unknownPath();
    if (!resource.namespaced && namespace !== '' && plural !== 'namespaces') throw unknownPath();
    checkOptions(request);
    if (subName !== '') {
      const subresource = resource.subresources.find((one) => one.name === subName);
      if (subresource === undefined) throw unknownPath();
      return dispatchSubresource(request, resource, subresource);
    }
    if (!resource.verbs.includes(verb)) throw methodNotAllowed();
    if (reviewGroups.has(apiGroup)) return handleReview(context, security, request, resource);
    if (apiGroup === '' && plural === 'bindings') {
      return handleBinding(context, request, byName.get('/v1/pods')!);
    }
    if (apiGroup === '' && plural === 'componentstatuses') {
      return handleComponentStatuses(context, request, resource, probes);
    }
    if (name === '' && (verb === 'update' || verb === 'patch')) throw methodNotAllowed();
    // All namespaces at once can be listed and watched, and nothing else; one object is always in one of them.
    if (resource.namespaced && namespace === '' && (verb === 'create' || verb === 'deletecollection')) {
      throw methodNotAllowed();
    }
    if (resource.namespaced && namespace === '' && ['get', 'update', 'patch', 'delete'].includes(verb)) {
      throw unknownPath();
    }
    switch (verb) {
      case 'get':
        return handleGet(context, request, resource);
      case 'list':
        return handleList(context, request, resource);
      case 'watch':
        return handleWatch(context, request, resource);
      case 'create': {
        const warning = idleWarning(resource);
        if (warning !== undefined) request.warnings.push(warning);
        return handleCreate(context, request, resource);
      }
      case 'update':
        return handleUpdate(context, request, resource);
      case 'patch':
        return patch(request, resource);
      case 'delete':
        return handleDelete(context, request, resource);
      case 'deletecollection':
        return handleDeleteCollection(context, request, resource);
      default:
        throw methodNotAllowed();
    }
  }

  const patch = (request: ApiRequest, resource: ResourceInfo) =>
    isApplyPatch(request.headers['content-type'])
      ? handleApply(context, request, resource)
      : handlePatch(context, request, resource);

  function dispatchSubresource(
    request: ApiRequest,
    resource: ResourceInfo,
    subresource: SubresourceInfo,
  ): Promise<Answer> {
    const { verb } = request.info;
    // A proxied request may have any method that its target understands.
    if (subresource.name === 'proxy') return proxy.proxyHttp(request, resource);
    if (!subresource.verbs.includes(verb)) throw methodNotAllowed();
    switch (subresource.name) {
      case 'scale':
        return handleScale(context, request, resource, subresource);
      case 'binding':
        return handleBinding(context, request, resource);
      case 'eviction':
        return handleEviction(context, request, resource);
      case 'token':
        return handleToken(context, security, request, resource);
      case 'log':
        return proxy.log(request);
      case 'exec':
      case 'attach':
      case 'portforward':
        // With an Upgrade header the request goes another way: see server/api-server.ts.
        throw badRequest('Upgrade request required');
      default:
        return dispatchPart(request, resource);
    }
  }

  /** status, finalize, approval, ephemeralcontainers, resize: the object itself, of which one part may change. */
  function dispatchPart(request: ApiRequest, resource: ResourceInfo): Promise<Answer> {
    switch (request.info.verb) {
      case 'get':
        return handleGet(context, request, resource);
      case 'update':
        return handleUpdate(context, request, resource);
      case 'patch':
        return patch(request, resource);
      default:
        throw methodNotAllowed();
    }
  }

  return { dispatch };
}
