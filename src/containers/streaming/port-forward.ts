import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { errorMessage } from '../../lib/errors.ts';
import { SpdySession } from '../../lib/spdy/session.ts';
import type { SpdyStream } from '../../lib/spdy/stream.ts';

/** Connects to a port of the pod's own loopback. Rejects with what the network says. */
export type Dial = (port: number) => Promise<Socket>;

/** Streams that come without their partner are given up after this (Models kubelet's streamCreationTimeout). */
const creationTimeoutMs = 30_000;

interface Pair {
  error?: SpdyStream;
  data?: SpdyStream;
  readonly timer: NodeJS.Timeout;
}

/**
 * Serves port-forward on a connection that speaks SPDY: each forwarded connection is a pair of streams (error, data)
 * with the same requestID; the header port says where to. Models k8s.io/kubelet pkg/cri/streaming/portforward.
 */
export function servePortForward(connection: Duplex, podName: string, dial: Dial): SpdySession {
  const pairs = new Map<string, Pair>();
  return new SpdySession(connection, 'server', {
    onStream(stream) {
      const { streamtype: type, port, requestid } = stream.headers;
      // Old clients open error and data one after the other, with no id but their stream numbers.
      const id = requestid ?? String(type === 'error' ? stream.id : stream.id - 2);
      if ((type !== 'error' && type !== 'data') || !/^\d{1,5}$/.test(port ?? '')) {
        stream.destroy();
        return;
      }
      const pair: Pair = pairs.get(id) ?? {
        timer: setTimeout(() => {
          pairs.delete(id);
          pair.error?.end(`timed out waiting for the other stream of request ${id}`);
          pair.data?.destroy();
        }, creationTimeoutMs),
      };
      pair[type] = stream;
      pairs.set(id, pair);
      if (pair.error === undefined || pair.data === undefined) return;
      clearTimeout(pair.timer);
      pairs.delete(id);
      void forward(pair.error, pair.data, podName, Number(port), dial);
    },
    onClose() {
      for (const { timer } of pairs.values()) clearTimeout(timer);
    },
  });
}

/** One connection: bytes go both ways until an end closes; what goes wrong is told on the error stream. */
export async function forward(
  error: Duplex,
  data: Duplex,
  podName: string,
  port: number,
  dial: Dial,
): Promise<void> {
  // The client reads the error stream to its end; it never writes to it.
  error.resume();
  let socket: Socket;
  try {
    socket = await dial(port);
  } catch (reason) {
    error.end(`error forwarding port ${port} to pod ${podName}: ${errorMessage(reason)}`);
    data.end();
    data.resume();
    return;
  }
  if (data.destroyed) return void socket.destroy();
  socket.pipe(data);
  data.pipe(socket);
  socket.once('close', () => {
    if (!data.writableEnded) data.end();
    error.end();
  });
  data.once('close', () => socket.destroySoon());
}
