import { createWebSocketStream } from 'ws';
import { createLogger } from '../../../lib/log.ts';
import type { Pod, Service } from '../../api/types/core-v1.ts';
import { command } from '../cli/command.ts';
import { KubectlError } from '../cli/errors.ts';
import { fetchNamed, podOf, podPath } from '../streams/find-pod.ts';
import { byActivity } from '../streams/pod-order.ts';
import { PortForwarder } from '../streams/port-forward.ts';
import { parseAddresses, parsePorts, portsOfPod, portsOfService } from '../streams/ports.ts';
import { podRunningTimeoutFlag, usageError } from '../streams/shared-flags.ts';
import { keepAlive, openWebSocket } from '../streams/websocket.ts';

/** SPDY frames in the messages of a WebSocket, as kubectl does it since 1.31. */
const tunnelProtocol = 'SPDY/3.1+portforward.k8s.io';

/** Models kubectl/pkg/cmd/portforward. */
export const portForward = command({
  name: 'port-forward',
  summary: 'Forward one or more local ports to a pod',
  usage: 'TYPE/NAME [options] [LOCAL_PORT:]REMOTE_PORT [...[LOCAL_PORT_N:]REMOTE_PORT_N]',
  flags: {
    ...podRunningTimeoutFlag(60_000),
    address: {
      type: 'list',
      default: ['localhost'],
      help: 'Addresses to listen on; localhost stands for 127.0.0.1 and ::1',
    },
  },
  async run(session, { flags, positional }) {
    const [word, ...wanted] = positional;
    if (word === undefined || wanted.length === 0)
      throw usageError(session, 'TYPE/NAME and list of ports are required for port-forward');
    const cluster = session.cluster();
    const object = await fetchNamed(session, word);
    const found = await podOf(session, object, {
      order: byActivity,
      timeoutMs: flags['pod-running-timeout'],
      what: 'cannot attach to',
    });
    const words =
      object.kind === 'Service'
        ? portsOfService(wanted, object as unknown as Service, found)
        : portsOfPod(wanted, found);
    const pod = await cluster.request<Pod>('GET', podPath(found));
    if (pod.status?.phase !== 'Running')
      throw new KubectlError(
        `unable to forward port because pod is not running. Current status=${pod.status?.phase ?? ''}`,
      );
    const ports = parsePorts(words);
    const addresses = parseAddresses(flags.address);
    const { webSocket } = await openWebSocket(cluster.config, podPath(pod, 'portforward'), [tunnelProtocol]);
    keepAlive(webSocket, session.clock);
    const logger = createLogger({
      format: 'klog',
      caller: 'port-forward.ts',
      write: (line) => void session.stderr.write(`${line}\n`),
    });
    const forwarder = new PortForwarder(createWebSocketStream(webSocket, { allowHalfOpen: true }), {
      print: session.print,
      warn: session.warn,
      report: (error) => logger.error('Unhandled Error', { err: error }),
    });
    await forwarder.run(ports, addresses, session.signal);
  },
});
