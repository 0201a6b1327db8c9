import type { PolicyRule } from '../../api/types/rbac-v1.ts';
import type { RequestAttributes } from '../request.ts';

type Asked = Pick<
  RequestAttributes,
  'verb' | 'isResourceRequest' | 'apiGroup' | 'resource' | 'subresource' | 'name' | 'path'
>;

const has = (list: readonly string[] | undefined, value: string) =>
  list !== undefined && (list.includes('*') || list.includes(value));

function resourceMatches(rule: PolicyRule, resource: string, subresource: string): boolean {
  const combined = subresource === '' ? resource : `${resource}/${subresource}`;
  return (rule.resources ?? []).some(
    (wanted) =>
      wanted === '*' || wanted === combined || (subresource !== '' && wanted === `*/${subresource}`),
  );
}

const nameMatches = (rule: PolicyRule, name: string) =>
  (rule.resourceNames ?? []).length === 0 || rule.resourceNames!.includes(name);

const pathMatches = (rule: PolicyRule, path: string) =>
  (rule.nonResourceURLs ?? []).some(
    (wanted) =>
      wanted === '*' || wanted === path || (wanted.endsWith('*') && path.startsWith(wanted.slice(0, -1))),
  );

/** Whether one rule allows what is asked. Models pkg/apis/rbac/v1/evaluation_helpers.go. */
export function ruleAllows(rule: PolicyRule, asked: Asked): boolean {
  if (!has(rule.verbs, asked.verb)) return false;
  if (!asked.isResourceRequest) return pathMatches(rule, asked.path);
  return (
    has(rule.apiGroups, asked.apiGroup) &&
    resourceMatches(rule, asked.resource, asked.subresource) &&
    nameMatches(rule, asked.name)
  );
}

export const rulesAllow = (rules: readonly PolicyRule[], asked: Asked) =>
  rules.some((rule) => ruleAllows(rule, asked));
