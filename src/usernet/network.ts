import { LabError } from '../lib/errors.ts';
import { networkOf, parseAddress } from '../lib/ipv4.ts';
import { addRoute, deleteRoute, replaceRoute, routingTable } from './routes.ts';
import type {
  LabNetworks,
  MasqueradeRule,
  Namespace,
  NamespaceAddress,
  NetworkState,
  Route,
  RouteEntry,
  ServiceRule,
} from './state.ts';
import { Store } from './store.ts';

/** The routing table of one machine. All errors are LabErrors in the words of `ip route`. */
export interface RouteTable {
  /** Connected and static routes, sorted as `ip route` prints them; see formatRoute in routes.ts. */
  list(): RouteEntry[];
  /** Those added by hand, in the order they were added. */
  added(): readonly Route[];
  /** Puts back what `added` said once, unless this network has known the machine all the time. */
  restore(routes: readonly Route[]): void;
  /** Throws `RTNETLINK answers: File exists` when the prefix has a route. */
  add(route: Route): void;
  replace(route: Route): void;
  /** Throws `RTNETLINK answers: No such process` when there is no such route. */
  delete(route: Route): void;
}

/**
 * The network of one workspace, as the kernel of a real lab would keep it. Every change is on disk when the call
 * returns, and the next connect of any process sees it. All calls are synchronous and take well under a millisecond;
 * writers in different processes wait for each other.
 */
export class Network {
  readonly store: Store;

  constructor(readonly runtimeDir: string) {
    this.store = new Store(runtimeDir);
  }

  /** The whole state at this moment; a plain value that later changes leave alone. */
  state(): NetworkState {
    return this.store.read();
  }

  /** The lab's CIDRs, from the topology: on the jumpbox only these are virtual. */
  setLabNetworks(networks: LabNetworks): void {
    this.store.update((state) => ({ ...state, networks }));
  }

  /** The machine names that the jumpbox (and the CONNECT proxy) resolves: name → address. */
  setHosts(hosts: Readonly<Record<string, string>>): void {
    this.store.update((state) => ({ ...state, hosts }));
  }

  /** Makes a namespace without addresses. Does nothing when it exists on the same machine already. */
  createNamespace(id: string, options: { readonly machine: string }): void {
    this.store.update((state) => {
      const existing = state.namespaces[id];
      if (existing?.machine === options.machine) return state;
      if (existing !== undefined) {
        throw new LabError(`network namespace ${id} is on ${existing.machine} already`, {
          remedy: 'remove it there first',
        });
      }
      const namespace: Namespace = {
        id,
        key: `n${state.nextKey}`,
        machine: options.machine,
        addresses: [],
        up: true,
        powered: true,
      };
      return {
        ...state,
        nextKey: state.nextKey + 1,
        namespaces: { ...state.namespaces, [id]: namespace },
      };
    });
  }

  /** Removes the namespace with its addresses; for a machine also its routes and rules. Gone already: nothing. */
  removeNamespace(id: string): void {
    this.store.update((state) => {
      if (state.namespaces[id] === undefined) return state;
      const without = <T>(map: Readonly<Record<string, T>>) =>
        Object.fromEntries(Object.entries(map).filter(([key]) => key !== id));
      return {
        ...state,
        namespaces: without(state.namespaces),
        routes: without(state.routes),
        masquerade: without(state.masquerade),
      };
    });
    this.store.removeServices(id);
  }

  namespaces(): Namespace[] {
    return Object.values(this.state().namespaces);
  }

  namespace(id: string): Namespace | undefined {
    return this.state().namespaces[id];
  }

