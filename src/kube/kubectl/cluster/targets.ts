import type { Session } from '../cli/command.ts';
import { KubectlError } from '../cli/errors.ts';
import type { KubeObject } from './cluster.ts';
import { type Discovery, type Resource, singularName } from './discovery.ts';
import { readManifests } from './manifests.ts';

/** One object that a command is about: by name, or with what a file says of it. */
export interface Target {
  readonly resource: Resource;
  /** undefined for objects outside of namespaces. */
  readonly namespace: string | undefined;
  readonly name: string;
  readonly object?: KubeObject;
  readonly source?: string;
}

/** What the words of a command line name: single objects, or whole resources to be listed. */
export type Selection =
  | { readonly kind: 'named'; readonly targets: readonly Target[] }
  | { readonly kind: 'resources'; readonly resources: readonly Resource[] };

const whatToGive = `You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'`;

/** `pods a b`, `pod/a svc/b`, `pods,services`, `all`. Models cli-runtime pkg/resource Builder.ResourceTypeOrNameArgs. */
export function selectByWords(discovery: Discovery, namespace: string, words: readonly string[]): Selection {
  if (words.length === 0) throw new KubectlError(whatToGive);
  const target = (resource: Resource, name: string): Target => ({
    resource,
    namespace: resource.namespaced ? namespace : undefined,
    name,
  });
  if (words.some((word) => word.includes('/'))) {
    const pairs = words.map((word) => {
      const [type, name, ...rest] = word.split('/');
      if (name === undefined)
        throw new KubectlError(
          `there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'`,
        );
      if (type === '' || name === '' || rest.length > 0)
        throw new KubectlError(`arguments in resource/name form must have a single resource and name`);
      return target(discovery.find(type!), name);
    });
    return { kind: 'named', targets: pairs };
  }
  const [types, ...names] = words;
  const resources = types!
    .split(',')
    .filter((type) => type !== '')
    .flatMap((type) => {
      const category = discovery.findOrUndefined(type) === undefined ? discovery.category(type) : [];
      return category.length > 0 ? category : [discovery.find(type)];
    });
  if (names.length === 0) return { kind: 'resources', resources };
  return {
    kind: 'named',
    targets: resources.flatMap((resource) => names.map((name) => target(resource, name))),
  };
}

export interface TargetFlags {
  readonly filename?: readonly string[];
  readonly recursive?: boolean;
  readonly selector?: string;
  readonly 'field-selector'?: string;
  readonly all?: boolean;
  readonly 'all-namespaces'?: boolean;
}

/** The objects that a writing command is about: from files, by name, or all that a selector finds. */
export async function findTargets(
  session: Session,
  words: readonly string[],
  flags: TargetFlags,
): Promise<Target[]> {
  const cluster = session.cluster();
  const bySelector = Boolean(flags.selector) || Boolean(flags['field-selector']) || flags.all === true;
  if (flags.filename !== undefined && flags.filename.length > 0) return targetsOfFiles(session, flags);
  if (words.length === 0) throw new KubectlError(whatToGive);
  const selection = selectByWords(await cluster.discovery(), cluster.namespace, words);
  if (selection.kind === 'named') {
    if (flags.selector) throw new KubectlError('name cannot be provided when a selector is specified');
    if (flags.all) throw new KubectlError("setting 'all' parameter but found a non empty selector. ");
    return [...selection.targets];
  }
  if (!bySelector) throw new KubectlError('resource(s) were provided, but no name was specified');
  const lists = await Promise.all(
    selection.resources.map(async (resource) => {
      const namespace = flags['all-namespaces'] ? undefined : cluster.namespace;
      const list = await cluster.resource(resource, namespace).list({
        ...(flags.selector && { labelSelector: flags.selector }),
        ...(flags['field-selector'] && { fieldSelector: flags['field-selector'] }),
      });
      return list.items.map((object) =>
        targetOf(resource, object, resource.namespaced ? cluster.namespace : undefined),
      );
    }),
  );
  return lists.flat();
}

export function targetOf(resource: Resource, object: KubeObject, namespace: string | undefined): Target {
  return {
    resource,
    namespace: resource.namespaced ? (object.metadata.namespace ?? namespace) : undefined,
    name: object.metadata.name ?? '',
    object,
  };
}

/** The objects of -f with the resources they belong to. Throws when the server does not know a kind. */
export async function targetsOfFiles(session: Session, flags: TargetFlags): Promise<Target[]> {
  const manifests = await readManifests(session, flags.filename ?? [], flags.recursive);
  const discovery = await session.cluster().discovery();
  return manifests.map(({ object, source }) => {
    const resource = discovery.forKind(object.apiVersion ?? '', object.kind ?? '');
    if (resource === undefined)
      throw new KubectlError(
        `resource mapping not found for name: "${object.metadata.name ?? ''}" namespace: "${object.metadata.namespace ?? ''}" from "${source}": no matches for kind "${object.kind}" in version "${object.apiVersion}"\nensure CRDs are installed first`,
      );
    return {
      ...targetOf(resource, inNamespace(session, resource, object), session.cluster().namespace),
      source,
    };
  });
}

/** -n and the object's own namespace must agree. */
function inNamespace(session: Session, resource: Resource, object: KubeObject): KubeObject {
  if (!resource.namespaced) return object;
  const own = object.metadata.namespace;
  const asked = session.global.namespace;
  if (own !== undefined && asked !== undefined && own !== asked)
    throw new KubectlError(
      `the namespace from the provided object "${own}" does not match the namespace "${asked}". You must pass '--namespace=${own}' to perform this operation.`,
    );
  return { ...object, metadata: { ...object.metadata, namespace: own ?? session.cluster().namespace } };
}

/** `pod/web`, `deployment.apps/web`. */
export const fullName = (target: Pick<Target, 'resource' | 'name'>) =>
  `${singularName(target.resource)}/${target.name}`;

/** One target, its object as the server has it. */
export function fetchTarget<T = KubeObject>(session: Session, target: Target): Promise<T> {
  const cluster = session.cluster();
  return cluster.request<T>('GET', cluster.path(target.resource, target.namespace, target.name));
}
