import type { Codec } from '../../../src/etcd/proto/codec.ts';
import type { Method } from '../../../src/etcd/proto/methods.ts';
import type { Member } from '../../../src/etcd/proto/services.ts';
import { ServerStorage } from '../../../src/etcd/server/bootstrap.ts';
import { parseConfig, type ServerConfig } from '../../../src/etcd/server/config.ts';
import { RpcTable } from '../../../src/etcd/server/rpc.ts';
import { EtcdServer } from '../../../src/etcd/server/server.ts';
import { loadNewestSnapshot } from '../../../src/etcd/snap/index.ts';
import { createWal, openWal, validSnapshots, type WalFiles } from '../../../src/etcd/wal/index.ts';
import { FakeClock } from '../../../src/lib/clock.ts';
import type { StreamHandler, StreamReceiver } from '../../../src/lib/grpc/server.ts';
import type { GrpcError } from '../../../src/lib/grpc/status.ts';
import { createLogger } from '../../../src/lib/log.ts';
import { SimulatedDisk } from '../../simulation/disk.ts';
import { seededRandom } from '../../simulation/random.ts';

/** One real member, alone in its cluster, on a simulated disk and a clock that the test moves: no socket, no file, no wait. */

const member: Member = {
  id: 1n,
  name: 'm0',
  peerUrls: ['http://localhost:2380'],
  clientUrls: [],
  isLearner: false,
};

export function configOf(...args: string[]): ServerConfig {
  const parsed = parseConfig(['--name=m0', ...args], {});
  if (parsed.kind !== 'run') throw new Error(`these flags only print the ${parsed.kind}`);
  return parsed.config;
}

export class LocalServer {
  readonly clock: FakeClock;
  readonly rpc = new RpcTable();
  readonly server: EtcdServer;
  readonly disk: WalFiles;
  /** What the member said about its work, a line each. */
  readonly log: string[];
  /** What made the member stop, once something did. */
  failure: unknown;

  private constructor(
    clock: FakeClock,
    disk: WalFiles,
    log: string[],
    make: (hooks: { onFatal: (error: unknown) => void; onRemoved: () => void }) => EtcdServer,
  ) {
    this.clock = clock;
    this.disk = disk;
    this.log = log;
    this.server = make({
      onFatal: (error) => {
        this.failure = error;
      },
      onRemoved: () => undefined,
    });
  }

  /** A member that has just become the leader, unless `elect` is false; on a disk with a log it goes on from there. */
  static async start(
    options: {
      readonly flags?: readonly string[];
      readonly disk?: WalFiles;
      readonly clock?: FakeClock;
      readonly elect?: boolean;
    } = {},
  ): Promise<LocalServer> {
    const clock = options.clock ?? new FakeClock();
    const disk = options.disk ?? new SimulatedDisk({ random: seededRandom(1) });
    const config = configOf(...(options.flags ?? []));
    const boot = await bootFrom(disk);
    const log: string[] = [];
    const logger = createLogger({ format: 'zap', caller: 'test', clock, write: (line) => log.push(line) });
    const local = new LocalServer(
      clock,
      disk,
      log,
      (hooks) =>
        new EtcdServer({
          config,
          boot,
          logger,
          peerTls: undefined,
          clock,
          random: seededRandom(2),
          ...hooks,
        }),
    );
    local.server.start();
    if (options.elect !== false) await clock.advance(2 * config.electionMs);
    return local;
  }

  /** Ends the member and starts it again on the same disk, with the same clock. */
  async restart(...flags: string[]): Promise<LocalServer> {
    await this.server.stop();
    return LocalServer.start({ flags, disk: this.disk, clock: this.clock });
  }

  /** Calls a method as a client would, over its bytes; time goes on until it is answered. */
  async call<Req, ReqInit, Res, ResInit>(
    method: Method<Req, ReqInit, Res, ResInit>,
    request: ReqInit,
  ): Promise<Res> {
    const handler = this.rpc.unary.get(method.path)!;
    let settled = false;
    const answer = (async () =>
      handler(method.request.encode(request) as Buffer, { headers: {}, timeoutMs: undefined }))();
    answer.then(
      () => {
        settled = true;
      },
      () => {
        settled = true;
      },
    );
    for (let turn = 0; !settled && turn < 200; turn++) await this.clock.advance(turn < 20 ? 0 : 100);
    return method.response.decode(await answer);
  }

  /** Opens a stream of the method `path`, as a client that sends `requests` and gets `responses`. */
  stream<Req, Res>(
    handler: StreamHandler,
    codecs: { readonly request: Codec<unknown, Req>; readonly response: Codec<Res, never> },
    headers: Readonly<Record<string, string>> = {},
  ): TestStream<Req, Res> {
    return new TestStream(this.clock, handler, codecs, headers);
  }
}

async function bootFrom(disk: WalFiles) {
  const identity = { memberId: member.id, clusterId: 7n, snapshotFiles: disk, unlock: () => undefined };
  const storage = new ServerStorage();
  if (!(await disk.list()).some((name) => name.endsWith('.wal'))) {
    const wal = await createWal(disk, Buffer.from('test'));
    return {
      ...identity,
      wal,
      storage,
      snapshot: undefined,
      hardState: undefined,
      bootstrapMembers: [member],
    };
  }
  const snapshot = await loadNewestSnapshot(disk, await validSnapshots(disk));
  const { wal, hardState, entries } = await openWal(disk, snapshot?.metadata ?? { index: 0, term: 0 });
  if (snapshot !== undefined) storage.applySnapshot({ ...snapshot, data: new Uint8Array(0) });
  storage.setHardState(hardState);
  storage.append(entries);
  return { ...identity, wal, storage, snapshot, hardState, bootstrapMembers: undefined };
}

/** A client's end of a stream. */
export class TestStream<Req, Res> {
  readonly #clock: FakeClock;
  readonly #receiver: StreamReceiver;
  readonly #request: Codec<unknown, Req>;
  readonly #responses: Res[] = [];
  /** The client's window: with false the server must stop sending events. */
  writable = true;
  /** Set when the server ended the stream; `error` undefined is OK. */
  ended: { readonly error: GrpcError | undefined } | undefined;

  constructor(
    clock: FakeClock,
    handler: StreamHandler,
    codecs: { readonly request: Codec<unknown, Req>; readonly response: Codec<Res, never> },
    headers: Readonly<Record<string, string>>,
  ) {
    this.#clock = clock;
    this.#request = codecs.request;
    const isWritable = () => this.writable;
    this.#receiver = handler({
      call: { headers, timeoutMs: undefined },
      send: (message) => this.#responses.push(codecs.response.decode(message)),
      end: (error) => {
        this.ended ??= { error };
      },
      get writable() {
        return isWritable();
      },
    });
  }

  async send(request: Req): Promise<void> {
    this.#receiver.onMessage(this.#request.encode(request));
    await this.#clock.advance(0);
  }

  /** The client has taken what was sent. */
  async drain(): Promise<void> {
    this.writable = true;
    this.#receiver.onDrain?.();
    await this.#clock.advance(0);
  }

  halfClose(): void {
    this.#receiver.onHalfClose();
  }

  close(): void {
    this.#receiver.onClose();
  }

  /** What came since the last call. */
  take(): Res[] {
    return this.#responses.splice(0);
  }
}
