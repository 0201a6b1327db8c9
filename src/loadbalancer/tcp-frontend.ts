import net from 'node:net';
import type { Clock } from '../lib/clock.ts';
import { errorMessage } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import { type Address, formatAddress, type TcpFrontend } from './config.ts';
import { probe } from './health.ts';
import { Pool, type PoolChange } from './pool.ts';

/** A machine without power sends no refusal: the next backend is tried after this long. */
const connectTimeoutMs = 800;

/** Listens, and joins each client to the first backend that takes the connection. Returns how to stop. */
export async function serveTcp(frontend: TcpFrontend, clock: Clock, logger: Logger): Promise<() => void> {
  const pool = new Pool(frontend.backends);
  const joined = new Map<Address, Set<net.Socket>>(frontend.backends.map((backend) => [backend, new Set()]));

  const onChange = (change: PoolChange | undefined, reason: string | undefined) => {
    if (change === undefined) return;
    const fields = { frontend: frontend.name, backend: formatAddress(change.address) };
    if (change.up) {
      logger.info('backend is up', fields);
      return;
    }
    logger.warning('backend is down', { ...fields, reason: reason ?? 'unknown' });
    // Its connections may hang for minutes: clients are better off with an error, for then they come again.
    for (const socket of joined.get(change.address)!) socket.destroy();
  };

  const server = net.createServer({ allowHalfOpen: true }, async (client) => {
    client.on('error', () => client.destroy());
    for (const backend of pool.candidates()) {
      try {
        const upstream = await connect(backend);
        if (client.destroyed) upstream.destroy();
        else join(client, upstream, joined.get(backend)!);
        return;
      } catch (error) {
        onChange(pool.reportConnectFailure(backend), errorMessage(error));
      }
    }
    logger.error('no backend takes connections', { frontend: frontend.name });
    client.destroy();
  });
  await listen(server, frontend.listen);
  logger.info('serving', {
    frontend: frontend.name,
    address: formatAddress(frontend.listen),
    backends: frontend.backends.map(formatAddress).join(','),
  });

  const stopChecks = watchHealth(frontend, pool, clock, onChange);
  return () => {
    stopChecks();
    server.close();
    for (const sockets of joined.values()) for (const socket of sockets) socket.destroy();
  };
}

function watchHealth(
  frontend: TcpFrontend,
  pool: Pool,
  clock: Clock,
  onChange: (change: PoolChange | undefined, reason: string | undefined) => void,
): () => void {
  const check = frontend.healthCheck;
  if (check === undefined) return () => {};
  const running = new Set<Address>();
  const checkAll = () => {
    for (const [index, backend] of frontend.backends.entries()) {
      if (running.has(backend)) continue;
      running.add(backend);
      void probe({ url: check.urls[index]!, host: check.host, timeoutMs: check.timeoutMs }).then(
        (failure) => {
          running.delete(backend);
          onChange(pool.reportCheck(backend, failure === undefined), failure);
        },
      );
    }
  };
  checkAll();
  return clock.every(check.intervalMs, checkAll);
}

export function listen(server: net.Server, address: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port, address.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function connect(address: Address): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host: address.host, port: address.port, allowHalfOpen: true });
    const timer = setTimeout(() => socket.destroy(new Error('connect timeout')), connectTimeoutMs);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}

function join(client: net.Socket, upstream: net.Socket, connections: Set<net.Socket>): void {
  connections.add(upstream);
  client.setNoDelay(true);
  upstream.setNoDelay(true);
  client.pipe(upstream);
  upstream.pipe(client);
  client.once('close', () => upstream.destroy());
  upstream.on('error', () => upstream.destroy());
  upstream.once('close', () => {
    connections.delete(upstream);
    client.destroy();
  });
}
