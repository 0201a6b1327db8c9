import dgram from 'node:dgram';
import dns from 'node:dns';
import { constants } from 'node:os';
import { asIpv4 } from '../../lib/ipv4.ts';
import { isVirtualHost } from './connect.ts';
import { endpoint } from './internals.ts';
import { maxDatagram } from './udp-flow.ts';
import { UdpSocket } from './udp-socket.ts';
import type { View } from './view.ts';

type Callback = (error: Error | null, bytes?: number) => void;
type Method = (this: dgram.Socket, ...args: unknown[]) => unknown;

interface Datagram {
  readonly message: Buffer;
  readonly port: number | undefined;
  readonly address: string | undefined;
  readonly callback: Callback | undefined;
}

function toBuffer(value: unknown): Buffer {
  if (typeof value === 'string') return Buffer.from(value);
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (Array.isArray(value)) return Buffer.concat(value.map(toBuffer));
  throw Object.assign(new TypeError('The "buffer" argument must be a string, a buffer or a list of them'), {
    code: 'ERR_INVALID_ARG_TYPE',
  });
}

/** send(msg[, offset, length][, port[, address]][, callback]): numbers before the port are a part of the message. */
function parseSend(args: readonly unknown[], connected: boolean): Datagram {
  const [first, ...rest] = args;
  const callback = rest.find((value) => typeof value === 'function') as Callback | undefined;
  const values = rest.filter((value) => typeof value !== 'function');
  let message = toBuffer(first);
  const numbers = values.findIndex((value) => typeof value !== 'number');
  const count = numbers < 0 ? values.length : numbers;
  const hasPart = connected ? count >= 2 : count >= 3;
  if (hasPart) {
    const [offset, length] = values.splice(0, 2) as [number, number];
    message = message.subarray(offset, offset + length);
  }
  const [port, address] = values;
  return {
    message,
    port: port === undefined || port === null ? undefined : Number(port),
    address: typeof address === 'string' && address !== '' ? address : undefined,
    callback,
  };
}

