import { Duplex, PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { encodeFrame, type Frame, FrameDecoder } from '../../../src/lib/spdy/frames.ts';
import { HeaderCompressor } from '../../../src/lib/spdy/headers.ts';
import { SpdySession } from '../../../src/lib/spdy/session.ts';
import type { SpdyStream } from '../../../src/lib/spdy/stream.ts';

/** Two ends of one connection. */
function duplexPair(): [Duplex, Duplex] {
  const [up, down] = [new PassThrough(), new PassThrough()];
  return [Duplex.from({ readable: down, writable: up }), Duplex.from({ readable: up, writable: down })];
}

test('a session over any duplex answers pings and confirms streams', async () => {
  const toServer = new PassThrough();
  const frames: Frame[] = [];
  const decoder = new FrameDecoder();
  const connection = Duplex.from({
    readable: toServer,
    writable: new PassThrough().on('data', (chunk: Buffer) => frames.push(...decoder.push(chunk))),
  });
  const opened = new Promise<string>((resolve) => {
    const session = new SpdySession(connection, 'server', {
      onStream(stream) {
        stream.on('data', (chunk: Buffer) => {
          resolve(`${stream.headers.streamtype}: ${chunk.toString()}`);
          session.close();
        });
      },
      onClose: () => undefined,
    });
  });
  const block = await new HeaderCompressor().encode({ streamType: 'data' });
  toServer.write(encodeFrame({ type: 'ping', id: 1 }));
  toServer.write(encodeFrame({ type: 'syn-stream', streamId: 1, priority: 0, fin: false, block }));
  toServer.write(encodeFrame({ type: 'data', streamId: 1, fin: false, data: Buffer.from('x') }));
  expect(await opened).toBe('data: x');
  expect(frames.map(({ type }) => type)).toEqual(['ping', 'syn-reply']);
});

test('a client opens streams, the server answers on them; ends travel by themselves', async () => {
  const [near, far] = duplexPair();
  const seen: string[] = [];
  const server = new SpdySession(far, 'server', {
    onStream(stream) {
      seen.push(`${stream.id} ${stream.headers.streamtype} ${stream.headers.requestid}`);
      stream.pipe(stream);
    },
    onClose: () => undefined,
  });
  const client = new SpdySession(near, 'client', { onClose: () => undefined });
  // Opened at once: their numbers rise, and each block is read with the memory of the one before.
  const streams = await Promise.all(
    ['0', '1', '2'].map((requestid) => client.open({ streamtype: 'data', requestid })),
  );
  const echo = (stream: SpdyStream) => {
    stream.end(`hello ${stream.id}`);
    return text(stream);
  };
  expect(await Promise.all(streams.map(echo))).toEqual(['hello 1', 'hello 3', 'hello 5']);
  expect(seen).toEqual(['1 data 0', '3 data 1', '5 data 2']);
  client.close();
  server.close();
});

test('a client takes no streams; a stream that the peer resets is closed', async () => {
  const [near, far] = duplexPair();
  const reset = new Promise<void>((resolve) => {
    const server = new SpdySession(far, 'server', {
      async onStream(stream) {
        const pushed = await server.open({ streamtype: 'data' });
        pushed.once('close', () => stream.destroy());
      },
      onClose: () => undefined,
    });
    const client = new SpdySession(near, 'client', { onClose: () => undefined });
    void client.open({ streamtype: 'data' }).then((stream) =>
      stream.once('close', () => {
        client.close();
        server.close();
        resolve();
      }),
    );
  });
  await reset;
});

test('the end of the connection ends every stream, and none can be opened after it', async () => {
  const [near, far] = duplexPair();
  let closed = 0;
  const client = new SpdySession(near, 'client', { onClose: () => void closed++ });
  const stream = await client.open({ streamtype: 'data' });
  const ended = new Promise((resolve) => stream.once('close', resolve));
  far.end();
  await ended;
  expect(closed).toBe(1);
  await expect(client.open({})).rejects.toThrow('the session is closed');
});
