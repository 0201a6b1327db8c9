import { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { type Dial, forward } from './port-forward.ts';

export const channelProtocol = 'v4.channel.k8s.io';

/**
 * Serves port-forward on the channels of a WebSocket, as the clients of Python and JavaScript ask for it: each port that
 * the request named has a channel for its data and one for what goes wrong, and each message tells its channel in the
 * first byte. There is one connection a port, and the socket ends with the last of them. Models k8s.io/kubelet
 * pkg/cri/streaming/portforward/websocket.go.
 */
export function servePortForwardChannels(
  webSocket: WebSocket,
  ports: readonly number[],
  podName: string,
  dial: Dial,
): void {
  const channels = ports.flatMap((_port, index) =>
    [2 * index, 2 * index + 1].map((n) => channel(webSocket, n)),
  );
  webSocket.on('message', (message: Buffer) => {
    const stream = channels[message[0] ?? -1];
    if (stream?.writable) stream.push(message.subarray(1));
  });
  webSocket.on('error', () => undefined);
  webSocket.on('close', () => {
    for (const stream of channels) stream.destroy();
  });
  const forwards = ports.map((port, index) => {
    const [data, error] = [channels[2 * index]!, channels[2 * index + 1]!];
    // Both streams open with their port: the client knows by it that they stand.
    const opening = Buffer.alloc(2);
    opening.writeUInt16LE(port);
    data.write(opening);
    error.write(opening);
    const ended = new Promise<void>((resolve) => error.once('finish', resolve).once('close', resolve));
    void forward(error, data, podName, port, dial);
    return ended;
  });
  void Promise.all(forwards).then(() => webSocket.close(1000));
}

function channel(webSocket: WebSocket, number: number): Duplex {
  return new Duplex({
    // Bytes come when they come: a WebSocket of many channels cannot be held back for one of them.
    read() {},
    write(chunk: Buffer, _encoding, done) {
      if (webSocket.readyState !== webSocket.OPEN) return done();
      webSocket.send(Buffer.concat([Buffer.from([number]), chunk]), done);
    },
    // A channel cannot be closed by one side: when the pod has said all, nothing more is taken from the client.
    final(done) {
      this.push(null);
      done();
    },
  });
}
