/**
 * Discovery answers: the plain documents of /api, /apis and /apis/GROUP/VERSION, and the aggregated ones kubectl 1.27+ asks
 * for. Models staging/src/k8s.io/apiserver/pkg/endpoints/discovery.
 */
import type { SubresourceInfo } from './resource-rows.ts';
import type { ResourceInfo } from './resource-table.ts';
import { formatApiVersion } from './resources.ts';
import type {
  APIGroup,
  APIGroupList,
  APIResource,
  APIResourceList,
  APIVersions,
  GroupVersionForDiscovery,
} from './types/meta-v1.ts';

/** GET /api. `serverAddress` is host:port, as --advertise-address gives it. */
export function apiVersions(serverAddress: string): APIVersions {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
  };
}

/** GET /apis, of the resources that are served. */
export function apiGroupList(served: readonly ResourceInfo[]): APIGroupList {
  const names = unique(served.map((r) => r.group)).filter((group) => group !== '');
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: names.map((name) => groupOf(served, name)),
  };
}

/** GET /apis/GROUP; undefined when nothing of it is served. */
export function apiGroup(served: readonly ResourceInfo[], name: string): APIGroup | undefined {
  if (name === '' || !served.some((r) => r.group === name)) return undefined;
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(served, name) };
}

function groupOf(served: readonly ResourceInfo[], name: string): APIGroup {
  const versions: GroupVersionForDiscovery[] = versionsOf(served, name).map((version) => ({
    groupVersion: formatApiVersion(name, version),
    version,
  }));
  return { name, versions, preferredVersion: versions[0]! };
}

/** GET /api/v1 and /apis/GROUP/VERSION; undefined when nothing of it is served. */
export function apiResourceList(
  served: readonly ResourceInfo[],
  group: string,
  version: string,
): APIResourceList | undefined {
  const rows = inVersion(served, group, version);
  if (rows.length === 0) return undefined;
  return {
    kind: 'APIResourceList',
    ...(group === '' ? {} : { apiVersion: 'v1' }),
    groupVersion: formatApiVersion(group, version),
    resources: rows.flatMap((r) => [plainResource(r), ...r.subresources.map((s) => plainSubresource(r, s))]),
  };
}

function plainResource(r: ResourceInfo): APIResource {
  return {
    name: r.plural,
    singularName: r.singular,
    namespaced: r.namespaced,
    kind: r.kind,
    verbs: [...r.verbs],
    ...(r.shortNames.length > 0 ? { shortNames: [...r.shortNames] } : {}),
    ...(r.categories.length > 0 ? { categories: [...r.categories] } : {}),
  };
}

function plainSubresource(r: ResourceInfo, s: SubresourceInfo): APIResource {
  return {
    name: `${r.plural}/${s.name}`,
    singularName: '',
    namespaced: r.namespaced,
    ...(s.group === undefined ? {} : { group: s.group, version: s.version ?? '' }),
    kind: s.kind,
    verbs: [...s.verbs],
  };
}

interface ResponseKind {
  group: string;
  version: string;
  kind: string;
}

export interface APIGroupDiscoveryList {
  kind: 'APIGroupDiscoveryList';
  apiVersion: `apidiscovery.k8s.io/${'v2' | 'v2beta1'}`;
  metadata: Record<string, never>;
  items: {
    metadata: { name?: string; creationTimestamp: null };
    versions: { version: string; freshness: 'Current'; resources: APIResourceDiscovery[] }[];
  }[];
}

export interface APIResourceDiscovery {
  resource: string;
  responseKind: ResponseKind;
  scope: 'Namespaced' | 'Cluster';
  singularResource: string;
  verbs: string[];
  shortNames?: string[];
  categories?: string[];
  subresources?: { subresource: string; responseKind: ResponseKind; verbs: string[] }[];
}

/**
 * GET /api (core) or /apis (the others) with Accept `application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList`.
 * The two versions differ in their name only.
 */
export function aggregatedDiscovery(
  served: readonly ResourceInfo[],
  path: '/api' | '/apis',
  version: 'v2' | 'v2beta1',
): APIGroupDiscoveryList {
  const names = unique(served.map((r) => r.group)).filter((group) => (group === '') === (path === '/api'));
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: names.map((name) => ({
      metadata: { ...(name === '' ? {} : { name }), creationTimestamp: null },
      versions: versionsOf(served, name).map((v) => ({
        version: v,
        freshness: 'Current',
        resources: inVersion(served, name, v).map(aggregatedResource),
      })),
    })),
  };
}

function aggregatedResource(r: ResourceInfo): APIResourceDiscovery {
  return {
    resource: r.plural,
    responseKind: { group: r.group, version: r.version, kind: r.kind },
    scope: r.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: r.singular,
    verbs: [...r.verbs],
    ...(r.shortNames.length > 0 ? { shortNames: [...r.shortNames] } : {}),
    ...(r.categories.length > 0 ? { categories: [...r.categories] } : {}),
    ...(r.subresources.length > 0
      ? {
          subresources: r.subresources.map((s) => ({
            subresource: s.name,
            responseKind: { group: s.group ?? r.group, version: s.version ?? r.version, kind: s.kind },
            verbs: [...s.verbs],
          })),
        }
      : {}),
  };
}

function inVersion(served: readonly ResourceInfo[], group: string, version: string): ResourceInfo[] {
  return served.filter((r) => r.group === group && r.version === version);
}

function versionsOf(served: readonly ResourceInfo[], group: string): string[] {
  return unique(served.filter((r) => r.group === group).map((r) => r.version));
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
