import { labelSelectorMatches } from '../../api/selectors/labels.ts';
import type { Pod, PodAffinityTerm } from '../../api/types/core-v1.ts';
import type { NodeInfo } from '../cluster.ts';
import { type FilterPlugin, maximumScore, type SchedulingContext, type ScorePlugin } from '../framework.ts';

/** Whether a term of one pod speaks of another pod; without namespaces it means its own. A namespaceSelector is matched only when empty (all namespaces). */
function termSelects(term: PodAffinityTerm, owner: Pod, other: Pod): boolean {
  const everywhere = term.namespaceSelector !== undefined && Object.keys(term.namespaceSelector).length === 0;
  const namespaces = term.namespaces?.length ? term.namespaces : [owner.metadata?.namespace];
  if (!everywhere && !namespaces.includes(other.metadata?.namespace)) return false;
  return labelSelectorMatches(term.labelSelector, other.metadata?.labels ?? {});
}

const topologyOf = (node: NodeInfo, key: string) => node.node.metadata?.labels?.[key];

/** The nodes that are in the same topology domain (host, zone) as this one. */
function domain({ nodes }: SchedulingContext, node: NodeInfo, key: string): readonly NodeInfo[] {
  const value = topologyOf(node, key);
  return value === undefined ? [] : nodes.filter((other) => topologyOf(other, key) === value);
}

const hasMatch = (nodes: readonly NodeInfo[], term: PodAffinityTerm, owner: Pod) =>
  nodes.some(({ pods }) => pods.some((other) => termSelects(term, owner, other)));

const requiredAffinity = (pod: Pod) =>
  pod.spec?.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
const requiredAntiAffinity = (pod: Pod) =>
  pod.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];

/** Pods that want to be near each other, or apart. Models plugins/interpodaffinity. */
export const interPodAffinity: FilterPlugin & ScorePlugin = {
  name: 'InterPodAffinity',
  weight: 2,
  filter(context, node) {
    const { pod, nodes } = context;
    const affine = requiredAffinity(pod).every((term) => {
      if (topologyOf(node, term.topologyKey) === undefined) return false;
      if (hasMatch(domain(context, node, term.topologyKey), term, pod)) return true;
      // The first pod of a group that wants company of its own kind may start one.
      return !hasMatch(nodes, term, pod) && termSelects(term, pod, pod);
    });
    if (!affine) return ["node(s) didn't match pod affinity rules"];
    const repelled = requiredAntiAffinity(pod).some((term) =>
      hasMatch(domain(context, node, term.topologyKey), term, pod),
    );
    if (repelled) return ["node(s) didn't match pod anti-affinity rules"];
    const unwanted = nodes.some((other) =>
      other.pods.some((existing) =>
        requiredAntiAffinity(existing).some(
          (term) =>
            topologyOf(node, term.topologyKey) !== undefined &&
            topologyOf(node, term.topologyKey) === topologyOf(other, term.topologyKey) &&
            termSelects(term, existing, pod),
        ),
      ),
    );
    return unwanted ? ["node(s) didn't satisfy existing pods anti-affinity rules"] : undefined;
  },
  score(context, node) {
    const { pod } = context;
    const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
    const count = (term: PodAffinityTerm) =>
      domain(context, node, term.topologyKey).reduce(
        (total, { pods }) => total + pods.filter((other) => termSelects(term, pod, other)).length,
        0,
      );
    const near = podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    const apart = podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    return (
      near.reduce((total, { weight, podAffinityTerm }) => total + weight * count(podAffinityTerm), 0) -
      apart.reduce((total, { weight, podAffinityTerm }) => total + weight * count(podAffinityTerm), 0)
    );
  },
  normalize(scores) {
    const values = [...scores.values()];
    const [lowest, highest] = [Math.min(...values), Math.max(...values)];
    const range = highest - lowest;
    return new Map(
      [...scores].map(([name, score]) => [
        name,
        range === 0 ? 0 : Math.floor((maximumScore * (score - lowest)) / range),
      ]),
    );
  },
};
