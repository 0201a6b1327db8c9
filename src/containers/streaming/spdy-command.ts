import type { Duplex } from 'node:stream';
import { SpdySession } from '../../lib/spdy/session.ts';
import type { SpdyStream } from '../../lib/spdy/stream.ts';
import type { CommandRequest, Remote } from './remote-command.ts';

/** How long a client has to open its streams (Models kubelet's streamCreationTimeout). */
const creationTimeoutMs = 30_000;

/** A client of exec or attach over SPDY: one stream each, told apart by the header streamType. */
export function spdyRemote(connection: Duplex, request: CommandRequest): Promise<Remote> {
  const expected = [
    'error',
    ...(request.stdin ? ['stdin'] : []),
    ...(request.stdout ? ['stdout'] : []),
    // A terminal has no second output.
    ...(request.stderr && !request.tty ? ['stderr'] : []),
    ...(request.tty ? ['resize'] : []),
  ];
  const streams = new Map<string, SpdyStream>();
  const closed: (() => void)[] = [];
  return new Promise((resolve, reject) => {
    const session = new SpdySession(connection, 'server', {
      onStream(stream) {
        const type = stream.headers.streamtype ?? '';
        streams.set(type, stream);
        // Sizes of a terminal that no program asks for.
        if (type === 'resize') stream.resume();
        if (expected.every((name) => streams.has(name))) {
          clearTimeout(timer);
          resolve(remote(session, streams, closed));
        }
      },
      onClose() {
        clearTimeout(timer);
        for (const callback of closed) callback();
      },
    });
    const timer = setTimeout(() => {
      session.close();
      reject(new Error('timed out waiting for client to create streams'));
    }, creationTimeoutMs);
  });
}

function remote(
  session: SpdySession,
  streams: ReadonlyMap<string, SpdyStream>,
  closed: (() => void)[],
): Remote {
  const outputs = [streams.get('stdout'), streams.get('stderr')];
  const write = (stream: SpdyStream | undefined, chunk: Buffer) => {
    if (stream?.writable) stream.write(chunk);
  };
  return {
    stdin: streams.get('stdin'),
    stdout: (chunk) => write(streams.get('stdout'), chunk),
    stderr: (chunk) => write(streams.get('stderr'), chunk),
    writable: () => outputs.every((stream) => stream === undefined || !stream.writableNeedDrain),
    onDrain(callback) {
      for (const stream of outputs) stream?.on('drain', callback);
    },
    onClose: (callback) => closed.push(callback),
    finish(status) {
      const error = streams.get('error')!;
      // The verdict comes last: a client that has it may stop reading.
      const flushed = outputs.map(
        (stream) => new Promise<void>((done) => (stream?.writable ? stream.end(() => done()) : done())),
      );
      const last = () => error.end(Buffer.from(JSON.stringify(status)), () => session.close());
      void Promise.all(flushed).then(last);
    },
  };
}
