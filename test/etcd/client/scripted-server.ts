import { createServer, type ServerHttp2Session } from 'node:http2';
import type { WatchRequest } from '../../../src/etcd/client/index.ts';
import type { InitOf } from '../../../src/etcd/proto/codec.ts';
import { methods } from '../../../src/etcd/proto/methods.ts';
import {
  WatchRequest as WatchRequestCodec,
  WatchResponse as WatchResponseCodec,
} from '../../../src/etcd/proto/services.ts';
import { RpcTable } from '../../../src/etcd/server/rpc.ts';
import { GrpcServer, type ServerStream } from '../../../src/lib/grpc/server.ts';

/** A gRPC server on 127.0.0.1 that answers what the test says, and can drop its connections. */
export class ScriptedServer {
  readonly rpc = new RpcTable();
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #server = createServer();
  endpoint = '';

  static async start(): Promise<ScriptedServer> {
    const scripted = new ScriptedServer();
    const grpc = new GrpcServer(scripted.rpc, 1 << 20);
    scripted.#server.on('session', (session) => {
      scripted.#sessions.add(session);
      session.on('close', () => scripted.#sessions.delete(session));
    });
    scripted.#server.on('stream', (stream, headers) => grpc.handle(stream, headers));
    await new Promise<void>((resolve) => scripted.#server.listen(0, '127.0.0.1', resolve));
    const address = scripted.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    scripted.endpoint = `http://127.0.0.1:${address.port}`;
    return scripted;
  }

  /** As if the process had been killed, and started again at once. */
  dropConnections(): void {
    for (const session of this.#sessions) session.destroy();
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.dropConnections();
    await closed;
  }
}

/** The watch streams that clients open on a server, one after the other. */
export class WatchStreams {
  readonly #opened: ScriptedWatch[] = [];
  readonly #waiting: ((watch: ScriptedWatch) => void)[] = [];

  constructor(server: ScriptedServer) {
    server.rpc.addStream(methods.watch.path, (stream) => {
      const watch = new ScriptedWatch(stream);
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#opened.push(watch);
      else waiting(watch);
      return watch.receiver;
    });
  }

  next(): Promise<ScriptedWatch> {
    const opened = this.#opened.shift();
    return opened === undefined
      ? new Promise((resolve) => this.#waiting.push(resolve))
      : Promise.resolve(opened);
  }
}

export class ScriptedWatch {
  readonly stream: ServerStream;
  readonly #requests: WatchRequest[] = [];
  readonly #waiting: ((request: WatchRequest) => void)[] = [];
  readonly closed: Promise<void>;
  #onClosed: () => void = () => undefined;

  constructor(stream: ServerStream) {
    this.stream = stream;
    this.closed = new Promise((resolve) => {
      this.#onClosed = resolve;
    });
  }

  get receiver() {
    return {
      onMessage: (message: Buffer) => {
        const request = WatchRequestCodec.decode(message);
        const waiting = this.#waiting.shift();
        if (waiting === undefined) this.#requests.push(request);
        else waiting(request);
      },
      onHalfClose: () => this.stream.end(),
      onClose: () => this.#onClosed(),
    };
  }

  /** The next thing the client says. */
  request(): Promise<WatchRequest> {
    const request = this.#requests.shift();
    return request === undefined
      ? new Promise((resolve) => this.#waiting.push(resolve))
      : Promise.resolve(request);
  }

  send(response: InitOf<typeof WatchResponseCodec>): void {
    this.stream.send(WatchResponseCodec.encode(response));
  }

  /** Takes the next creation and answers it; gives what was asked for. */
  async accept(revision: number): Promise<NonNullable<WatchRequest['createRequest']>> {
    const { createRequest } = await this.request();
    if (createRequest === undefined) throw new Error('the client asked for something else');
    this.send({ header: { revision }, watchId: createRequest.watchId, created: true });
    return createRequest;
  }

  put(watchId: number, ...revisions: number[]): void {
    this.send({ header: { revision: revisions.at(-1)! }, watchId, events: revisions.map(putEvent) });
  }
}

export const putEvent = (revision: number) => ({
  kv: { key: Buffer.from(`key-${revision}`), modRevision: revision },
});
