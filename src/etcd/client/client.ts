import type { Clock } from '../../lib/clock.ts';
import { type CallOptions, type ChannelTls, GrpcChannel, NotConnectedError } from '../../lib/grpc/channel.ts';
import { GrpcCode, GrpcError } from '../../lib/grpc/status.ts';
import type {
  CompactionResponse,
  DeleteRangeRequestInit,
  DeleteRangeResponse,
  PutRequestInit,
  PutResponse,
  RangeRequestInit,
  RangeResponse,
  TxnRequestInit,
  TxnResponse,
} from '../proto/kv.ts';
import { type Method, methods } from '../proto/methods.ts';
import type {
  LeaseGrantResponse,
  LeaseKeepAliveResponse,
  LeaseLeasesResponse,
  LeaseRevokeResponse,
  LeaseTimeToLiveResponse,
  MemberListResponse,
  StatusResponse,
  WatchCreateRequestInit,
} from '../proto/services.ts';
import { type Bytes, toBytes } from './keys.ts';
import { type WatchEndpoint, type WatchHandle, type WatchListener, WatchMultiplexer } from './watcher.ts';

/*
 * The etcd client: what kube-apiserver, etcdctl and the checks use to talk to etcd.
 *
 *   call ── pick the current endpoint's channel ── gRPC over one HTTP/2 session ── server
 *              │ Unavailable: the next endpoint becomes the current one
 *              └ retried there when that is safe: reads always, writes only if they never left this process
 *
 * A write whose answer was lost may or may not have happened; only the caller can find out, so it gets the error.
 * Watches share one stream (watcher.ts) and survive a change of endpoint.
 */

export interface EtcdClientOptions {
  /** `https://10.240.0.10:2379` or `http://…`; the first that answers is used until it fails. */
  readonly endpoints: readonly string[];
  /** PEM texts, not file names. */
  readonly tls?: ChannelTls | undefined;
  /** Time to connect to one endpoint. Default 2 s. */
  readonly dialTimeoutMs?: number;
  /** For calls that give no timeout of their own. Default: none. */
  readonly timeoutMs?: number;
  readonly keepAliveTimeMs?: number;
  readonly keepAliveTimeoutMs?: number;
  /** Watches end on a server without a leader, and move to another (metadata `hasleader`). Default true. */
  readonly requireLeader?: boolean;
  readonly clock?: Clock;
}

export type { CallOptions } from '../../lib/grpc/channel.ts';

type AnyMethod<Req, Res> = Method<unknown, Req, Res, never>;

export class EtcdClient {
  readonly #channels: readonly GrpcChannel[];
  readonly #options: EtcdClientOptions;
  readonly #watches: WatchMultiplexer;
  #current = 0;

