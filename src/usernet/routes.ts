import { LabError } from '../lib/errors.ts';
import { contains, networkOf, parseAddress, parseCidr } from '../lib/ipv4.ts';
import type { Namespace, NetworkState, Route, RouteEntry } from './state.ts';

/** A machine's routing table and its changes, with the answers of iproute2's `ip route` (exit code 2 from the kernel). */

const rtnetlink = (text: string) => new LabError(`RTNETLINK answers: ${text}`, { exitCode: 2 });

/** The routes that come with a namespace's addresses: one for each network it is directly in. */
function connectedRoutes(namespace: Namespace): RouteEntry[] {
  return namespace.addresses
    .filter((entry) => entry.prefixLength < 32)
    .map((entry) => ({
      to: networkOf(entry.address, entry.prefixLength),
      device: entry.device,
      protocol: 'kernel' as const,
      source: entry.address,
    }));
}

/** The device and source address that reach a gateway: it must be directly connected. */
function throughConnected(namespace: Namespace, via: string): RouteEntry | undefined {
  return bestRoute(connectedRoutes(namespace), via);
}

/** The whole table, longest prefix last as `ip route` prints it. A static route whose device is gone is left out. */
export function routingTable(state: NetworkState, namespace: Namespace): RouteEntry[] {
  const entries: RouteEntry[] = [];
  for (const route of state.routes[namespace.id] ?? []) {
    if (route.via !== undefined) {
      const link = throughConnected(namespace, route.via);
      if (link !== undefined) {
        entries.push({ ...route, device: link.device, source: link.source, protocol: 'static' });
      }
    } else {
      const address = namespace.addresses.find((entry) => entry.device === route.device);
      if (address !== undefined) {
        entries.push({ ...route, device: address.device, source: address.address, protocol: 'static' });
      }
    }
  }
  entries.push(...connectedRoutes(namespace));
  const order = (entry: RouteEntry) => parseCidr(entry.to) ?? { base: 0, prefixLength: 0 };
  return entries.sort(
    (a, b) => order(a).base - order(b).base || order(a).prefixLength - order(b).prefixLength,
  );
}

/** Longest prefix wins; among equals the first. */
export function bestRoute(table: readonly RouteEntry[], address: string): RouteEntry | undefined {
  const value = parseAddress(address);
  if (value === undefined) return undefined;
  let best: RouteEntry | undefined;
  let length = -1;
  for (const entry of table) {
    const cidr = parseCidr(entry.to)!;
    if (cidr.prefixLength > length && contains(cidr, value)) {
      best = entry;
      length = cidr.prefixLength;
    }
  }
  return best;
}

/** `10.200.1.0/24` however it was spelled; `default` for 0.0.0.0/0. Throws as `ip` does for other text. */
function normalizePrefix(text: string): string {
  const cidr = parseCidr(text);
  if (cidr === undefined) {
    throw new LabError(`Error: any valid prefix is expected rather than ${JSON.stringify(text)}.`, {
      exitCode: 1,
    });
  }
  if (cidr.prefixLength === 0) return 'default';
  const network = networkOf(text.split('/')[0]!, cidr.prefixLength);
  // The kernel refuses a prefix with host bits set.
  if (network !== `${text.split('/')[0]}/${cidr.prefixLength}`) throw rtnetlink('Invalid argument');
  return network;
}

function validated(namespace: Namespace, route: Route): Route {
  const to = normalizePrefix(route.to);
  if (route.device !== undefined && !namespace.addresses.some((entry) => entry.device === route.device)) {
    throw new LabError(`Cannot find device ${JSON.stringify(route.device)}`, { exitCode: 1 });
  }
  if (route.via === undefined) {
    if (route.device === undefined) throw rtnetlink('No such device');
    return { to, device: route.device };
  }
  if (parseAddress(route.via) === undefined) {
    throw new LabError(`Error: inet address is expected rather than ${JSON.stringify(route.via)}.`, {
      exitCode: 1,
    });
  }
  const link = throughConnected(namespace, route.via);
  const own = namespace.addresses.some((entry) => entry.address === route.via);
  if (link === undefined || own || (route.device !== undefined && route.device !== link.device)) {
    throw new LabError('Error: Nexthop has invalid gateway.', { exitCode: 2 });
  }
  return route.device === undefined ? { to, via: route.via } : { to, via: route.via, device: route.device };
}

export function addRoute(routes: readonly Route[], namespace: Namespace, route: Route): readonly Route[] {
  const added = validated(namespace, route);
  const taken =
    routes.some((other) => other.to === added.to) ||
    connectedRoutes(namespace).some((other) => other.to === added.to);
  if (taken) throw rtnetlink('File exists');
  return [...routes, added];
}

export function replaceRoute(routes: readonly Route[], namespace: Namespace, route: Route): readonly Route[] {
  const added = validated(namespace, route);
  return [...routes.filter((other) => other.to !== added.to), added];
}

/** Deletes the first route to `to` that also has the gateway and device, where they are given. */
export function deleteRoute(routes: readonly Route[], route: Route): readonly Route[] {
  const to = normalizePrefix(route.to);
  const index = routes.findIndex(
    (other) =>
      other.to === to &&
      (route.via === undefined || other.via === route.via) &&
      (route.device === undefined || other.device === undefined || other.device === route.device),
  );
  if (index < 0) throw rtnetlink('No such process');
  return routes.filter((_, at) => at !== index);
}

/** A line of `ip route`: `10.240.0.0/24 dev eth0 proto kernel scope link src 10.240.0.20`. */
export function formatRoute(entry: RouteEntry): string {
  const to = entry.to.endsWith('/32') ? entry.to.slice(0, -3) : entry.to;
  if (entry.protocol === 'kernel')
    return `${to} dev ${entry.device} proto kernel scope link src ${entry.source}`;
  return entry.via === undefined
    ? `${to} dev ${entry.device} scope link`
    : `${to} via ${entry.via} dev ${entry.device}`;
}
