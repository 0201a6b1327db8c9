import { podRequests } from '../cluster.ts';
import { type FilterPlugin, maximumScore, type ScorePlugin } from '../framework.ts';

/** What the scheduler takes for a container that requests nothing, so that such pods are spread too (upstream's defaults). */
const assumedRequest: Readonly<Record<string, number>> = { cpu: 100, memory: 200 * 1024 * 1024 };

/** What pods request must fit into what is left. Models plugins/noderesources fit.go. */
export const nodeResourcesFit: FilterPlugin = {
  name: 'NodeResourcesFit',
  filter({ pod }, { allocatable, requested, pods }) {
    const reasons: string[] = [];
    if (pods.length + 1 > (allocatable.pods ?? 0)) reasons.push('Too many pods');
    for (const [name, amount] of Object.entries(podRequests(pod))) {
      if (amount > (allocatable[name] ?? 0) - (requested[name] ?? 0)) reasons.push(`Insufficient ${name}`);
    }
    return reasons.length === 0 ? undefined : reasons;
  },
};

const scored = ['cpu', 'memory'];

/** The node that would have the largest share left is the best. Models plugins/noderesources least_allocated.go. */
export const leastAllocated: ScorePlugin = {
  name: 'NodeResourcesFit',
  weight: 1,
  score({ pod }, { allocatable, pods }) {
    const wanted = (name: string, of: typeof pod) => podRequests(of)[name] || (assumedRequest[name] ?? 0);
    const shares = scored.flatMap((name) => {
      const total = allocatable[name] ?? 0;
      if (total === 0) return [];
      const used = pods.reduce((sum, other) => sum + wanted(name, other), wanted(name, pod));
      return [used > total ? 0 : Math.floor(((total - used) * maximumScore) / total)];
    });
    return shares.length === 0
      ? 0
      : Math.floor(shares.reduce((sum, share) => sum + share, 0) / shares.length);
  },
};

/** A node whose cpu and memory would be used to the same degree is better than a lopsided one. Models balanced_allocation.go. */
export const balancedAllocation: ScorePlugin = {
  name: 'NodeResourcesBalancedAllocation',
  weight: 1,
  score({ pod }, { allocatable, requested }) {
    const mine = podRequests(pod);
    const fractions = scored.flatMap((name) => {
      const total = allocatable[name] ?? 0;
      return total === 0 ? [] : [Math.min(1, ((requested[name] ?? 0) + (mine[name] ?? 0)) / total)];
    });
    const mean = fractions.reduce((sum, fraction) => sum + fraction, 0) / (fractions.length || 1);
    const deviation = Math.sqrt(
      fractions.reduce((sum, fraction) => sum + (fraction - mean) ** 2, 0) / (fractions.length || 1),
    );
    return Math.floor((1 - deviation) * maximumScore);
  },
};

/** Two pods cannot have the same port of one node. Models plugins/nodeports. */
export const nodePorts: FilterPlugin = {
  name: 'NodePorts',
  filter({ pod }, { pods }) {
    const portsOf = (of: typeof pod) =>
      (of.spec?.containers ?? []).flatMap((container) =>
        (container.ports ?? []).filter((port) => (port.hostPort ?? 0) > 0),
      );
    const taken = pods.flatMap(portsOf);
    const anyAddress = (address: string | undefined) =>
      address === undefined || address === '' || address === '0.0.0.0';
    const clashes = portsOf(pod).some((port) =>
      taken.some(
        (other) =>
          other.hostPort === port.hostPort &&
          (other.protocol ?? 'TCP') === (port.protocol ?? 'TCP') &&
          (anyAddress(other.hostIP) || anyAddress(port.hostIP) || other.hostIP === port.hostIP),
      ),
    );
    return clashes ? ["node(s) didn't have free ports for the requested pod ports"] : undefined;
  },
};