  constructor(options: EtcdClientOptions) {
    this.#options = options;
    this.#channels = options.endpoints.map(
      (endpoint) =>
        new GrpcChannel(endpoint, {
          tls: options.tls,
          connectTimeoutMs: options.dialTimeoutMs ?? 2000,
          keepAliveTimeMs: options.keepAliveTimeMs,
          keepAliveTimeoutMs: options.keepAliveTimeoutMs,
        }),
    );
    this.#watches = new WatchMultiplexer(
      () => this.#connected(),
      options.requireLeader === false ? {} : { hasleader: 'true' },
      options.clock,
    );
  }

  /** Any range, as the protocol has it. */
  range(request: RangeRequestInit, options?: CallOptions): Promise<RangeResponse> {
    return this.#call(methods.range, request, options, true);
  }

  /** One key. */
  get(key: Bytes, options?: CallOptions): Promise<RangeResponse> {
    return this.range({ key: toBytes(key) }, options);
  }

  put(
    key: Bytes,
    value: Bytes,
    more: Omit<PutRequestInit, 'key' | 'value'> = {},
    options?: CallOptions,
  ): Promise<PutResponse> {
    return this.#call(methods.put, { ...more, key: toBytes(key), value: toBytes(value) }, options);
  }

  deleteRange(request: DeleteRangeRequestInit, options?: CallOptions): Promise<DeleteRangeResponse> {
    return this.#call(methods.deleteRange, request, options);
  }

  txn(request: TxnRequestInit, options?: CallOptions): Promise<TxnResponse> {
    const readOnly = [...(request.success ?? []), ...(request.failure ?? [])].every(
      (op) => op.requestRange !== undefined,
    );
    return this.#call(methods.txn, request, options, readOnly);
  }

  /** Forgets what was overwritten or deleted before the revision. `physical`: answer when the space is free. */
  compact(revision: number, physical = false, options?: CallOptions): Promise<CompactionResponse> {
    return this.#call(methods.compact, { revision, physical }, options);
  }

  /** Watches until cancelled; resumes by itself when a connection or a server is lost. */
  watch(request: WatchCreateRequestInit, listener: WatchListener): WatchHandle {
    return this.#watches.watch(request, listener);
  }

  /** All watches of this client get onProgress with the same revision, once the server has caught up with all. */
  requestWatchProgress(): void {
    this.#watches.requestProgress();
  }

  /** `ttl` in seconds; `id` 0n lets the server choose. */
  leaseGrant(ttl: number, id = 0n, options?: CallOptions): Promise<LeaseGrantResponse> {
    return this.#call(methods.leaseGrant, { ttl, id }, options);
  }

  leaseRevoke(id: bigint, options?: CallOptions): Promise<LeaseRevokeResponse> {
    return this.#call(methods.leaseRevoke, { id }, options);
  }

  /** Renews once. A `ttl` of 0 in the answer means that the lease is gone. */
  leaseKeepAliveOnce(id: bigint, options?: CallOptions): Promise<LeaseKeepAliveResponse> {
    return this.#call(methods.leaseKeepAlive, { id }, options, true);
  }

  leaseTimeToLive(id: bigint, keys = false, options?: CallOptions): Promise<LeaseTimeToLiveResponse> {
    return this.#call(methods.leaseTimeToLive, { id, keys }, options, true);
  }

  leaseLeases(options?: CallOptions): Promise<LeaseLeasesResponse> {
    return this.#call(methods.leaseLeases, {}, options, true);
  }

  memberList(linearizable = true, options?: CallOptions): Promise<MemberListResponse> {
    return this.#call(methods.memberList, { linearizable }, options, true);
  }

  /** The state of the endpoint in use. */
  status(options?: CallOptions): Promise<StatusResponse> {
    return this.#call(methods.status, {}, options, true);
  }

  /** Any method of the protocol (`methods.alarm` …), on the endpoint in use, never retried once it was sent. */
  call<Req, Res>(
    method: {
      path: string;
      request: AnyMethod<Req, Res>['request'];
      response: AnyMethod<Req, Res>['response'];
    },
    request: Req,
    options?: CallOptions,
  ): Promise<Res> {
    return this.#call(method, request, options);
  }

  /** A linearizable read got an answer: the endpoint is connected and its cluster has a quorum. Throws GrpcError. */
  async health(options: CallOptions = { timeoutMs: 5000 }): Promise<void> {
    await this.get('health', options);
  }

  close(): void {
    this.#watches.close();
    for (const channel of this.#channels) channel.close();
  }

  async #call<Req, Res>(
    method: AnyMethod<Req, Res>,
    request: Req,
    options: CallOptions = {},
    idempotent = false,
  ): Promise<Res> {
    const bytes = method.request.encode(request);
    const timeoutMs = options.timeoutMs ?? this.#options.timeoutMs;
    const deadline = timeoutMs === undefined ? undefined : performance.now() + timeoutMs;
    for (let attempt = 1; ; attempt++) {
      const at = this.#current;
      const left = deadline === undefined ? undefined : Math.max(1, deadline - performance.now());
      try {
        const answer = await this.#channels[at]!.unary(method.path, bytes, { ...options, timeoutMs: left });
        return method.response.decode(answer);
      } catch (error) {
        if (!(error instanceof GrpcError) || error.code !== GrpcCode.Unavailable) throw error;
        this.#leave(at);
        const safe = idempotent || error instanceof NotConnectedError;
        if (!safe || attempt >= this.#channels.length || options.signal?.aborted) throw error;
      }
    }
  }

  /** The endpoint failed: the next calls go to the following one, unless another call has moved on already. */
  #leave(failed: number): void {
    if (this.#current === failed) this.#current = (failed + 1) % this.#channels.length;
  }

  /** An endpoint with a standing session, trying each once. */
  async #connected(): Promise<WatchEndpoint> {
    for (let attempt = 1; ; attempt++) {
      const at = this.#current;
      const channel = this.#channels[at]!;
      try {
        await channel.connect();
        return { channel, leave: () => this.#leave(at) };
      } catch (error) {
        this.#leave(at);
        if (attempt >= this.#channels.length) throw error;
      }
    }
  }
}
