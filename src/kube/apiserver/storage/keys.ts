import type { ResourceInfo } from '../../api/resources.ts';

const tableRoot = '/registry/';

/**
 * Where an object lies in etcd: /registry/<folder>/<namespace>/<name>, or without the namespace for a cluster-scoped
 * kind. The folders are in the resource table; --etcd-prefix replaces /registry.
 */
export interface KeySpace {
  /** `pods` or `services/specs`: what a resource's objects are kept under; '' for what is never stored. */
  folder(resource: ResourceInfo): string;
  /** `/registry/pods/`, or `/registry/pods/default/` with a namespace. */
  prefix(resource: ResourceInfo, namespace: string): string;
  key(resource: ResourceInfo, namespace: string, name: string): string;
  /** A key that belongs to no resource: ranges/serviceips, masterleases/10.240.0.10. */
  other(path: string): string;
  /** The folder of a resource from a key; undefined for any other key. */
  folderOf(key: string): string | undefined;
}

export function createKeySpace(etcdPrefix: string, resources: readonly ResourceInfo[]): KeySpace {
  const root = `/${etcdPrefix.replace(/^\/+|\/+$/g, '')}/`;
  const folder = (resource: ResourceInfo) => resource.keyPrefix.slice(tableRoot.length);
  const folders = new Set(resources.filter(({ keyPrefix }) => keyPrefix !== '').map(folder));
  const prefix = (resource: ResourceInfo, namespace: string) =>
    resource.namespaced && namespace !== ''
      ? `${root}${folder(resource)}/${namespace}/`
      : `${root}${folder(resource)}/`;
  return {
    folder,
    prefix,
    key: (resource, namespace, name) => prefix(resource, namespace) + name,
    other: (path) => root + path,
    folderOf(key) {
      if (!key.startsWith(root)) return undefined;
      const first = key.indexOf('/', root.length);
      if (first < 0) return undefined;
      const one = key.slice(root.length, first);
      if (folders.has(one)) return one;
      const second = key.indexOf('/', first + 1);
      if (second < 0) return undefined;
      const two = key.slice(root.length, second);
      return folders.has(two) ? two : undefined;
    },
  };
}
