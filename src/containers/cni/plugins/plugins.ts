import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Network } from '../../../usernet/network.ts';
import { type CniArguments, CniError, type CniResult, type PluginConfig } from '../types.ts';
import { bridge } from './bridge.ts';
import { hostLocal } from './host-local.ts';
import { loopback } from './loopback.ts';

/** What plugins need of the machine that they run on. */
export interface PluginContext {
  readonly network: Network;
  readonly machine: string;
}

type Plugin = (config: PluginConfig, call: CniArguments, context: PluginContext) => CniResult;

const plugins: Readonly<Record<string, Plugin>> = {
  bridge: (config, call, context) =>
    bridge(config, call, {
      ...context,
      ipam: (ipamConfig, ipamCall) => runPlugin(ipamConfig.ipam!.type!, ipamConfig, ipamCall, context),
    }),
  'host-local': hostLocal,
  loopback,
};

/**
 * Runs a plugin by its type. The file must be in the bin folder, as with any runtime: whoever forgot to install the
 * plugins sees the upstream error. The code itself runs in this process, since a plugin of the lab is one synchronous
 * function and starting Node for each would take a pod's start-up from milliseconds to tenths of a second.
 */
export function runPlugin(
  type: string,
  config: PluginConfig,
  call: CniArguments,
  context: PluginContext,
): CniResult {
  const plugin = plugins[type];
  if (plugin === undefined || !call.path.split(':').some((folder) => existsSync(join(folder, type)))) {
    throw new CniError(`failed to find plugin "${type}" in path [${call.path.replaceAll(':', ' ')}]`);
  }
  return plugin(config, call, context);
}
