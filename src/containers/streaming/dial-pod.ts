import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { route, type Verdict } from '../../usernet/forward.ts';
import { randomPort, socketPath } from '../../usernet/intercept/ports.ts';
import { encodePreamble } from '../../usernet/intercept/preamble.ts';
import type { Network } from '../../usernet/network.ts';

function findListener(network: Network, namespace: string, port: number): Verdict {
  const world = { state: network.state(), services: (machine: string) => network.serviceRules(machine) };
  return route({ namespace, protocol: 'TCP', destination: '127.0.0.1', port }, world, Math.random);
}

/**
 * Connects to a port of a pod's own loopback. containerd enters the pod's network namespace for that; the runtime here is
 * one process in the machine's namespace, so it asks usernet on the pod's behalf and opens the way that it names.
 * Rejects with Error, in the words of containerd.
 */
export function dialPod(network: Network, namespace: string, port: number): Promise<Socket> {
  const refused = () =>
    new Error(
      `failed to connect to localhost:${port} inside namespace ${JSON.stringify(namespace)}, IPv4: dial tcp4 127.0.0.1:${port}: connect: connection refused`,
    );
  const verdict = findListener(network, namespace, port);
  if (verdict.kind !== 'deliver') return Promise.reject(refused());
  const folder = join(network.runtimeDir, 's', verdict.namespace.key);
  return new Promise((resolve, reject) => {
    const socket = connect({
      path: socketPath(folder, 'TCP', verdict.address, verdict.port),
      allowHalfOpen: true,
    });
    socket.once('error', () => reject(refused()));
    socket.once('connect', () => {
      socket.write(
        encodePreamble({
          sourceAddress: verdict.seenSource,
          sourcePort: randomPort(),
          address: verdict.address,
          port: verdict.port,
        }),
      );
      socket.on('error', () => undefined);
      resolve(socket);
    });
  });
}
