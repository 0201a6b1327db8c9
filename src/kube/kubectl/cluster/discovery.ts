import type { APIGroupDiscoveryList } from '../../api/discovery.ts';
import type { RestClient } from '../../client/rest-client.ts';
import { KubectlError } from '../cli/errors.ts';

/** A resource as the server offers it. */
export interface Resource {
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  /** The plural, as in paths. */
  readonly resource: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly string[];
  /** Is this the version that its group prefers? */
  readonly preferred: boolean;
}

const accept = ['v2', 'v2beta1']
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .concat('application/json')
  .join(',');

/** What the server offers, in its order. */
export async function discover(rest: RestClient): Promise<Discovery> {
  const [core, groups] = await Promise.all(
    ['/api', '/apis'].map((path) => rest.request<APIGroupDiscoveryList>('GET', path, { accept })),
  );
  return new Discovery([...resourcesOf(core!), ...resourcesOf(groups!)]);
}

function resourcesOf(list: APIGroupDiscoveryList): Resource[] {
  if (list.kind !== 'APIGroupDiscoveryList')
    throw new KubectlError('the server has no aggregated discovery: it is older than Kubernetes 1.27');
  return list.items.flatMap((group) =>
    group.versions.flatMap(({ version, resources }, index) =>
      (resources ?? []).map((r) => ({
        group: group.metadata.name ?? '',
        version,
        resource: r.resource,
        singular: r.singularResource || r.responseKind.kind.toLowerCase(),
        kind: r.responseKind.kind,
        namespaced: r.scope === 'Namespaced',
        verbs: r.verbs,
        shortNames: r.shortNames ?? [],
        categories: r.categories ?? [],
        subresources: (r.subresources ?? []).map((s) => s.subresource),
        preferred: index === 0,
      })),
    ),
  );
}

export class Discovery {
  readonly resources: readonly Resource[];

  constructor(resources: readonly Resource[]) {
    this.resources = resources;
  }

  /** By what a person types: `po`, `pod`, `Pods`, `deployments.apps`, `deployments.v1.apps`. Throws when there is none. */
  find(word: string): Resource {
    const found = this.findOrUndefined(word);
    if (found === undefined)
      throw new KubectlError(`the server doesn't have a resource type ${JSON.stringify(word)}`);
    return found;
  }

  findOrUndefined(word: string): Resource | undefined {
    const lower = word.toLowerCase();
    const byName = (name: string) => (r: Resource) =>
      r.resource === name ||
      r.singular === name ||
      r.shortNames.includes(name) ||
      r.kind.toLowerCase() === name;
    const usable = this.resources.filter(
      (r) => r.verbs.includes('get') || r.verbs.includes('list') || r.verbs.includes('create'),
    );
    const plain = usable.filter(byName(lower));
    const found = plain.find((r) => r.preferred) ?? plain[0];
    if (found !== undefined) return found;
    const [name, ...rest] = lower.split('.');
    if (name === undefined || rest.length === 0) return undefined;
    const candidates = usable.filter(byName(name));
    const group = rest.join('.');
    return (
      candidates.find(
        (r) => `${r.version}.${r.group}` === group || (r.group === '' && r.version === group),
      ) ??
      candidates.find((r) => r.group === group) ??
      candidates.find((r) => r.group.startsWith(`${group}.`))
    );
  }

  /** The members of a category such as `all`. */
  category(name: string): Resource[] {
    return this.resources.filter((r) => r.preferred && r.categories.includes(name));
  }

  forKind(apiVersion: string, kind: string): Resource | undefined {
    return this.resources.find((r) => apiVersionOf(r) === apiVersion && r.kind === kind);
  }
}

export function apiVersionOf(resource: { readonly group: string; readonly version: string }): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** `pod`, `deployment.apps`: how `-o name` and messages of writing commands call it. */
export function singularName(resource: Resource): string {
  return resource.group === '' ? resource.singular : `${resource.singular}.${resource.group}`;
}

/** `pods`, `deployments.apps`. */
export function qualifiedName(resource: Resource): string {
  return resource.group === '' ? resource.resource : `${resource.resource}.${resource.group}`;
}
