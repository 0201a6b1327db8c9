import { ApiError } from '../../../src/kube/apiserver/api-error.ts';
import type { KubeObject, ObjectReader, ObjectWriter } from '../../../src/kube/apiserver/request.ts';

/** Objects in memory, by group, resource, namespace and name. */
export function memoryObjects(): ObjectReader &
  ObjectWriter & {
    put(group: string, resource: string, object: unknown): void;
    remove(group: string, resource: string, name: string): void;
    writes: string[];
  } {
  const stored = new Map<string, KubeObject>();
  const writes: string[] = [];
  const key = (...parts: string[]) => parts.join('|');
  return {
    writes,
    put(group, resource, object) {
      const value = object as KubeObject;
      stored.set(key(group, resource, value.metadata.namespace ?? '', value.metadata.name ?? ''), value);
    },
    remove(group, resource, name) {
      for (const entry of stored.keys()) {
        if (entry.startsWith(key(group, resource, '')) && entry.endsWith(`|${name}`)) stored.delete(entry);
      }
    },
    async get(group, resource, namespace, name) {
      return stored.get(key(group, resource, namespace, name));
    },
    async list(group, resource, namespace) {
      return [...stored.entries()]
        .filter(([entry]) =>
          entry.startsWith(key(group, resource, namespace === undefined ? '' : `${namespace}|`)),
        )
        .map(([, object]) => object);
    },
    async create(group, resource, namespace, object) {
      const at = key(group, resource, namespace, object.metadata.name ?? '');
      if (stored.has(at)) throw new ApiError(409, 'AlreadyExists', `${at} already exists`);
      writes.push(`create ${resource} ${object.metadata.name}`);
      stored.set(at, structuredClone(object));
      return object;
    },
    async update(group, resource, namespace, object) {
      writes.push(`update ${resource} ${object.metadata.name}`);
      stored.set(key(group, resource, namespace, object.metadata.name ?? ''), structuredClone(object));
      return object;
    },
  };
}
