/**
 * The data of the Kubernetes API, and what is computed from it alone: no file here does I/O.
 *
 *   types/          TypeScript interfaces (generated): import the type and nothing is loaded at run time
 *   generated/      schemas and descriptions (generated): loaded by validation/ and openapi/ only
 *   resource-table.ts, resources.ts, discovery.ts   what resources there are, where they are stored, how clients find them
 *
 * A write travels: bytes → protobuf/ or JSON → defaults/ → validation/ → storage; a patch goes through patch/ first; a
 * `kubectl get` comes back through tables/; `kubectl explain` reads openapi/. kube-apiserver strings these together.
 */
import { type ResourceInfo, resources } from './resource-table.ts';

export type { SubresourceInfo } from './resource-rows.ts';
export type { ResourceInfo } from './resource-table.ts';
export { resources } from './resource-table.ts';

const byKind = new Map(resources.map((r) => [`${r.group}/${r.version}/${r.kind}`, r]));

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export function findKind(gvk: GroupVersionKind): ResourceInfo | undefined {
  return byKind.get(`${gvk.group}/${gvk.version}/${gvk.kind}`);
}

/** `v1` is the core group; `apps/v1` is apps. */
export function parseApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/');
  if (slash < 0) return { group: '', version: apiVersion };
  return { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

export function formatApiVersion(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}

export function gvkOf(object: { apiVersion?: string; kind?: string }): GroupVersionKind {
  return { ...parseApiVersion(object.apiVersion ?? ''), kind: object.kind ?? '' };
}

export interface RestLocation {
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
}

/** The URL path of a resource: /api/v1/namespaces/default/pods/web/log. */
export function resourcePath(
  resource: Pick<ResourceInfo, 'group' | 'version' | 'plural' | 'namespaced'>,
  location: RestLocation = {},
): string {
  const root =
    resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const scope =
    resource.namespaced && location.namespace !== undefined && location.namespace !== ''
      ? `/namespaces/${location.namespace}`
      : '';
  const name = location.name === undefined ? '' : `/${location.name}`;
  const subresource = location.subresource === undefined ? '' : `/${location.subresource}`;
  return `${root}${scope}/${resource.plural}${name}${subresource}`;
}
