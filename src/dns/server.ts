import dgram from 'node:dgram';
import net from 'node:net';
import { type DnsRequest, decodeRequest, emptyResponse, encodeResponse } from './message.ts';
import type { NextHandler } from './plugin.ts';

export interface DnsServer {
  close(): void;
}

/** Serves one port over UDP and TCP. An answer too long for UDP is cut there, and the client comes again over TCP. */
export async function serveDns(port: number, host: string, handler: NextHandler): Promise<DnsServer> {
  const answer = async (request: DnsRequest): Promise<Buffer> => {
    const response = await handler(request).catch(() => emptyResponse('SERVFAIL'));
    return encodeResponse(request, response);
  };

  const udp = dgram.createSocket('udp4');
  udp.on('message', async (bytes, remote) => {
    const request = decodeRequest(bytes, 'udp', `${remote.address}:${remote.port}`);
    if (request === undefined) return;
    const reply = await answer(request);
    udp.send(reply, remote.port, remote.address, () => {
      // A client that is gone has no use for its answer.
    });
  });
  await new Promise<void>((resolve, reject) => {
    udp.once('error', reject);
    udp.bind(port, host, () => {
      udp.off('error', reject);
      resolve();
    });
  });
  udp.on('error', () => {});

  const sockets = new Set<net.Socket>();
  const tcp = net.createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setTimeout(10_000, () => socket.destroy());
    const client = `${socket.remoteAddress}:${socket.remotePort}`;
    readFrames(socket, async (frame) => {
      const request = decodeRequest(frame, 'tcp', client);
      if (request === undefined) {
        socket.destroy();
        return;
      }
      const reply = await answer(request);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(reply.length);
      socket.write(Buffer.concat([length, reply]));
    });
  });
  await new Promise<void>((resolve, reject) => {
    tcp.once('error', reject);
    tcp.listen(udp.address().port, host, () => {
      tcp.off('error', reject);
      resolve();
    });
  });

  return {
    close() {
      udp.close();
      tcp.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Over TCP each message has its length before it, in two bytes. */
function readFrames(socket: net.Socket, onFrame: (frame: Buffer) => void): void {
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
      const end = 2 + rest.readUInt16BE(0);
      onFrame(rest.subarray(2, end));
      rest = rest.subarray(end);
    }
  });
}
