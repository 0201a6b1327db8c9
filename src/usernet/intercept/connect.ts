import * as dns from 'node:dns';
import * as net from 'node:net';
import { asIpv4 } from '../../lib/ipv4.ts';
import {
  endpoint,
  internals,
  type NetworkErrorCode,
  type NormalizedOptions,
  networkError,
  normalizeArguments,
  writeToHandle,
} from './internals.ts';
import type { LinkWatch } from './links.ts';
import { randomPort, socketPath } from './ports.ts';
import { encodePreamble } from './preamble.ts';
import { addressesOf, setAddresses } from './socket-addresses.ts';
import { connectPath } from './unix-path.ts';
import type { View } from './view.ts';

type Connect = (this: net.Socket, options: NormalizedOptions, callback?: () => void) => net.Socket;

/** Waits between tries while packets vanish: net.ipv4.tcp_syn_retries=6, 127 seconds in all. */
const synWaitsMs = [1000, 2000, 4000, 8000, 16_000, 32_000, 64_000];

interface Attempt {
  readonly host: string;
  readonly port: number;
  timer?: NodeJS.Timeout;
}

const attempts = new WeakMap<net.Socket, Attempt>();

/** Whether a socket that is given to this host ends in the lab, seen from this process. */
export function isVirtualHost(view: View, host: string): boolean {
  if (net.isIP(host) !== 0) return view.isVirtual(host);
  return !view.isJumpbox || view.hostAddress(host) !== undefined;
}

export function patchConnect(view: View, links: LinkWatch): void {
  const prototype = net.Socket.prototype;
  const realConnect = prototype.connect as unknown as Connect;

  function connect(this: net.Socket, ...args: unknown[]): net.Socket {
    const normalized = normalizeArguments(args);
    const [options, callback] = normalized;
    if (typeof options.path === 'string' && options.path !== '') {
      const path = connectPath(view.identity, options.path);
      if (path !== options.path) {
        attempts.set(this, { host: options.path, port: -1 });
        return realConnect.call(this, { ...options, path }, callback ?? undefined);
      }
    } else if (options.port !== undefined && isVirtualHost(view, options.host || 'localhost')) {
      start(this, options, callback);
      return this;
    }
    return (realConnect as unknown as (...args: unknown[]) => net.Socket).apply(this, args);
  }
  prototype.connect = connect as typeof prototype.connect;

  function start(socket: net.Socket, options: NormalizedOptions, callback: (() => void) | null): void {
    const port = Number(options.port);
    if (!Number.isInteger(port) || port < 0 || port > 65535) {
      throw Object.assign(new RangeError(`Port should be >= 0 and < 65536. Received ${options.port}.`), {
        code: 'ERR_SOCKET_BAD_PORT',
      });
    }
    const host = options.host || 'localhost';
    if (callback !== null) socket.once('connect', callback);
    internals(socket).connecting = true;
    const attempt: Attempt = { host, port };
    attempts.set(socket, attempt);
    socket.once('close', () => clearTimeout(attempt.timer));

    const literal = net.isIP(host) === 0 ? undefined : host;
    if (literal !== undefined) {
      attemptConnect(socket, options, literal, port, 0);
      return;
    }
    const lookup = options.lookup ?? dns.lookup;
    lookup(host, { family: 4, hints: 0 }, (error, found, family) => {
      const address = Array.isArray(found) ? found[0]?.address : found;
      socket.emit('lookup', error, address, typeof family === 'number' ? family : 4, host);
      if (socket.destroyed) return;
      if (error !== null || address === undefined) socket.destroy(error ?? undefined);
      else attemptConnect(socket, options, address, port, 0);
    });
  }

  function attemptConnect(
    socket: net.Socket,
    options: NormalizedOptions,
    literal: string,
    port: number,
    tries: number,
  ): void {
    if (socket.destroyed && tries > 0) return;
    const fail = (code: NetworkErrorCode) =>
      process.nextTick(() => socket.destroy(networkError('connect', code, literal, port)));
    const destination = asIpv4(literal);
    if (destination === undefined) return void fail('ENETUNREACH');
    const source = asIpv4(options.localAddress ?? '0.0.0.0');
    if (source === undefined || !view.isOwnAddress(source)) return void fail('EADDRNOTAVAIL');

    const verdict = view.decide({ protocol: 'TCP', destination, port, source });
    switch (verdict.kind) {
      case 'refuse':
        return void fail('ECONNREFUSED');
      case 'unreachable':
        return void fail(verdict.code);
      case 'drop': {
        const waitMs = synWaitsMs[tries];
        if (waitMs === undefined) return void fail('ETIMEDOUT');
        const attempt = attempts.get(socket)!;
        attempt.timer = setTimeout(() => attemptConnect(socket, options, literal, port, tries + 1), waitMs);
        return;
      }
      case 'deliver': {
        const sourcePort = options.localPort || randomPort();
        setAddresses(socket, {
          local: endpoint(verdict.source, sourcePort),
          remote: endpoint(destination, port),
        });
        const folder = view.folderOf(verdict.namespace);
        const preamble = encodePreamble({
          sourceAddress: verdict.seenSource,
          sourcePort,
          address: verdict.address,
          port: verdict.port,
        });
        // Before every other listener: the program's writes, queued or from its own listener, come behind it.
        socket.prependOnceListener('connect', () => writeToHandle(socket, preamble));
        realConnect.call(socket, { path: socketPath(folder, 'TCP', verdict.address, verdict.port) });
        if (verdict.namespace.id !== view.identity.namespace) links.track(socket, verdict.address);
      }
    }
  }

  patchErrors();
  patchReferences();
}

/** A failed connect to a unix socket is told in the words of the address that the program asked for. */
function patchErrors(): void {
  const prototype = internals(net.Socket.prototype);
  const realDestroy = prototype._destroy;
  prototype._destroy = function (this: net.Socket, error, callback) {
    const attempt = attempts.get(this);
    if (attempt !== undefined && error !== null && (error as NodeJS.ErrnoException).syscall === 'connect') {
      const failure = error as NodeJS.ErrnoException & { address?: string; port?: number };
      if (attempt.port === -1) {
        failure.message = `connect ${failure.code} ${attempt.host}`;
        failure.address = attempt.host;
      } else if (failure.port === undefined) {
        // No socket file: nobody ever listened. A file that refuses: its process is gone.
        const remote = addressesOf(this)?.remote;
        Object.assign(
          failure,
          networkError('connect', 'ECONNREFUSED', remote?.address ?? attempt.host, attempt.port),
        );
        failure.message = `connect ECONNREFUSED ${failure.address}:${attempt.port}`;
      }
    }
    realDestroy.call(this as never, error, callback);
  };

  const realReset = net.Socket.prototype.resetAndDestroy;
  net.Socket.prototype.resetAndDestroy = function (this: net.Socket) {
    return addressesOf(this) === undefined ? realReset.call(this) : this.destroy();
  };
}

/** While packets vanish a timer stands for the connect in flight, so ref() and unref() must reach it. */
function patchReferences(): void {
  for (const method of ['ref', 'unref'] as const) {
    const real = net.Socket.prototype[method];
    net.Socket.prototype[method] = function (this: net.Socket) {
      attempts.get(this)?.timer?.[method]();
      return real.call(this) as net.Socket;
    } as (typeof net.Socket.prototype)[typeof method];
  }
}
