import type { Pod } from '../../api/types/core-v1.ts';
import type { PolicyRule } from '../../api/types/rbac-v1.ts';
import type { Authorization, Authorizer, ObjectReader, RequestAttributes, UserInfo } from '../request.ts';
import { rulesAllow } from './rules.ts';

const nodeUserPrefix = 'system:node:';

/** The node a kubelet speaks for; undefined for every other user. Both the name and the group must say so. */
export function nodeNameOf(user: UserInfo): string | undefined {
  if (!user.groups.includes('system:nodes') || !user.username.startsWith(nodeUserPrefix)) return undefined;
  return user.username.slice(nodeUserPrefix.length);
}

type Referenced = 'secrets' | 'configmaps' | 'persistentvolumeclaims' | 'serviceaccounts';

/** Names of the objects of a kind that a pod mentions: by volume, by environment, by pull secret. */
export function referencedNames(pod: Pod, resource: Referenced): ReadonlySet<string> {
  const names = new Set<string | undefined>();
  const spec = pod.spec;
  if (resource === 'serviceaccounts') names.add(spec?.serviceAccountName);
  if (resource === 'secrets') for (const reference of spec?.imagePullSecrets ?? []) names.add(reference.name);
  for (const volume of spec?.volumes ?? []) {
    const projected = volume.projected?.sources ?? [];
    if (resource === 'secrets') {
      names.add(volume.secret?.secretName);
      for (const source of projected) names.add(source.secret?.name);
    }
    if (resource === 'configmaps') {
      names.add(volume.configMap?.name);
      for (const source of projected) names.add(source.configMap?.name);
    }
    if (resource === 'persistentvolumeclaims') names.add(volume.persistentVolumeClaim?.claimName);
  }
  const { initContainers = [], containers = [], ephemeralContainers = [] } = spec ?? {};
  for (const container of [...initContainers, ...containers, ...ephemeralContainers]) {
    for (const source of container.envFrom ?? []) {
      names.add(
        resource === 'secrets'
          ? source.secretRef?.name
          : resource === 'configmaps'
            ? source.configMapRef?.name
            : undefined,
      );
    }
    for (const { valueFrom } of container.env ?? []) {
      if (resource === 'secrets') names.add(valueFrom?.secretKeyRef?.name);
      if (resource === 'configmaps') names.add(valueFrom?.configMapKeyRef?.name);
    }
  }
  names.delete(undefined);
  return names as ReadonlySet<string>;
}

const deny = (reason: string): Authorization => ({ decision: 'no-opinion', reason });
const allow: Authorization = { decision: 'allow', reason: '' };

/**
 * A kubelet may read only what the pods on its own node refer to. So a stolen node key does not open every secret of
 * the cluster. Models plugin/pkg/auth/authorizer/node.
 */
export class NodeAuthorizer implements Authorizer {
  readonly #objects: ObjectReader;
  readonly #rules: readonly PolicyRule[];

  constructor(objects: ObjectReader, rules: readonly PolicyRule[]) {
    this.#objects = objects;
    this.#rules = rules;
  }

  async authorize(attributes: RequestAttributes): Promise<Authorization> {
    const node = nodeNameOf(attributes.user);
    if (node === undefined) return deny('');
    if (attributes.isResourceRequest && attributes.apiGroup === '') {
      switch (attributes.resource) {
        case 'secrets':
        case 'configmaps':
          return this.#readReferenced(node, attributes, attributes.resource);
        case 'persistentvolumeclaims':
          if (attributes.subresource === '')
            return this.#readReferenced(node, attributes, attributes.resource);
          break;
        case 'serviceaccounts':
          return this.#serviceAccount(node, attributes);
        case 'nodes':
          return this.#node(node, attributes);
        case 'pods':
          return this.#pod(node, attributes);
      }
    }
    if (
      attributes.isResourceRequest &&
      attributes.apiGroup === 'coordination.k8s.io' &&
      attributes.resource === 'leases'
    ) {
      return this.#lease(node, attributes);
    }
    return this.#byRules(attributes);
  }

  #byRules(attributes: RequestAttributes): Authorization {
    return rulesAllow(this.#rules, attributes) ? allow : deny('');
  }

  /** A kubelet reads its own node only. */
  #node(node: string, attributes: RequestAttributes): Authorization {
    const { verb, name, subresource } = attributes;
    if (['get', 'list', 'watch'].includes(verb) && subresource === '' && name !== node) {
      return deny(`node '${node}' cannot read '${name}', only its own Node object`);
    }
    return this.#byRules(attributes);
  }

  /** A kubelet reads the pods that are bound to its node. */
  async #pod(node: string, attributes: RequestAttributes): Promise<Authorization> {
    const { verb, name, namespace, subresource, fields } = attributes;
    if (subresource !== '') return this.#byRules(attributes);
    if (verb === 'list' || verb === 'watch') {
      if (fields?.['spec.nodeName'] === node) return allow;
      return deny('can only list/watch pods with spec.nodeName field selector');
    }
    if (verb === 'get') {
      const pod = (await this.#objects.get('', 'pods', namespace, name)) as Pod | undefined;
      if (pod?.spec?.nodeName === node) return allow;
      return deny(`no relationship found between node '${node}' and this object`);
    }
    return this.#byRules(attributes);
  }

  async #readReferenced(
    node: string,
    attributes: RequestAttributes,
    resource: Referenced,
  ): Promise<Authorization> {
    if (!['get', 'list', 'watch'].includes(attributes.verb))
      return deny('can only read resources of this type');
    if (attributes.subresource !== '') return deny('cannot read subresource');
    if (attributes.name === '') return deny(`No Object name found`);
    return this.#referenced(node, attributes, resource);
  }

  async #serviceAccount(node: string, attributes: RequestAttributes): Promise<Authorization> {
    if (attributes.subresource === 'token') {
      if (attributes.verb !== 'create') return deny('only create verb is allowed for service account token');
    } else if (attributes.verb !== 'get' || attributes.subresource !== '') {
      return deny('can only get individual resources of this type');
    }
    return this.#referenced(node, attributes, 'serviceaccounts');
  }

  async #referenced(
    node: string,
    attributes: RequestAttributes,
    resource: Referenced,
  ): Promise<Authorization> {
    const pods = (await this.#objects.list('', 'pods', attributes.namespace)) as readonly Pod[];
    const related = pods.some(
      (pod) => pod.spec?.nodeName === node && referencedNames(pod, resource).has(attributes.name),
    );
    if (related) return allow;
    return deny(`no relationship found between node '${node}' and this object`);
  }

  async #lease(node: string, { verb, namespace, name }: RequestAttributes): Promise<Authorization> {
    if (!['get', 'create', 'update', 'patch', 'delete'].includes(verb)) {
      return deny('can only get, create, update, patch, or delete a node lease');
    }
    if (namespace !== 'kube-node-lease')
      return deny('can only access leases in the "kube-node-lease" system namespace');
    // The name of what is created is not in the URL.
    if (verb !== 'create' && name !== node)
      return deny('can only access node lease with the same name as the requesting node');
    return allow;
  }
}
