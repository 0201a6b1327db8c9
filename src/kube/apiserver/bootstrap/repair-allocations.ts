import type { Service } from '../../api/types/core-v1.ts';
import { indexOf } from '../registry/cidr.ts';
import type { Registry } from '../registry/registry.ts';
import type { ServiceAllocators } from '../registry/service-strategy.ts';

/** Rounds in a row in which something must look leaked before it is given back. */
const rounds = 3;

/**
 * Compares the ranges with the services: marks what is in use, frees what a server that died left behind.
 * Models pkg/registry/core/service/{ipallocator,portallocator}/controller.
 */
export function createRepair(registry: Registry, allocators: ServiceAllocators): () => Promise<void> {
  const seen = { addresses: new Map<number, number>(), ports: new Map<number, number>() };

  return async () => {
    const store = registry.storeOf('', 'services');
    const { objects } = await store.storage.list(store.prefix(''));
    const addresses = new Set<number>([0, allocators.cidr.size - 1]);
    const ports = new Set<number>();
    for (const { object } of objects) {
      const { spec } = object as unknown as Service;
      const index = indexOf(allocators.cidr, spec?.clusterIP ?? '');
      if (index !== undefined) addresses.add(index);
      for (const { nodePort } of spec?.ports ?? []) {
        if (nodePort) ports.add(nodePort - allocators.portRange.first);
      }
    }
    count(seen.addresses, await allocators.addresses.repair(addresses, leakedIn(seen.addresses)));
    count(seen.ports, await allocators.nodePorts.repair(ports, leakedIn(seen.ports)));
  };
}

const leakedIn = (counts: ReadonlyMap<number, number>) =>
  new Set([...counts].filter(([, times]) => times >= rounds).map(([item]) => item));

function count(counts: Map<number, number>, suspects: ReadonlySet<number>): void {
  for (const item of [...counts.keys()]) if (!suspects.has(item)) counts.delete(item);
  for (const item of suspects) counts.set(item, (counts.get(item) ?? 0) + 1);
}
