import { inCidr, isLoopback, parseAddress } from '../lib/ipv4.ts';
import { bestRoute, routingTable } from './routes.ts';
import type { Namespace, NetworkState, RouteEntry, ServiceRule } from './state.ts';

/*
 * Where does the first packet of a connection go? Pure: the state in, a verdict out. In Linux terms, at each machine
 * on the way: PREROUTING/OUTPUT (service rules, at most one rewrites the destination) → local addresses → routing
 * table → POSTROUTING (masquerade) → the neighbour on the link. A pod has no table of its own: what is not for the pod
 * itself goes to its machine. Every machine forwards (net.ipv4.ip_forward=1). When the packet has arrived, the way
 * back is looked up without address translation, since the kernel undoes that by itself; no way back means that the
 * answer is lost, so the verdict is `drop`, as on a real network.
 */

export interface Packet {
  /** The namespace the program is in. */
  readonly namespace: string;
  readonly protocol: 'TCP' | 'UDP';
  readonly destination: string;
  readonly port: number;
  /** The address that the program bound itself to; otherwise the route decides. */
  readonly source?: string;
}

export interface World {
  readonly state: NetworkState;
  services(machine: string): readonly ServiceRule[];
}

export type Verdict =
  | {
      readonly kind: 'deliver';
      readonly namespace: Namespace;
      /** After service rules: where the listening socket is. */
      readonly address: string;
      readonly port: number;
      /** The sender's own idea of its address. */
      readonly source: string;
      /** The address that the receiver sees: the same unless a machine on the way put its own in its place. */
      readonly seenSource: string;
      /** The name of the service rule that decided, if one did. */
      readonly service?: string;
    }
  | { readonly kind: 'refuse'; readonly service: string }
  | {
      readonly kind: 'unreachable';
      readonly code: 'EHOSTUNREACH' | 'ENETUNREACH';
      readonly reason: string;
    }
  | { readonly kind: 'drop'; readonly reason: string };

/** Decides about a packet. `random` gives numbers in [0, 1), for the choice among a service's endpoints. */
export function route(packet: Packet, world: World, random: () => number): Verdict {
  const origin = world.state.namespaces[packet.namespace];
  if (origin === undefined) return unreachable('ENETUNREACH', `no network namespace ${packet.namespace}`);
  const verdict = new Walk(origin, packet, world, random).start();
  if (verdict.kind !== 'deliver' || verdict.namespace.id === origin.id) return verdict;
  if (passes(world.state, verdict.namespace.id, verdict.seenSource)) return verdict;
  return {
    kind: 'drop',
    reason: `${verdict.namespace.machine} has no way back to ${verdict.seenSource}`,
  };
}

/** Whether packets get from a namespace to an address as things are now, rules and translation aside. */
export function passes(state: NetworkState, from: string, address: string): boolean {
  const origin = state.namespaces[from];
  if (origin === undefined) return false;
  const bare: World = { state: { ...state, masquerade: {} }, services: () => [] };
  const packet: Packet = { namespace: from, protocol: 'TCP', destination: address, port: 0 };
  return new Walk(origin, packet, bare, () => 0).start().kind === 'deliver';
}

const unreachable = (code: 'EHOSTUNREACH' | 'ENETUNREACH', reason: string): Verdict => ({
  kind: 'unreachable',
  code,
  reason,
});

const owns = (namespace: Namespace, address: string) =>
  namespace.addresses.some((entry) => entry.address === address);

/** Devices that end in the lab's network; every other device of a machine is a bridge for its own pods. */
const isUplink = (device: string) => /^(eth|ens|enp)/.test(device);

class Walk {
  readonly #origin: Namespace;
  readonly #packet: Packet;
  readonly #world: World;
  readonly #random: () => number;
  #address: string;
  #port: number;
  #source: string | undefined;
  #seenSource: string | undefined;
  #rule: ServiceRule | undefined;
  /** The machine whose rule rewrote the destination: it also masquerades. */
  #translator: string | undefined;

  constructor(origin: Namespace, packet: Packet, world: World, random: () => number) {
    this.#origin = origin;
    this.#packet = packet;
    this.#world = world;
    this.#random = random;
    this.#address = packet.destination === '0.0.0.0' ? '127.0.0.1' : packet.destination;
    this.#port = packet.port;
    this.#source = packet.source === '0.0.0.0' ? undefined : packet.source;
  }

