import type { GroupVersionResource, RestClient } from '../../client/index.ts';

export interface DiscoveredResource extends GroupVersionResource {
  readonly kind: string;
  readonly namespaced: boolean;
}

interface ResourceListDocument {
  readonly resources: readonly {
    readonly name: string;
    readonly kind: string;
    readonly namespaced: boolean;
    readonly verbs: readonly string[];
  }[];
}

interface GroupListDocument {
  readonly groups: readonly {
    readonly name: string;
    readonly preferredVersion: { readonly version: string };
  }[];
}

/** Resources the server can list, watch and delete, in their preferred versions. */
export async function discoverDeletable(rest: RestClient): Promise<readonly DiscoveredResource[]> {
  const { groups } = await rest.request<GroupListDocument>('GET', '/apis');
  const versions = [
    { group: '', version: 'v1', path: '/api/v1' },
    ...groups.map(({ name, preferredVersion: { version } }) => ({
      group: name,
      version,
      path: `/apis/${name}/${version}`,
    })),
  ];
  const lists = await Promise.all(
    versions.map(async ({ group, version, path }) => {
      const { resources } = await rest.request<ResourceListDocument>('GET', path);
      return resources
        .filter(
          ({ name, verbs }) =>
            !name.includes('/') && ['list', 'watch', 'delete'].every((verb) => verbs.includes(verb)),
        )
        .map(({ name, kind, namespaced }) => ({ group, version, resource: name, kind, namespaced }));
    }),
  );
  return lists.flat();
}