  /** Throws when the namespace has that address (`RTNETLINK answers: File exists`, as `ip address add`). */
  addAddress(namespace: string, address: NamespaceAddress): void {
    if (parseAddress(address.address) === undefined) {
      throw new LabError(
        `Error: any valid prefix is expected rather than ${JSON.stringify(address.address)}.`,
      );
    }
    this.#change(namespace, (found) => {
      if (found.addresses.some((entry) => entry.address === address.address)) {
        throw new LabError('RTNETLINK answers: File exists', { exitCode: 2 });
      }
      return { ...found, addresses: [...found.addresses, address] };
    });
  }

  /** Throws `RTNETLINK answers: Cannot assign requested address` when the namespace does not have it. */
  removeAddress(namespace: string, address: string): void {
    this.#change(namespace, (found) => {
      const addresses = found.addresses.filter((entry) => entry.address !== address);
      if (addresses.length === found.addresses.length) {
        throw new LabError('RTNETLINK answers: Cannot assign requested address', { exitCode: 2 });
      }
      return { ...found, addresses };
    });
  }

  /** The namespace that has an address; when several do (two workers with one pod CIDR), the first made. */
  findAddress(address: string): Namespace | undefined {
    return this.namespaces().find((namespace) =>
      namespace.addresses.some((entry) => entry.address === address),
    );
  }

  routes(machine: string): RouteTable {
    const change = (edit: (routes: readonly Route[], namespace: Namespace) => readonly Route[]) => {
      this.store.update((state) => {
        const routes = edit(state.routes[machine] ?? [], required(state, machine));
        return { ...state, routes: { ...state.routes, [machine]: routes } };
      });
      // Established connections follow the table too.
      this.store.ringBell();
    };
    return {
      list: () => {
        const state = this.state();
        return routingTable(state, required(state, machine));
      },
      added: () => this.state().routes[machine] ?? [],
      restore: (saved) => {
        if (this.state().routes[machine] === undefined) change(() => saved);
      },
      add: (route) => change((routes, namespace) => addRoute(routes, namespace, route)),
      replace: (route) => change((routes, namespace) => replaceRoute(routes, namespace, route)),
      delete: (route) =>
        change((routes, namespace) => {
          // `ip route del` of a connected route works in Linux; here such a route goes with its address only.
          const connected = namespace.addresses.some(
            (entry) => networkOf(entry.address, entry.prefixLength) === route.to,
          );
          if (connected && !routes.some((other) => other.to === route.to)) {
            throw new LabError('RTNETLINK answers: Operation not permitted', {
              exitCode: 2,
              remedy: 'a connected route goes with its address',
            });
          }
          return deleteRoute(routes, route);
        }),
    };
  }

  /** Replaces all service rules of a machine; [] takes them away. */
  setServiceRules(machine: string, rules: readonly ServiceRule[]): void {
    this.store.writeServices(machine, rules);
  }

  serviceRules(machine: string): readonly ServiceRule[] {
    return this.store.services(machine);
  }

  /** Adds a rule, or replaces the one with the same source. */
  addMasquerade(machine: string, rule: MasqueradeRule): void {
    this.store.update((state) => {
      const others = (state.masquerade[machine] ?? []).filter((other) => other.source !== rule.source);
      return { ...state, masquerade: { ...state.masquerade, [machine]: [...others, rule] } };
    });
  }

  removeMasquerade(machine: string, source: string): void {
    this.store.update((state) => {
      const rules = (state.masquerade[machine] ?? []).filter((other) => other.source !== source);
      return { ...state, masquerade: { ...state.masquerade, [machine]: rules } };
    });
  }

  /**
   * Pulls or plugs the cable of a namespace: while it is out packets vanish in both directions, connects time out, and
   * established connections stall and go on later. Loopback and a machine's own pods are not behind the cable.
   */
  setLink(namespace: string, link: { readonly up: boolean }): void {
    this.#change(namespace, (found) => ({ ...found, up: link.up }));
    this.store.ringBell();
  }

  /** Power of a machine: off, its addresses and its pods' are EHOSTUNREACH for their neighbours. Ends no process. */
  setPower(machine: string, power: { readonly on: boolean }): void {
    this.#change(machine, (found) => ({ ...found, powered: power.on }));
    this.store.ringBell();
  }

  #change(id: string, edit: (namespace: Namespace) => Namespace): void {
    this.store.update((state) => ({
      ...state,
      namespaces: { ...state.namespaces, [id]: edit(required(state, id)) },
    }));
  }
}

function required(state: NetworkState, id: string): Namespace {
  const namespace = state.namespaces[id];
  if (namespace !== undefined) return namespace;
  throw new LabError(`there is no network namespace ${JSON.stringify(id)}`, {
    remedy: 'create it with createNamespace first',
  });
}

/** Opens the network of a workspace, and makes its folder when it is the first to. */
export function openNetwork(runtimeDir: string): Network {
  return new Network(runtimeDir);
}