  start(): Verdict {
    const origin = this.#origin;
    const isPod = origin.id !== origin.machine;
    if (isPod) {
      if (isLoopback(this.#address) || owns(origin, this.#address)) return this.#deliver(origin);
      const first = origin.addresses[0];
      if (first === undefined) return unreachable('ENETUNREACH', `${origin.id} has no address`);
      this.#source ??= first.address;
      if (!origin.up) return { kind: 'drop', reason: `the link of ${origin.id} is cut` };
    }
    const machine = this.#world.state.namespaces[origin.machine];
    if (machine === undefined) return unreachable('ENETUNREACH', `no machine ${origin.machine}`);
    return this.#at(machine, 16);
  }

  /** The packet is at a machine, by its own program, from one of its pods, or from a neighbour. */
  #at(machine: Namespace, ttl: number): Verdict {
    if (ttl === 0) return unreachable('EHOSTUNREACH', `routing loop at ${machine.id}`);
    const rule = this.#rule === undefined ? this.#match(machine) : undefined;
    if (rule !== undefined) {
      if (rule.endpoints.length === 0) return { kind: 'refuse', service: rule.name };
      this.#source ??= isLoopback(this.#address) ? this.#address : undefined;
      const endpoint = this.#choose(rule);
      this.#rule = rule;
      this.#translator = machine.id;
      this.#address = endpoint.address;
      this.#port = endpoint.port;
    }
    if (isLoopback(this.#address) || owns(machine, this.#address)) return this.#deliver(machine);

    const entry = bestRoute(routingTable(this.#world.state, machine), this.#address);
    if (entry === undefined) {
      // A neighbour in the lab that nobody has a route to: the lab's router answers "host unreachable".
      const code = this.#isLabAddress() ? 'EHOSTUNREACH' : 'ENETUNREACH';
      return unreachable(code, `${machine.id} has no route to ${this.#address}`);
    }
    this.#postrouting(machine, entry);
    const nextHop = entry.via ?? this.#address;
    const neighbour = this.#neighbour(machine, entry.device, nextHop);
    if (isUplink(entry.device) && !machine.up) {
      return { kind: 'drop', reason: `the link of ${machine.id} is cut` };
    }
    if (neighbour === undefined || !neighbour.powered) {
      return unreachable('EHOSTUNREACH', `nobody answers for ${nextHop} on ${entry.device} of ${machine.id}`);
    }
    if (!neighbour.up) return { kind: 'drop', reason: `the link of ${neighbour.id} is cut` };
    return neighbour.id === neighbour.machine ? this.#at(neighbour, ttl - 1) : this.#deliver(neighbour);
  }

  #match(machine: Namespace): ServiceRule | undefined {
    const local = isLoopback(this.#address) || owns(machine, this.#address);
    return this.#world
      .services(machine.id)
      .find(
        (rule) =>
          rule.port === this.#port &&
          rule.protocol === this.#packet.protocol &&
          (rule.address === this.#address || (rule.address === '*' && local)),
      );
  }

  /**
   * Session affinity by rendezvous hashing on the client's address: all processes of a machine choose the same
   * endpoint without a shared table, for at least the time-out, and a new endpoint moves only its share of clients.
   */
  #choose(rule: ServiceRule) {
    const { endpoints } = rule;
    if (rule.sessionAffinity === undefined) return endpoints[Math.floor(this.#random() * endpoints.length)]!;
    const client = this.#source ?? this.#origin.addresses[0]?.address ?? '';
    const weight = (endpoint: { address: string; port: number }) =>
      hash(`${client} ${rule.name} ${endpoint.address}:${endpoint.port}`);
    return endpoints.reduce((best, endpoint) => (weight(endpoint) > weight(best) ? endpoint : best));
  }

  #postrouting(machine: Namespace, entry: RouteEntry): void {
    this.#source ??= entry.source ?? machine.addresses[0]?.address;
    this.#seenSource ??= this.#source;
    const seen = this.#seenSource;
    if (seen === undefined || entry.source === undefined) return;
    const nodePort =
      this.#translator === machine.id &&
      this.#rule?.address === '*' &&
      this.#rule.externalTrafficPolicy !== 'Local';
    // A pod that reaches itself through a service would answer itself directly, past the translation.
    const hairpin = this.#translator === machine.id && seen === this.#address;
    const leavesPods = (this.#world.state.masquerade[machine.id] ?? []).some(
      (rule) => inCidr(rule.source, seen) && !inCidr(rule.except, this.#address),
    );
    if (nodePort || hairpin || leavesPods || isLoopback(seen)) this.#seenSource = entry.source;
  }

  /** Who answers ARP for an address on a device: a machine in the lab's network, or one of the bridge's pods. */
  #neighbour(machine: Namespace, device: string, address: string): Namespace | undefined {
    return Object.values(this.#world.state.namespaces).find((other) => {
      if (!owns(other, address)) return false;
      const otherIsMachine = other.id === other.machine;
      if (!isUplink(device)) return !otherIsMachine && other.machine === machine.id;
      return (
        otherIsMachine &&
        other.id !== machine.id &&
        other.addresses.some((entry) => entry.address === address && isUplink(entry.device))
      );
    });
  }

  #isLabAddress(): boolean {
    const networks = this.#world.state.networks;
    return (
      networks !== undefined &&
      parseAddress(this.#address) !== undefined &&
      [networks.network, networks.podCidr, networks.serviceCidr].some((cidr) => inCidr(cidr, this.#address))
    );
  }

  #deliver(namespace: Namespace): Verdict {
    // On one machine the source is the address that was called, as Linux does for its own addresses.
    const source = this.#source ?? this.#address;
    return {
      kind: 'deliver',
      namespace,
      address: this.#address,
      port: this.#port,
      source,
      seenSource: this.#seenSource ?? source,
      ...(this.#rule === undefined ? {} : { service: this.#rule.name }),
    };
  }
}

/** FNV-1a with a final mix, so that texts with a common start still differ in the high bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
