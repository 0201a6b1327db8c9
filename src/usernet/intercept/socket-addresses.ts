import * as net from 'node:net';
import { type Endpoint, internals } from './internals.ts';

/** Both ends of a virtual connection, as the program on this side sees them. */
export interface SocketAddresses {
  readonly local: Endpoint;
  readonly remote: Endpoint;
}

const known = new WeakMap<net.Socket, SocketAddresses>();

export function setAddresses(socket: net.Socket, addresses: SocketAddresses): void {
  known.set(socket, addresses);
}

/** A TLS socket has the addresses of the socket it wraps. */
export function addressesOf(socket: net.Socket): SocketAddresses | undefined {
  for (let at: net.Socket | null | undefined = socket; at; at = internals(at)._parent) {
    const found = known.get(at);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** remoteAddress, remotePort, localAddress, localPort and address() all come from these two functions. */
export function patchSocketAddresses(): void {
  const prototype = internals(net.Socket.prototype);
  const realPeer = prototype._getpeername;
  const realSelf = prototype._getsockname;
  prototype._getpeername = function (this: net.Socket) {
    const found = addressesOf(this);
    if (found === undefined) return realPeer.call(this as never);
    return this.connecting || this.destroyed ? {} : found.remote;
  };
  prototype._getsockname = function (this: net.Socket) {
    const found = addressesOf(this);
    if (found === undefined) return realSelf.call(this as never);
    return this.connecting || this.destroyed ? {} : found.local;
  };
}
