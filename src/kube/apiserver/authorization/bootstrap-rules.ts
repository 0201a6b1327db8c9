import type { PolicyRule } from '../../api/types/rbac-v1.ts';

/**
 * A short way to write policy rules as data: `allow('get list', 'apps', 'deployments replicasets')`. Words are separated by
 * spaces; `core` stands for the group without a name.
 */
export function allow(verbs: string, groups: string, resources: string, names?: string): PolicyRule {
  const words = (text: string) => text.split(' ');
  return {
    verbs: words(verbs),
    apiGroups: words(groups).map((group) => (group === 'core' ? '' : group)),
    resources: words(resources),
    ...(names !== undefined && { resourceNames: words(names) }),
  };
}

export function allowPaths(verbs: string, paths: string): PolicyRule {
  return { verbs: verbs.split(' '), nonResourceURLs: paths.split(' ') };
}

export const read = 'get list watch';
export const write = 'create delete deletecollection patch update';

/** Nearly every component writes events. */
export const writeEvents = allow('create patch update', 'core events.k8s.io', 'events');
