import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { errorMessage } from '../../lib/errors.ts';
import type { NetworkList, PluginConfig } from './types.ts';

/** Reads the network of a node from its configuration folder (Models containerd/go-cni opts.go and libcni/conf.go). */

export type Loaded = { readonly list: NetworkList } | { readonly problem: string };

const notInitialized = 'cni plugin not initialized';

/** One file: `.conflist` holds a list of plugins, `.conf` and `.json` one plugin. Throws Error with the reason. */
export function parseNetworkFile(file: string, text: string): NetworkList {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new Error(`error parsing configuration: ${errorMessage(error)}`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new Error('error parsing configuration: not a JSON object');
  }
  const { cniVersion = '0.1.0', name, plugins, type } = parsed as Record<string, unknown>;
  if (typeof name !== 'string' || name === '') throw new Error('error parsing configuration: missing "name"');
  const own = { cniVersion: String(cniVersion), name };
  const entries = extname(file) === '.conflist' ? plugins : [parsed];
  if (!Array.isArray(entries) || entries.length === 0) {
    throw new Error('error parsing configuration list: no "plugins" key');
  }
  if (extname(file) !== '.conflist' && typeof type !== 'string') {
    throw new Error("error parsing configuration: missing 'type'");
  }
  return { ...own, file, plugins: entries.map((entry: object) => ({ ...entry, ...own }) as PluginConfig) };
}

/** The first valid file in lexical order, as with max_conf_num = 1; `warn` hears of the others. */
export function loadNetwork(folder: string, warn: (file: string, reason: string) => void): Loaded {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return { problem: notInitialized };
  }
  for (const name of names.filter((entry) => /\.(conf|conflist|json)$/.test(entry)).sort()) {
    const file = join(folder, name);
    try {
      return { list: parseNetworkFile(file, readFileSync(file, 'utf8')) };
    } catch (error) {
      warn(file, errorMessage(error));
    }
  }
  return { problem: notInitialized };
}

/** Changes when a file of the folder does: names, sizes and times, so that a look costs a few system calls. */
export function folderFingerprint(folder: string): string {
  try {
    return readdirSync(folder)
      .sort()
      .map((name) => {
        const { mtimeMs, size } = statSync(join(folder, name));
        return `${name} ${mtimeMs} ${size}`;
      })
      .join('\n');
  } catch {
    return '';
  }
}
