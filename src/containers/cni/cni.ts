import { errorMessage } from '../../lib/errors.ts';
import { folderFingerprint, type Loaded, loadNetwork } from './configuration.ts';
import { type PluginContext, runPlugin } from './plugins/plugins.ts';
import { type CniArguments, CniError, type CniResult, type NetworkList, type PluginConfig } from './types.ts';

export interface CniOptions extends PluginContext {
  readonly confDir: string;
  readonly binDir: string;
  readonly warn: (message: string, fields: Readonly<Record<string, unknown>>) => void;
}

/** Every sandbox gets a loopback, whatever the folder says (Models containerd/go-cni WithLoNetwork). */
const loopbackList: NetworkList = {
  cniVersion: '0.3.1',
  name: 'cni-loopback',
  file: '',
  plugins: [{ cniVersion: '0.3.1', name: 'cni-loopback', type: 'loopback' }],
};

/** The networks that a sandbox is attached to: loopback, and the one that the configuration folder defines. */
export class Cni {
  readonly #options: CniOptions;
  #fingerprint: string | undefined;
  #loaded: Loaded = { problem: 'cni plugin not initialized' };

  constructor(options: CniOptions) {
    this.#options = options;
  }

  /** The configuration as it is now; read again when a file of the folder has changed. */
  #current(): Loaded {
    const fingerprint = folderFingerprint(this.#options.confDir);
    if (fingerprint !== this.#fingerprint) {
      this.#fingerprint = fingerprint;
      this.#loaded = loadNetwork(this.#options.confDir, (file, reason) =>
        this.#options.warn('failed to load cni config file', { file, error: reason }),
      );
    }
    return this.#loaded;
  }

  /** Undefined when pods can get a network, else why not. */
  problem(): string | undefined {
    const loaded = this.#current();
    return 'problem' in loaded ? loaded.problem : undefined;
  }

  /** Attaches a namespace. Throws Error; what was attached until then is taken back by {@link remove}. */
  setup(containerId: string, netns: string): CniResult {
    const loaded = this.#current();
    if ('problem' in loaded) throw new Error(loaded.problem);
    this.#add(loopbackList, { containerId, netns, ifName: 'lo' });
    return this.#add(loaded.list, { containerId, netns, ifName: 'eth0' });
  }

  /** Detaches it; doing so again, or when it was never attached, is no error. */
  remove(containerId: string, netns: string): void {
    const loaded = this.#current();
    if ('problem' in loaded) return;
    for (const plugin of [...loaded.list.plugins].reverse()) {
      const call = this.#call('DEL', { containerId, netns, ifName: 'eth0' });
      this.#run('delete', plugin, call);
    }
  }

  #add(list: NetworkList, target: Pick<CniArguments, 'containerId' | 'netns' | 'ifName'>): CniResult {
    let result: CniResult | undefined;
    for (const plugin of list.plugins) {
      const config = result === undefined ? plugin : { ...plugin, prevResult: result };
      result = this.#run('add', config, this.#call('ADD', target));
    }
    return result!;
  }

  #run(verb: string, plugin: PluginConfig, call: CniArguments): CniResult {
    try {
      return runPlugin(plugin.type, plugin, call, this.#options);
    } catch (error) {
      const text = errorMessage(error);
      if (!(error instanceof CniError) || text.startsWith(`failed to find plugin "${plugin.type}"`))
        throw error;
      throw new Error(`plugin type=${JSON.stringify(plugin.type)} failed (${verb}): ${text}`);
    }
  }

  #call(
    command: CniArguments['command'],
    target: Pick<CniArguments, 'containerId' | 'netns' | 'ifName'>,
  ): CniArguments {
    return { command, path: this.#options.binDir, ...target };
  }
}
