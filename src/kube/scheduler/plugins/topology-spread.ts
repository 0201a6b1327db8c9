import { controllerOf } from '../../api/owners.ts';
import { labelSelectorMatches } from '../../api/selectors/labels.ts';
import type { Pod, TopologySpreadConstraint } from '../../api/types/core-v1.ts';
import type { NodeInfo } from '../cluster.ts';
import {
  type FilterPlugin,
  normalizeByMaximum,
  type SchedulingContext,
  type ScorePlugin,
} from '../framework.ts';
import { nodeAffinity } from './node-selection.ts';

function matching(pod: Pod, constraint: TopologySpreadConstraint, node: NodeInfo): number {
  return node.pods.filter(
    (other) =>
      other.metadata?.namespace === pod.metadata?.namespace &&
      other.metadata?.deletionTimestamp === undefined &&
      labelSelectorMatches(constraint.labelSelector, other.metadata?.labels ?? {}),
  ).length;
}

/** How many matching pods each domain (host, zone) has, among the nodes the pod may go to at all. */
function countByDomain(
  context: SchedulingContext,
  constraint: TopologySpreadConstraint,
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const node of context.nodes) {
    const value = node.node.metadata?.labels?.[constraint.topologyKey];
    if (value === undefined || nodeAffinity.filter(context, node) !== undefined) continue;
    counts.set(value, (counts.get(value) ?? 0) + matching(context.pod, constraint, node));
  }
  return counts;
}

/** Explicit spread constraints that must hold. Models plugins/podtopologyspread filtering.go. */
export const podTopologySpread: FilterPlugin = {
  name: 'PodTopologySpread',
  filter(context, node) {
    const { pod } = context;
    const constraints = pod.spec?.topologySpreadConstraints ?? [];
    for (const constraint of constraints.filter(
      ({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule',
    )) {
      const value = node.node.metadata?.labels?.[constraint.topologyKey];
      if (value === undefined)
        return ["node(s) didn't match pod topology spread constraints (missing required label)"];
      const counts = countByDomain(context, constraint);
      const self = labelSelectorMatches(constraint.labelSelector, pod.metadata?.labels ?? {}) ? 1 : 0;
      const skew = (counts.get(value) ?? 0) + self - Math.min(...counts.values());
      if (skew > constraint.maxSkew) return ["node(s) didn't match pod topology spread constraints"];
    }
    return undefined;
  },
};

/**
 * Spreads the pods of one owner over the nodes: fewest siblings first. Upstream does it by default constraints built
 * from the Services and ReplicaSets that select the pod; the controller that owns it says the same more simply.
 */
export const defaultSpread: ScorePlugin = {
  name: 'PodTopologySpread',
  weight: 2,
  score({ pod }, { pods }) {
    const explicit = (pod.spec?.topologySpreadConstraints ?? []).filter(
      ({ whenUnsatisfiable }) => whenUnsatisfiable === 'ScheduleAnyway',
    );
    const owner = controllerOf(pod)?.uid;
    const siblings = pods.filter(
      (other) =>
        other.metadata?.namespace === pod.metadata?.namespace &&
        other.metadata?.deletionTimestamp === undefined &&
        (explicit.length > 0
          ? explicit.some(({ labelSelector }) =>
              labelSelectorMatches(labelSelector, other.metadata?.labels ?? {}),
            )
          : owner !== undefined &&
            other.metadata?.ownerReferences?.some(({ uid }) => uid === owner) === true),
    );
    return siblings.length;
  },
  normalize: (scores) => normalizeByMaximum(scores, true),
};
