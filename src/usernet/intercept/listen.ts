import * as dns from 'node:dns';
import * as net from 'node:net';
import { asIpv4, isLoopback } from '../../lib/ipv4.ts';
import {
  endpoint,
  type NetworkErrorCode,
  type NormalizedOptions,
  networkError,
  normalizeArguments,
} from './internals.ts';
import type { LinkWatch } from './links.ts';
import { type Claim, claimPort } from './ports.ts';
import { decodePreamble, preambleLength } from './preamble.ts';
import { setAddresses } from './socket-addresses.ts';
import { listenPath } from './unix-path.ts';
import type { View } from './view.ts';

interface Listener {
  readonly address: string;
  readonly port: number;
  readonly claim: Claim;
}

type Listen = (this: net.Server, options: NormalizedOptions, callback?: () => void) => net.Server;

const listeners = new WeakMap<net.Server, Listener>();
const unixClaims = new WeakMap<net.Server, { readonly name: string; release(): void }>();
const accepted = new WeakSet<net.Socket>();

/** A burst of connects must not find the queue full: a unix socket then fails at once, where TCP would retry. */
const backlog = 4096;

export function patchListen(view: View, links: LinkWatch): void {
  const prototype = net.Server.prototype;
  const realListen = prototype.listen as unknown as Listen;

  function listen(this: net.Server, ...args: unknown[]): net.Server {
    const [options, callback] = normalizeArguments(args);
    const real = () => (realListen as unknown as (...args: unknown[]) => net.Server).apply(this, args);
    if (this.listening || typeof options.fd === 'number' || '_handle' in options) return real();
    if (typeof options.path === 'string') {
      const claim = listenPath(view.identity, options.path);
      if (claim === undefined) return real();
      if (typeof claim === 'string') {
        const error = networkError('listen', claim, options.path, -1);
        const text = claim === 'EACCES' ? 'permission denied' : 'address already in use';
        error.message = `listen ${claim}: ${text} ${options.path}`;
        process.nextTick(() => this.emit('error', error));
        return this;
      }
      unixClaims.set(this, { name: options.path, release: claim.release });
      realListen.call(this, { ...options, path: claim.path }, callback ?? undefined);
      claim.publish();
      return this;
    }
    const port = Number(options.port ?? 0);
    if (!Number.isInteger(port) || port < 0 || port > 65535) return real();
    const host = options.host ?? '0.0.0.0';
    const address = asIpv4(host);
    if (view.isJumpbox && (options.host === undefined || address === undefined || !isOwnLab(address))) {
      return real();
    }
    if (address !== undefined) bind(this, address, port, options, callback);
    else {
      dns.lookup(host, { family: 4 }, (error, found) => {
        if (error !== null) this.emit('error', error);
        else bind(this, found, port, options, callback);
      });
    }
    return this;
  }
  prototype.listen = listen as typeof prototype.listen;

  const isOwnLab = (address: string) => view.isVirtual(address) && view.isOwnAddress(address);

  function bind(
    server: net.Server,
    address: string,
    port: number,
    options: NormalizedOptions,
    callback: (() => void) | null,
  ): void {
    const fail = (code: NetworkErrorCode) =>
      process.nextTick(() => server.emit('error', networkError('listen', code, address, port)));
    const namespace = view.namespace;
    if (namespace === undefined || !view.isOwnAddress(address)) return void fail('EADDRNOTAVAIL');
    const claim = claimPort(view.folderOf(namespace), 'TCP', address, port);
    if (claim === undefined) return void fail('EADDRINUSE');
    listeners.set(server, { address, port: claim.port, claim });
    const rest = options.signal === undefined ? {} : { signal: options.signal };
    realListen.call(server, { path: claim.path, backlog, ...rest }, callback ?? undefined);
  }

  const realAddress = prototype.address;
  prototype.address = function (this: net.Server) {
    const listener = listeners.get(this);
    const path = unixClaims.get(this)?.name;
    if (path !== undefined && this.listening) return path;
    if (listener === undefined || !this.listening) return realAddress.call(this);
    return endpoint(listener.address, listener.port);
  };

  const realClose = prototype.close;
  prototype.close = function (this: net.Server, callback?: (error?: Error) => void) {
    const result = realClose.call(this, callback);
    listeners.get(this)?.claim.release();
    unixClaims.get(this)?.release();
    listeners.delete(this);
    unixClaims.delete(this);
    return result;
  };

  const realEmit = prototype.emit as unknown as (
    this: net.Server,
    event: string | symbol,
    ...args: unknown[]
  ) => boolean;
  prototype.emit = function (this: net.Server, event: string | symbol, ...args: unknown[]): boolean {
    const socket = args[0];
    if (event === 'connection' && socket instanceof net.Socket && !accepted.has(socket)) {
      const listener = listeners.get(this);
      if (listener !== undefined) {
        accepted.add(socket);
        introduce(socket, () => realEmit.call(this, event, socket));
        return true;
      }
    }
    return realEmit.call(this, event, ...args);
  } as typeof prototype.emit;

  /** Reads who is calling, then hands the socket on as if nothing had been read. */
  function introduce(socket: net.Socket, handOver: () => void): void {
    const onError = () => socket.destroy();
    const onEnd = () => socket.destroy();
    const onReadable = () => {
      const bytes = socket.read(preambleLength) as Buffer | null;
      if (bytes === null) return;
      socket.removeListener('readable', onReadable);
      const preamble = decodePreamble(bytes);
      if (preamble === undefined) {
        socket.destroy();
        return;
      }
      setAddresses(socket, {
        local: endpoint(preamble.address, preamble.port),
        remote: endpoint(preamble.sourceAddress, preamble.sourcePort),
      });
      const local = isLoopback(preamble.sourceAddress) || view.isOwnAddress(preamble.sourceAddress);
      if (!local) links.track(socket, preamble.sourceAddress);
      // Removing a 'readable' listener takes effect in the next tick; only then does the stream look untouched.
      process.nextTick(() => {
        socket.removeListener('error', onError);
        socket.removeListener('end', onEnd);
        if (!socket.destroyed) handOver();
      });
    };
    socket.on('error', onError);
    socket.on('end', onEnd);
    socket.on('readable', onReadable);
  }
}
