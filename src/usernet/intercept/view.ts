import { join } from 'node:path';
import { asIpv4, inCidr, isLoopback } from '../../lib/ipv4.ts';
import { type Packet, route, type Verdict } from '../forward.ts';
import type { Identity } from '../identity.ts';
import { type Network, openNetwork } from '../network.ts';
import type { Namespace } from '../state.ts';

const jumpboxNamespace = 'jumpbox';

/** The network as one process sees it. */
export class View {
  readonly network: Network;
  /** On the jumpbox only the lab's own networks are virtual; elsewhere every address is. */
  readonly isJumpbox: boolean;

  constructor(readonly identity: Identity) {
    this.network = openNetwork(identity.runtimeDir);
    this.isJumpbox = identity.namespace === jumpboxNamespace;
  }

  get namespace(): Namespace | undefined {
    return this.network.namespace(this.identity.namespace);
  }

  /** Whether an IP literal belongs to the lab for this process. */
  isVirtual(address: string): boolean {
    if (!this.isJumpbox) return true;
    const ipv4 = asIpv4(address);
    if (ipv4 === undefined || isLoopback(ipv4)) return false;
    const networks = this.network.state().networks;
    if (networks === undefined) return false;
    return [networks.network, networks.podCidr, networks.serviceCidr].some((cidr) => inCidr(cidr, ipv4));
  }

  /** Whether a program may bind to the address here. */
  isOwnAddress(address: string): boolean {
    return (
      address === '0.0.0.0' ||
      isLoopback(address) ||
      (this.namespace?.addresses.some((entry) => entry.address === address) ?? false)
    );
  }

  decide(packet: Omit<Packet, 'namespace'>): Verdict {
    const world = {
      state: this.network.state(),
      services: (machine: string) => this.network.serviceRules(machine),
    };
    return route({ ...packet, namespace: this.identity.namespace }, world, Math.random);
  }

  /** The folder with a namespace's listening sockets. */
  folderOf(namespace: Namespace): string {
    return join(this.identity.runtimeDir, 's', namespace.key);
  }

  /** The address that a machine's name stands for on the jumpbox. */
  hostAddress(name: string): string | undefined {
    const hosts = this.network.state().hosts;
    return Object.hasOwn(hosts, name) ? hosts[name] : undefined;
  }
}
