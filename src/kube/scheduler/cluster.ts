import { podResources, type ResourceList } from '../api/pod-resources.ts';
import { quantityMilliValue, quantityValue } from '../api/quantity.ts';
import type { Node, Pod } from '../api/types/core-v1.ts';

/** Amounts as numbers: millicores for cpu, whole units (bytes, pods) for everything else. */
export type Amounts = Readonly<Record<string, number>>;

/** A node with the pods on it, as the plugins look at it. */
export interface NodeInfo {
  readonly node: Node;
  readonly name: string;
  readonly allocatable: Amounts;
  readonly pods: readonly Pod[];
  /** The sum of what its pods request. */
  readonly requested: Amounts;
}

function toAmounts(list: ResourceList): Amounts {
  return Object.fromEntries(
    Object.entries(list).map(([name, value]) => [
      name,
      name === 'cpu' ? quantityMilliValue(value) : quantityValue(value),
    ]),
  );
}

export const podRequests = (pod: Pod): Amounts => toAmounts(podResources(pod.spec!, 'requests'));

export function nodeInfo(node: Node, pods: readonly Pod[]): NodeInfo {
  const requested: Record<string, number> = {};
  for (const pod of pods) {
    for (const [name, amount] of Object.entries(podRequests(pod)))
      requested[name] = (requested[name] ?? 0) + amount;
  }
  const allocatable = toAmounts(node.status?.allocatable ?? node.status?.capacity ?? {});
  return { node, name: node.metadata?.name ?? '', allocatable, pods, requested };
}
