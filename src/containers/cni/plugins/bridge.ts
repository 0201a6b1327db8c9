import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { networkOf } from '../../../lib/ipv4.ts';
import type { Network } from '../../../usernet/network.ts';
import { type CniArguments, CniError, type CniResult, type PluginConfig } from '../types.ts';

/**
 * The bridge plugin: connects a pod's namespace to a bridge of the machine (Models containernetworking/plugins
 * plugins/main/bridge). On the portable provider there is no Ethernet; what a program can notice of a bridge is the
 * gateway's address on the machine, the pod's address, and masquerading, and that is what this sets.
 */
export interface BridgeContext {
  readonly network: Network;
  readonly machine: string;
  /** Runs the IPAM plugin that the configuration names. */
  readonly ipam: (config: PluginConfig, call: CniArguments) => CniResult;
}

/** A stable, locally administered hardware address. */
const hardwareAddress = (seed: string) => {
  const bytes = [...createHash('sha256').update(seed).digest().subarray(0, 5)];
  return ['02', ...bytes.map((byte) => byte.toString(16).padStart(2, '0'))].join(':');
};

export function bridge(config: PluginConfig, call: CniArguments, context: BridgeContext): CniResult {
  const { network, machine } = context;
  const name = config.bridge ?? 'cni0';
  const namespace = basename(call.netns);
  if (config.ipam?.type === undefined) throw new CniError('bridge: no IPAM plugin is configured', 7);
  if (call.command === 'DEL') {
    context.ipam(config, call);
    const found = network.namespace(namespace);
    for (const { address, device } of found?.addresses ?? []) {
      if (device === call.ifName) network.removeAddress(namespace, address);
    }
    return { cniVersion: config.cniVersion };
  }
  const pod = network.namespace(namespace);
  if (pod === undefined)
    throw new CniError(`failed to open netns "${call.netns}": no such file or directory`);
  if (call.command === 'CHECK') {
    context.ipam(config, call);
    if (!pod.addresses.some(({ device }) => device === call.ifName))
      throw new CniError(`interface ${call.ifName} has no address in ${call.netns}`);
    return { cniVersion: config.cniVersion };
  }
  if (pod.addresses.some(({ device }) => device === call.ifName)) {
    throw new CniError(
      `failed to create bridge network: container veth name ("${call.ifName}") already exists in ${call.netns}`,
    );
  }

  const leased = context.ipam(config, call);
  const ips = (leased.ips ?? []).map((ip) => ({ ...ip, interface: 2 }));
  if (ips.length === 0) throw new CniError('IPAM plugin returned missing IP config');
  for (const { address, gateway } of ips) {
    const [own, bits] = address.split('/');
    const prefixLength = Number(bits);
    if ((config.isGateway || config.isDefaultGateway) && gateway !== undefined)
      addGateway(network, machine, { address: gateway, prefixLength, device: name });
    network.addAddress(namespace, { address: own!, prefixLength, device: call.ifName });
    // As upstream's rule: whatever leaves the pod's own subnet carries the node's address.
    if (config.ipMasq) {
      const subnet = networkOf(own!, prefixLength);
      network.addMasquerade(machine, { source: subnet, except: subnet });
    }
  }
  const veth = `veth${createHash('sha256').update(call.containerId).digest('hex').slice(0, 8)}`;
  return {
    cniVersion: config.cniVersion,
    interfaces: [
      { name, mac: hardwareAddress(`${machine}/${name}`) },
      { name: veth, mac: hardwareAddress(veth) },
      { name: call.ifName, mac: hardwareAddress(call.containerId), sandbox: call.netns },
    ],
    ips,
    routes: [
      ...(leased.routes ?? []),
      ...(config.isDefaultGateway ? [{ dst: '0.0.0.0/0', gw: ips[0]!.gateway! }] : []),
    ],
    dns: {},
  };
}

function addGateway(
  network: Network,
  machine: string,
  address: { address: string; prefixLength: number; device: string },
): void {
  const existing = network.namespace(machine)?.addresses ?? [];
  const same = existing.find((entry) => entry.address === address.address);
  if (same?.device === address.device) return;
  const stale = existing.find((entry) => entry.device === address.device);
  if (stale !== undefined) {
    throw new CniError(
      `failed to set bridge addr: "${address.device}" already has an IP address different from ${address.address}/${address.prefixLength}`,
    );
  }
  network.addAddress(machine, address);
}
