import { addQuantities, compareQuantities } from './quantity.ts';
import type { Container, PodSpec } from './types/core-v1.ts';

export type ResourceList = Readonly<Record<string, string>>;

const combine = (a: ResourceList, b: ResourceList, join: (x: string, y: string) => string): ResourceList => {
  const result: Record<string, string> = { ...a };
  for (const [name, value] of Object.entries(b)) {
    const have = result[name];
    result[name] = have === undefined ? value : join(have, value);
  }
  return result;
};

export const sumOf = (lists: readonly ResourceList[]) =>
  lists.reduce<ResourceList>((total, list) => combine(total, list, addQuantities), {});

const maximum = (a: string, b: string) => (compareQuantities(a, b) >= 0 ? a : b);

/**
 * What a pod takes: the sum of its containers, or its largest init container when that is more, for those run alone;
 * sidecars (init containers that restart always) count with the containers; plus the overhead. Models
 * component-helpers/resource.
 */
export function podResources(spec: PodSpec, kind: 'requests' | 'limits'): ResourceList {
  const of = (container: Container): ResourceList => container.resources?.[kind] ?? {};
  const init = spec.initContainers ?? [];
  let sidecars: ResourceList = {};
  let peak: ResourceList = {};
  for (const container of init) {
    if (container.restartPolicy === 'Always') {
      sidecars = sumOf([sidecars, of(container)]);
      peak = combine(peak, sidecars, maximum);
    } else peak = combine(peak, sumOf([sidecars, of(container)]), maximum);
  }
  const running = sumOf([sidecars, ...spec.containers.map(of)]);
  return sumOf([combine(running, peak, maximum), spec.overhead ?? {}]);
}
