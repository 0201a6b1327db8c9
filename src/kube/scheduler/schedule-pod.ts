import type { Pod } from '../api/types/core-v1.ts';
import { type NodeInfo, nodeInfo } from './cluster.ts';
import type { FilterPlugin, SchedulingContext, ScorePlugin } from './framework.ts';
import { nodeAffinity, nodeName } from './plugins/node-selection.ts';
import { interPodAffinity } from './plugins/pod-affinity.ts';
import { balancedAllocation, leastAllocated, nodePorts, nodeResourcesFit } from './plugins/resources.ts';
import { nodeUnschedulable, taintToleration } from './plugins/taints.ts';
import { defaultSpread, podTopologySpread } from './plugins/topology-spread.ts';

/** In this order; the first that objects gives the reason. */
const filterPlugins: readonly FilterPlugin[] = [
  nodeUnschedulable,
  nodeName,
  taintToleration,
  nodeAffinity,
  nodePorts,
  nodeResourcesFit,
  podTopologySpread,
  interPodAffinity,
];

const scorePlugins: readonly ScorePlugin[] = [
  taintToleration,
  nodeAffinity,
  leastAllocated,
  balancedAllocation,
  defaultSpread,
  interPodAffinity,
];

export type ScheduleResult =
  | { readonly fits: true; readonly node: string; readonly evaluated: number; readonly feasible: number }
  | { readonly fits: false; readonly message: string };

/**
 * Chooses a node for a pod: filter, then score, then chance among the best. Pure; `random` gives numbers in [0, 1).
 * Models pkg/scheduler/schedule_one.go.
 */
export function schedulePod(pod: Pod, nodes: readonly NodeInfo[], random: () => number): ScheduleResult {
  if (nodes.length === 0) return { fits: false, message: 'no nodes available to schedule pods' };
  const context: SchedulingContext = { pod, nodes };
  const reasons = new Map<string, number>();
  const feasible = nodes.filter((node) => {
    const objections = firstObjection(context, node);
    for (const reason of objections ?? []) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    return objections === undefined;
  });
  if (feasible.length === 0)
    return { fits: false, message: fitErrorMessage(nodes.length, reasons, nodesForPreemption(context)) };
  const totals = scoreNodes(context, feasible);
  const best = Math.max(...totals.values());
  const candidates = feasible.filter(({ name }) => totals.get(name) === best);
  const chosen = candidates[Math.floor(random() * candidates.length)]!;
  return { fits: true, node: chosen.name, evaluated: nodes.length, feasible: feasible.length };
}

function firstObjection(context: SchedulingContext, node: NodeInfo): readonly string[] | undefined {
  for (const plugin of filterPlugins) {
    const objections = plugin.filter(context, node);
    if (objections !== undefined) return objections;
  }
  return undefined;
}

/** The weighted sum of all scores, by node. */
function scoreNodes(context: SchedulingContext, nodes: readonly NodeInfo[]): ReadonlyMap<string, number> {
  const totals = new Map<string, number>(nodes.map(({ name }) => [name, 0]));
  for (const plugin of scorePlugins) {
    const raw = new Map(nodes.map((node) => [node.name, plugin.score(context, node)]));
    for (const [name, score] of plugin.normalize?.(raw) ?? raw) {
      totals.set(name, totals.get(name)! + score * plugin.weight);
    }
  }
  return totals;
}

const priorityOf = (pod: Pod) => pod.spec?.priority ?? 0;

/** How many nodes would take the pod if those of lower priority left. Here nobody is evicted, which the event says. */
function nodesForPreemption({ pod, nodes }: SchedulingContext): number {
  if (pod.spec?.preemptionPolicy === 'Never') return 0;
  return nodes.filter(({ node, pods }, at) => {
    const staying = pods.filter((other) => priorityOf(other) >= priorityOf(pod));
    if (staying.length === pods.length) return false;
    const freed = nodeInfo(node, staying);
    return (
      firstObjection({ pod, nodes: nodes.map((info, i) => (i === at ? freed : info)) }, freed) === undefined
    );
  }).length;
}

/** `0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu.` Models framework/types.go FitError. */
function fitErrorMessage(
  nodeCount: number,
  reasons: ReadonlyMap<string, number>,
  preemptable: number,
): string {
  const summary = (counts: ReadonlyMap<string, number>) => {
    const counted = [...counts]
      .filter(([, count]) => count > 0)
      .map(([reason, count]) => `${count} ${reason}`);
    return `0/${nodeCount} nodes are available: ${counted.sort().join(', ')}.`;
  };
  const preemption = new Map([
    ['Preemption is not helpful for scheduling', nodeCount - preemptable],
    ['Preemption would help, but this scheduler does not preempt', preemptable],
  ]);
  return `${summary(reasons)} preemption: ${summary(preemption)}`;
}
