import type { CniArguments, CniResult, PluginConfig } from '../types.ts';

/** Brings `lo` up in the namespace. usernet gives every namespace a loopback of its own, so it only reports it. */
export function loopback(config: PluginConfig, call: CniArguments): CniResult {
  if (call.command !== 'ADD') return { cniVersion: config.cniVersion };
  return {
    cniVersion: config.cniVersion,
    interfaces: [{ name: 'lo', mac: '00:00:00:00:00:00', sandbox: call.netns }],
    ips: [{ address: '127.0.0.1/8', interface: 0 }],
    dns: {},
  };
}
