import { matchesLabels } from '../../api/selectors/labels.ts';
import type { NodeSelector, NodeSelectorRequirement, NodeSelectorTerm } from '../../api/types/core-v1.ts';
import type { NodeInfo } from '../cluster.ts';
import { type FilterPlugin, normalizeByMaximum, type ScorePlugin } from '../framework.ts';

/** `spec.nodeName` asks for one node by name. Models plugins/nodename. */
export const nodeName: FilterPlugin = {
  name: 'NodeName',
  filter({ pod }, { name }) {
    const wanted = pod.spec?.nodeName ?? '';
    return wanted === '' || wanted === name ? undefined : ["node(s) didn't match the requested node name"];
  },
};

const operators = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
  Gt: 'gt',
  Lt: 'lt',
} as const;

function requirementMatches(
  requirement: NodeSelectorRequirement,
  labels: Readonly<Record<string, string>>,
): boolean {
  const operator = operators[requirement.operator as keyof typeof operators];
  return matchesLabels([{ key: requirement.key, operator, values: requirement.values ?? [] }], labels);
}

function termMatches(term: NodeSelectorTerm, { node, name }: NodeInfo): boolean {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  // An empty term matches nothing.
  if (expressions.length + fields.length === 0) return false;
  return (
    expressions.every((expression) => requirementMatches(expression, node.metadata?.labels ?? {})) &&
    fields.every((field) => requirementMatches(field, { 'metadata.name': name }))
  );
}

/** The terms are alternatives; the expressions inside one must all hold. */
const nodeSelectorMatches = (selector: NodeSelector, node: NodeInfo) =>
  selector.nodeSelectorTerms.some((term) => termMatches(term, node));

/** `spec.nodeSelector` and node affinity, required and preferred. Models plugins/nodeaffinity. */
export const nodeAffinity: FilterPlugin & ScorePlugin = {
  name: 'NodeAffinity',
  weight: 2,
  filter({ pod }, node) {
    const labels = node.node.metadata?.labels ?? {};
    const simple = Object.entries(pod.spec?.nodeSelector ?? {}).every(
      ([key, value]) => labels[key] === value,
    );
    const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
    if (simple && (required === undefined || nodeSelectorMatches(required, node))) return undefined;
    return ["node(s) didn't match Pod's node affinity/selector"];
  },
  score({ pod }, node) {
    const preferred = pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    return preferred
      .filter(({ preference }) => termMatches(preference, node))
      .reduce((total, { weight }) => total + weight, 0);
  },
  normalize: (scores) => normalizeByMaximum(scores, false),
};
