import { connect as connectTcp } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import type { ClientConfig } from '../../client/config.ts';

const connectTimeoutMs = 5_000;

/**
 * A connection of its own to the API server, for HTTP/1.1: the shared one of kube/client speaks HTTP/2, which has no
 * Upgrade. Goes the same way (directly or through the proxy) with the same certificates. Rejects with the error of the
 * connection.
 */
export async function dialServer(config: ClientConfig): Promise<Duplex> {
  const { hostname, port, host, protocol } = new URL(config.server);
  const address = { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port) || undefined };
  const through = await config.dial?.();
  if (protocol === 'http:')
    return through ?? settled(connectTcp({ ...address, port: address.port ?? 80 }), 'connect', host);
  const { ca, cert, key, insecureSkipTlsVerify, tlsServerName } = config;
  const socket = connectTls({
    ...address,
    port: address.port ?? 443,
    ...(through && { socket: through }),
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(tlsServerName && { servername: tlsServerName }),
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: insecureSkipTlsVerify !== true,
  });
  return settled(socket, 'secureConnect', host);
}

function settled(socket: Duplex, event: string, host: string): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => socket.destroy(new Error(`dial tcp ${host}: i/o timeout`)),
      connectTimeoutMs,
    );
    const fail = (error: Error) => {
      clearTimeout(timer);
      reject(error);
    };
    const closed = () => fail(new Error(`connection to ${host} closed`));
    socket.once('error', fail);
    socket.once('close', closed);
    socket.once(event, () => {
      clearTimeout(timer);
      socket.off('error', fail);
      socket.off('close', closed);
      resolve(socket);
    });
  });
}
