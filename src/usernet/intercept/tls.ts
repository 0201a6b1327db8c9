import * as net from 'node:net';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import tls from 'node:tls';
import { isVirtualHost } from './connect.ts';
import { type NormalizedOptions, newPipeHandle, normalizeArguments } from './internals.ts';
import type { View } from './view.ts';

type Options = ConnectionOptions & NormalizedOptions & { allowHalfOpen?: boolean };

/** The forms of tls.connect(): (options), (port, options), (port, host, options), each with a callback. */
function normalize(args: readonly unknown[]): [Options, (() => void) | null] {
  const [options, callback] = normalizeArguments(args);
  const extra = [args[1], args[2]].find((value) => typeof value === 'object' && value !== null);
  return [{ ...options, ...(extra as Options | undefined) } as Options, callback];
}

/**
 * A TLS socket chooses its kind of handle (TCP or pipe) when it is made, before it knows where it will connect to. So
 * the raw connection is made first and handed over; names to verify stay those of the options. http2.connect and the
 * https agent call tls.connect through the module object, so they are caught too.
 */
export function patchTls(view: View): void {
  const realConnect = tls.connect as unknown as (options: Options, callback?: () => void) => TLSSocket;
  const connect = (...args: unknown[]): TLSSocket => {
    const [options, callback] = normalize(args);
    const host = options.host || 'localhost';
    if (
      options.socket !== undefined ||
      options.path ||
      options.port === undefined ||
      !isVirtualHost(view, host)
    ) {
      return (realConnect as unknown as (...args: unknown[]) => TLSSocket)(...args);
    }
    const raw = new net.Socket({
      allowHalfOpen: options.allowHalfOpen ?? false,
      // With a handle in place TLS reads and writes it in native code.
      handle: newPipeHandle(),
      manualStart: true,
    } as net.SocketConstructorOpts);
    raw.connect(options as net.TcpNetConnectOpts);
    const socket = realConnect({ ...options, host, socket: raw }, callback ?? undefined);
    if (options.timeout !== undefined && options.timeout > 0) socket.setTimeout(options.timeout);
    return socket;
  };
  tls.connect = connect as typeof tls.connect;
}
