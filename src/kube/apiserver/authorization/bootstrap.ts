import { isDeepStrictEqual } from 'node:util';
import { ApiError } from '../api-error.ts';
import type { KubeObject, ObjectReader, ObjectWriter } from '../request.ts';
import { controllerRoles, namespacedRoles } from './bootstrap-controller-roles.ts';
import { type BootstrapSubject, bootstrapBindings, bootstrapRoles } from './bootstrap-roles.ts';

const group = 'rbac.authorization.k8s.io';
const apiVersion = `${group}/v1`;
const autoupdate = 'rbac.authorization.kubernetes.io/autoupdate';

const metadata = (name: string, more: { namespace?: string; labels?: Record<string, string> } = {}) => ({
  name,
  ...(more.namespace && { namespace: more.namespace }),
  labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...more.labels },
  annotations: { [autoupdate]: 'true' },
});

const aggregationLabel = (role: string) => ({ [`rbac.authorization.k8s.io/aggregate-to-${role}`]: 'true' });

function subject([kind, ...rest]: BootstrapSubject) {
  return kind === 'ServiceAccount'
    ? { kind, namespace: rest[0]!, name: rest[1]! }
    : { kind, apiGroup: group, name: rest[0]! };
}

const roleRef = (kind: string, name: string) => ({ apiGroup: group, kind, name });

function clusterRoles(): KubeObject[] {
  const named = Object.entries(bootstrapRoles).map(([name, role]) => ({
    apiVersion,
    kind: 'ClusterRole',
    metadata: metadata(name, role.aggregatedTo ? { labels: aggregationLabel(role.aggregatedTo) } : {}),
    ...(role.aggregates && {
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: aggregationLabel(role.aggregates) }] },
    }),
    rules: role.aggregates ? aggregatedRules(role.aggregates) : [...(role.rules ?? [])],
  }));
  const controllers = Object.entries(controllerRoles).map(([name, rules]) => ({
    apiVersion,
    kind: 'ClusterRole',
    metadata: metadata(`system:controller:${name}`),
    rules: [...rules],
  }));
  return [...named, ...controllers];
}

/** The rules an aggregate begins with; afterwards a controller keeps it in step with its parts. */
function aggregatedRules(aggregate: string): unknown[] {
  return Object.values(bootstrapRoles)
    .filter((role) => role.aggregatedTo === aggregate)
    .flatMap((role) => (role.aggregates ? aggregatedRules(role.aggregates) : [...(role.rules ?? [])]));
}

function clusterRoleBindings(): KubeObject[] {
  const named = Object.entries(bootstrapBindings).map(([name, subjects]) => ({
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: metadata(name),
    roleRef: roleRef('ClusterRole', name),
    subjects: subjects.map(subject),
  }));
  const controllers = Object.keys(controllerRoles).map((name) => ({
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: metadata(`system:controller:${name}`),
    roleRef: roleRef('ClusterRole', `system:controller:${name}`),
    subjects: [subject(['ServiceAccount', 'kube-system', name])],
  }));
  return [...named, ...controllers];
}

function roles(): KubeObject[] {
  return namespacedRoles.map(({ namespace, name, rules }) => ({
    apiVersion,
    kind: 'Role',
    metadata: metadata(name, { namespace }),
    rules: [...rules],
  }));
}

function roleBindings(): KubeObject[] {
  return namespacedRoles.map(({ namespace, name, users = [], serviceAccounts = [] }) => ({
    apiVersion,
    kind: 'RoleBinding',
    metadata: metadata(name, { namespace }),
    roleRef: roleRef('Role', name),
    subjects: [
      ...users.map((user) => subject(['User', user])),
      ...serviceAccounts.map((account) => subject(['ServiceAccount', namespace, account])),
    ],
  }));
}

/** Everything an empty cluster begins with, in the order in which it is written. */
export function bootstrapObjects(): readonly { readonly resource: string; readonly object: KubeObject }[] {
  return [
    ...clusterRoles().map((object) => ({ resource: 'clusterroles', object })),
    ...clusterRoleBindings().map((object) => ({ resource: 'clusterrolebindings', object })),
    ...roles().map((object) => ({ resource: 'roles', object })),
    ...roleBindings().map((object) => ({ resource: 'rolebindings', object })),
  ];
}

/**
 * Writes what is missing and mends what lacks a rule or a subject, unless an administrator has switched that off with
 * the annotation autoupdate=false. Three replicas do it at once: what another has just written is no error.
 */
export async function reconcileBootstrapPolicy(reader: ObjectReader, writer: ObjectWriter): Promise<void> {
  for (const { resource, object } of bootstrapObjects()) {
    const { namespace = '', name = '' } = object.metadata;
    const stored = await reader.get(group, resource, namespace, name);
    try {
      if (stored === undefined) await writer.create(group, resource, namespace, object);
      else {
        const mended = mend(stored, object);
        if (mended !== undefined) await writer.update(group, resource, namespace, mended);
      }
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 409) throw error;
    }
  }
}

/** The stored object with what it lacks; undefined when it lacks nothing. Rules that somebody added stay. */
function mend(stored: KubeObject, wanted: KubeObject): KubeObject | undefined {
  if (stored.metadata.annotations?.[autoupdate] === 'false') return undefined;
  const missing = (field: string) => {
    const have = (stored[field] as unknown[] | undefined) ?? [];
    const want = (wanted[field] as unknown[] | undefined) ?? [];
    return want.filter((item) => !have.some((other) => isDeepStrictEqual(other, item)));
  };
  const [rules, subjects] = [missing('rules'), missing('subjects')];
  if (rules.length === 0 && subjects.length === 0) return undefined;
  return {
    ...stored,
    ...(rules.length > 0 && { rules: [...((stored.rules as unknown[]) ?? []), ...rules] }),
    ...(subjects.length > 0 && { subjects: [...((stored.subjects as unknown[]) ?? []), ...subjects] }),
  };
}
