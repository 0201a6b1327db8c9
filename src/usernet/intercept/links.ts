import { watch } from 'node:fs';
import * as net from 'node:net';
import { passes } from '../forward.ts';
import { internals } from './internals.ts';
import type { View } from './view.ts';

/*
 * Established connections run between two processes and no longer ask the network. So that a cut cable stalls them, as
 * TCP stalls, each side stops reading while the way to its peer is interrupted: what is written fills the kernel's
 * buffers and waits. A bell file tells when there is something to look at; nothing is polled.
 */

export interface LinkWatch {
  /** Watches over an established connection to an address outside the namespace. */
  track(socket: net.Socket, peer: string): void;
}

const lookEveryMs = 1000;

export function watchLinks(view: View): LinkWatch {
  const peers = new Map<net.Socket, string>();
  const stalled = new WeakSet<net.Socket>();
  let listening = false;
  let scheduled = false;

  const look = () => {
    scheduled = false;
    const state = view.network.state();
    const open = new Map<string, boolean>();
    for (const [socket, peer] of peers) {
      let passable = open.get(peer);
      if (passable === undefined) {
        passable = passes(state, view.identity.namespace, peer);
        open.set(peer, passable);
      }
      const handle = internals(socket)._handle;
      if (handle === null || passable === !stalled.has(socket)) continue;
      if (passable) {
        stalled.delete(socket);
        handle.readStart();
      } else {
        stalled.add(socket);
        handle.readStop();
      }
    }
  };

  const ring = () => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(look);
  };

  const listenToBell = () => {
    if (listening) return;
    listening = true;
    try {
      const watcher = watch(view.network.store.bellFolder, { persistent: false }, ring);
      // The folder goes with the workspace; connections that are left then have nothing to wait for.
      watcher.on('error', () => watcher.close());
    } catch {
      // The system has a limit of watchers (fs.inotify.max_user_instances); then looking now and then must do.
      setInterval(ring, lookEveryMs).unref();
    }
  };

  // While stalled nothing may start reading again: neither the program nor a TLS socket on top.
  const prototype = internals(net.Socket.prototype);
  const realRead = prototype._read;
  prototype._read = function (this: net.Socket, size: number) {
    for (let at: net.Socket | null | undefined = this; at; at = internals(at)._parent) {
      if (stalled.has(at)) return;
    }
    realRead.call(this as never, size);
  };

  return {
    track(socket, peer) {
      listenToBell();
      peers.set(socket, peer);
      socket.once('close', () => peers.delete(socket));
    },
  };
}
