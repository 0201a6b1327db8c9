import * as net from 'node:net';
import { constants } from 'node:os';

/*
 * The few inner parts of Node that the interception stands on, given types in one place. They have been the same since
 * Node 12; `Socket._handle` and `net._normalizeArgs` are also what other well-known interceptors use.
 */

export interface StreamHandle {
  reading?: boolean;
  readStart(): number;
  readStop(): number;
  writeBuffer(request: object, bytes: Buffer): number;
}

export interface SocketInternals {
  connecting: boolean;
  _handle: StreamHandle | null;
  _parent?: net.Socket | null;
  _getpeername(): Endpoint | Record<string, never>;
  _getsockname(): Endpoint | Record<string, never>;
  _read(size: number): void;
  _destroy(error: Error | null, callback: (error: Error | null) => void): void;
}

export interface Endpoint {
  readonly address: string;
  readonly family: string;
  readonly port: number;
}

export const endpoint = (address: string, port: number): Endpoint => ({ address, family: 'IPv4', port });

export const internals = (socket: net.Socket) => socket as unknown as SocketInternals;

export interface NormalizedOptions {
  path?: string;
  port?: number | string;
  host?: string;
  localAddress?: string;
  localPort?: number;
  family?: number;
  lookup?: net.LookupFunction;
  fd?: number;
  backlog?: number;
  signal?: AbortSignal;
}

export type NormalizedArguments = [options: NormalizedOptions, callback: (() => void) | null];

/** Reads the many forms of connect() and listen(); a list that Node normalised already comes as one array. */
export function normalizeArguments(args: readonly unknown[]): NormalizedArguments {
  if (Array.isArray(args[0])) return args[0] as unknown as NormalizedArguments;
  const normalize = (net as unknown as { _normalizeArgs(args: readonly unknown[]): NormalizedArguments })
    ._normalizeArgs;
  return normalize(args);
}

interface WriteRequest {
  handle?: StreamHandle;
  oncomplete?: () => void;
}

interface Bindings {
  pipe_wrap: { Pipe: new (type: number) => StreamHandle; constants: { SOCKET: number } };
  stream_wrap: { WriteWrap: new () => WriteRequest };
}

const binding = <Name extends keyof Bindings>(name: Name): Bindings[Name] =>
  (process as unknown as { binding(name: Name): Bindings[Name] }).binding(name);

/** A handle for a unix socket before there is a path: tls needs to know the kind of handle at once. */
export function newPipeHandle(): StreamHandle {
  const { Pipe, constants: kinds } = binding('pipe_wrap');
  return new Pipe(kinds.SOCKET);
}

/** Writes past the stream, ahead of all that is queued in it. A failure shows at the program's own next write. */
export function writeToHandle(socket: net.Socket, bytes: Buffer): void {
  const handle = internals(socket)._handle;
  if (handle === null) return;
  const request = new (binding('stream_wrap').WriteWrap)();
  request.handle = handle;
  request.oncomplete = () => undefined;
  handle.writeBuffer(request, bytes);
}

export type NetworkErrorCode =
  | 'EACCES'
  | 'ECONNREFUSED'
  | 'EHOSTUNREACH'
  | 'ENETUNREACH'
  | 'ETIMEDOUT'
  | 'EADDRINUSE'
  | 'EADDRNOTAVAIL';

/** An error as Node makes it from a system call: `connect ECONNREFUSED 10.240.0.10:6443`. */
export function networkError(
  syscall: 'connect' | 'listen' | 'bind' | 'send',
  code: NetworkErrorCode,
  address: string,
  port: number,
): NodeJS.ErrnoException {
  const detail = code === 'EADDRINUSE' ? ': address already in use' : '';
  const error: NodeJS.ErrnoException & { address?: string; port?: number } = new Error(
    syscall === 'listen' && detail !== ''
      ? `listen ${code}${detail} ${address}:${port}`
      : `${syscall} ${code} ${address}:${port}`,
  );
  error.errno = -constants.errno[code];
  error.code = code;
  error.syscall = syscall;
  error.address = address;
  error.port = port;
  return error;
}
