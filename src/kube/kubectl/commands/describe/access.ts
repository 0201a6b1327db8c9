import type { ClusterRole, PolicyRule, RoleBinding } from '../../../api/types/rbac-v1.ts';
import type { KubeObject } from '../../cluster/cluster.ts';
import type { Page } from './page.ts';

interface RuleRow {
  readonly resource: string;
  readonly urls: readonly string[];
  readonly names: readonly string[];
  readonly verbs: readonly string[];
  /** By which the rows are sorted: verbs first. */
  readonly key: string;
}

/** Models kubectl/pkg/describe ClusterRoleDescriber. */
export function describeRole(page: Page, object: KubeObject): void {
  const { metadata, rules } = object as unknown as ClusterRole;
  page.line(0, 'Name:', metadata?.name);
  page.map(0, 'Labels:', metadata?.labels);
  page.annotations(0, 'Annotations:', metadata?.annotations);
  page.line(0, 'PolicyRule:');
  const list = (values: readonly string[]) => `[${values.join(' ')}]`;
  page.table(
    1,
    ['Resources', 'Non-Resource URLs', 'Resource Names', 'Verbs'],
    ruleRows(rules ?? []).map(({ resource, urls, names, verbs }) => [
      resource,
      list(urls),
      list(names),
      list(verbs),
    ]),
  );
}

/** One row for each resource: rules that speak of the same one are joined. Models rbac validation CompactRules. */
export function ruleRows(rules: readonly PolicyRule[]): RuleRow[] {
  const joined = new Map<string, { group: string; resource: string; verbs: string[] }>();
  const others: Omit<RuleRow, 'key'>[] = [];
  const keys: string[] = [];
  const rowKey = (verbs: readonly string[], group: string, resource: string) =>
    `[${verbs.join(' ')}],[${group}],[${resource}]`;
  for (const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } of rules) {
    for (const url of nonResourceURLs) {
      others.push({ resource: '', urls: [url], names: [], verbs });
      keys.push(rowKey(verbs, '', url));
    }
    for (const group of apiGroups)
      for (const resource of resources) {
        if (resourceNames.length > 0) {
          for (const name of resourceNames) {
            others.push({ resource: qualified(resource, group), urls: [], names: [name], verbs });
            keys.push(rowKey(verbs, group, resource));
          }
          continue;
        }
        const found = joined.get(`${group}/${resource}`);
        if (found === undefined) joined.set(`${group}/${resource}`, { group, resource, verbs: [...verbs] });
        else found.verbs.push(...verbs.filter((verb) => !found.verbs.includes(verb)));
      }
  }
  const rows = [...joined.values()].map(({ group, resource, verbs }) => ({
    resource: qualified(resource, group),
    urls: [],
    names: [],
    verbs,
    key: rowKey(verbs, group, resource),
  }));
  return [...rows, ...others.map((row, i) => ({ ...row, key: keys[i]! }))].sort((a, b) =>
    a.key < b.key ? -1 : a.key > b.key ? 1 : 0,
  );
}

/** `deployments.apps/scale`. */
function qualified(resource: string, group: string): string {
  if (group === '') return resource;
  const [name, ...rest] = resource.split('/');
  return [`${name}.${group}`, ...rest].join('/');
}

/** Models kubectl/pkg/describe RoleBindingDescriber. */
export function describeBinding(page: Page, object: KubeObject): void {
  const { metadata, roleRef, subjects = [] } = object as unknown as RoleBinding;
  page.line(0, 'Name:', metadata?.name);
  page.map(0, 'Labels:', metadata?.labels);
  page.annotations(0, 'Annotations:', metadata?.annotations);
  page.line(0, 'Role:');
  page.line(1, 'Kind:', roleRef.kind);
  page.line(1, 'Name:', roleRef.name);
  page.line(0, 'Subjects:');
  page.table(
    1,
    ['Kind', 'Name', 'Namespace'],
    subjects.map(({ kind, name, namespace = '' }) => [kind, name, namespace]),
  );
}