export function patchDgram(view: View): void {
  const prototype = dgram.Socket.prototype as unknown as Record<string, Method>;
  const real = { ...pick(prototype, ['bind', 'send', 'connect', 'disconnect', 'close', 'address']) };
  const realOthers = pick(prototype, ['remoteAddress', 'ref', 'unref']);
  const sockets = new WeakMap<dgram.Socket, UdpSocket>();
  /** Sockets of the jumpbox that went to the host's network: there they stay. */
  const onHost = new WeakSet<dgram.Socket>();

  /** The lab's side of a socket that is used with `host`; undefined when it is one of the host's. */
  const virtual = (socket: dgram.Socket, host: string | undefined): UdpSocket | undefined => {
    const known = sockets.get(socket);
    if (known !== undefined) return known;
    const isLab = !view.isJumpbox || (host !== undefined && isVirtualHost(view, host));
    if (onHost.has(socket) || !isLab) {
      onHost.add(socket);
      return undefined;
    }
    const made = new UdpSocket(view, socket);
    sockets.set(socket, made);
    return made;
  };

  const resolve = (host: string, done: (error: Error | null, address: string) => void) => {
    const literal = asIpv4(host);
    if (literal !== undefined) done(null, literal);
    else dns.lookup(host, { family: 4 }, (error, address) => done(error, address));
  };

  const assertRunning = (udp: UdpSocket) => {
    if (udp.closed) throw Object.assign(new Error('Not running'), { code: 'ERR_SOCKET_DGRAM_NOT_RUNNING' });
  };

  prototype.bind = function (...args) {
    const options = (typeof args[0] === 'object' && args[0] !== null ? args[0] : {}) as {
      port?: number;
      address?: string;
      fd?: number;
    };
    const port = options.port ?? (typeof args[0] === 'number' ? args[0] : 0);
    const address = options.address ?? (typeof args[1] === 'string' ? args[1] : undefined);
    const udp = options.fd === undefined ? virtual(this, address) : undefined;
    if (udp === undefined) return real.bind!.apply(this, args);
    assertRunning(udp);
    if (udp.bound !== undefined) {
      throw Object.assign(new Error('Socket is already bound'), { code: 'ERR_SOCKET_ALREADY_BOUND' });
    }
    const callback = args.at(-1);
    if (typeof callback === 'function') this.once('listening', callback as () => void);
    resolve(address || '0.0.0.0', (error, found) => {
      if (error !== null) this.emit('error', error);
      else
        udp.bind(found, port, (failure) => {
          if (udp.closed) return;
          if (failure === undefined) this.emit('listening');
          else this.emit('error', failure);
        });
    });
    return this;
  };

  prototype.connect = function (...args) {
    const [port, second] = args;
    const host = typeof second === 'string' && second !== '' ? second : '127.0.0.1';
    const udp = virtual(this, host);
    if (udp === undefined) return real.connect!.apply(this, args);
    assertRunning(udp);
    if (udp.connected !== undefined) {
      throw Object.assign(new Error('Already connected'), { code: 'ERR_SOCKET_DGRAM_IS_CONNECTED' });
    }
    const callback = args.at(-1);
    if (typeof callback === 'function') this.once('connect', callback as () => void);
    udp.bindImplicitly();
    resolve(host, (error, found) => {
      process.nextTick(() => {
        if (udp.closed) return;
        if (error !== null) {
          this.emit('error', error);
          return;
        }
        udp.connected = endpoint(found, Number(port));
        this.emit('connect');
      });
    });
    return undefined;
  };

  prototype.disconnect = function (...args) {
    const udp = sockets.get(this);
    if (udp === undefined) return real.disconnect!.apply(this, args);
    udp.connected = undefined;
    return undefined;
  };

  prototype.send = function (...args) {
    const known = sockets.get(this);
    if (known === undefined && onHost.has(this)) return real.send!.apply(this, args);
    const datagram = parseSend(args, known?.connected !== undefined);
    const host = datagram.address ?? '127.0.0.1';
    const udp = virtual(this, host);
    if (udp === undefined) return real.send!.apply(this, args);
    assertRunning(udp);
    const { message, callback } = datagram;
    const done = (error?: Error) =>
      process.nextTick(() => {
        if (callback !== undefined) callback(error ?? null, error === undefined ? message.length : undefined);
        else if (error !== undefined) this.emit('error', error);
      });
    const deliver = (address: string, port: number) => {
      if (message.length > maxDatagram) {
        const error = new Error(`send EMSGSIZE ${address}:${port}`);
        done(Object.assign(error, { code: 'EMSGSIZE', errno: -constants.errno.EMSGSIZE, syscall: 'send' }));
      } else if (!udp.closed) done(udp.send(message, address, port));
    };
    if (udp.connected !== undefined) {
      if (datagram.port !== undefined) {
        throw Object.assign(new Error('Already connected'), { code: 'ERR_SOCKET_DGRAM_IS_CONNECTED' });
      }
      deliver(udp.connected.address, udp.connected.port);
      return undefined;
    }
    const { port } = datagram;
    if (port === undefined || !Number.isInteger(port) || port < 1 || port > 65535) {
      throw Object.assign(new RangeError(`Port should be > 0 and < 65536. Received ${port}.`), {
        code: 'ERR_SOCKET_BAD_PORT',
      });
    }
    udp.bindImplicitly();
    resolve(host, (error, address) => {
      if (error !== null) done(error);
      else deliver(address, port);
    });
    return undefined;
  };

  prototype.close = function (...args) {
    sockets.get(this)?.close();
    return real.close!.apply(this, args);
  };

  prototype.address = function () {
    const udp = sockets.get(this);
    if (udp === undefined) return real.address!.call(this);
    if (udp.bound !== undefined) return udp.bound;
    throw Object.assign(new Error('getsockname EBADF'), {
      code: 'EBADF',
      errno: -constants.errno.EBADF,
      syscall: 'getsockname',
    });
  };

  prototype.remoteAddress = function () {
    const udp = sockets.get(this);
    if (udp === undefined) return realOthers.remoteAddress!.call(this);
    if (udp.connected !== undefined) return udp.connected;
    throw Object.assign(new Error('Not connected'), { code: 'ERR_SOCKET_DGRAM_NOT_CONNECTED' });
  };

  for (const name of ['ref', 'unref'] as const) {
    prototype[name] = function () {
      sockets.get(this)?.[name]();
      return realOthers[name]!.call(this);
    };
  }

  // Options of a kernel socket that change nothing here; the handle below is never bound and would answer EBADF.
  for (const name of ['setBroadcast', 'setTTL', 'setRecvBufferSize', 'setSendBufferSize']) {
    const realMethod = prototype[name]!;
    prototype[name] = function (...args) {
      return sockets.has(this) ? args[0] : realMethod.apply(this, args);
    };
  }
}

function pick(
  prototype: Record<string, Method>,
  names: readonly string[],
): Record<string, Method | undefined> {
  return Object.fromEntries(names.map((name) => [name, prototype[name]]));
}
