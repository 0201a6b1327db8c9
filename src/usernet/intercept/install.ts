import { syncBuiltinESMExports } from 'node:module';
import type { Identity } from '../identity.ts';
import { patchConnect } from './connect.ts';
import { patchDgram } from './dgram.ts';
import { watchLinks } from './links.ts';
import { patchListen } from './listen.ts';
import { patchLookup, patchResolvers } from './lookup.ts';
import { patchSocketAddresses } from './socket-addresses.ts';
import { patchTls } from './tls.ts';
import { View } from './view.ts';

const installed = Symbol.for('k8s-lab.usernet');

/**
 * Puts this process into its namespace: from now on node:net, node:tls, node:http(s), node:http2, node:dgram and
 * dns.lookup speak the lab's network. Once a process; a second call for the same namespace does nothing, for another
 * one it throws.
 */
export function installUsernet(identity: Identity): void {
  const holder = globalThis as { [installed]?: string };
  const name = `${identity.runtimeDir} ${identity.namespace}`;
  if (holder[installed] === name) return;
  if (holder[installed] !== undefined) {
    throw new Error(
      `this process is in the namespace ${holder[installed]} already, and cannot enter ${name}`,
    );
  }
  holder[installed] = name;
  const view = new View(identity);
  const links = watchLinks(view);
  patchSocketAddresses();
  patchConnect(view, links);
  patchListen(view, links);
  patchTls(view);
  patchDgram(view);
  patchLookup(view);
  patchResolvers(view);
  syncBuiltinESMExports();
}
