import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2';
import { type Cancel, type Clock, systemClock } from '../../lib/clock.ts';
import { errorMessage } from '../../lib/errors.ts';
import { keepSessionAlive, openSession, type SessionTls } from '../../lib/grpc/session.ts';
import type { Logger } from '../../lib/log.ts';
import type { Message } from '../raft/index.ts';
import { encodeMessage } from '../raft/message-codec.ts';
import { idText } from './cluster.ts';

/*
 * The sending side of the members' own network. To each peer goes one HTTP/2 session with one long-lived stream of
 * framed Raft messages; snapshots, which are big, go each as a request of its own beside it. Raft repeats what gets
 * lost, so a message to a peer that cannot be reached is dropped, and Raft is told. Models server/etcdserver/api/rafthttp.
 */

export interface PeerOptions {
  readonly localId: bigint;
  /** Where the others reach this member; a peer that has not heard of it yet learns it so. */
  readonly localUrls: () => readonly string[];
  readonly clusterId: bigint;
  readonly tls: SessionTls | undefined;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly onUnreachable: (id: bigint) => void;
  /** A peer says that this member was removed from the cluster. */
  readonly onRemoved: () => void;
  readonly onSnapshotSent: (id: bigint, ok: boolean) => void;
}

export const peerPaths = { stream: '/raft/stream', snapshot: '/raft/snapshot' } as const;

/** The answer to a member that is none any more. */
export const goneStatus = 410;

const connectTimeoutMs = 2000;
const retryMs = 100;
/** What may wait in memory for a slow peer. */
const maxQueuedBytes = 32 << 20;

const warnEveryMs = 5000;

function frameMessage(message: Message): Buffer {
  const bytes = encodeMessage(message);
  const framed = Buffer.allocUnsafe(bytes.length + 4);
  framed.writeUInt32BE(bytes.length, 0);
  framed.set(bytes, 4);
  return framed;
}

class Peer {
  readonly id: bigint;
  readonly #options: PeerOptions;
  readonly #clock: Clock;
  #urls: readonly URL[];
  #at = 0;
  #session: ClientHttp2Session | undefined;
  #stream: ClientHttp2Stream | undefined;
  #connecting = false;
  #retry: Cancel | undefined;
  #warnedAt = Number.NEGATIVE_INFINITY;
  #stopped = false;
  active = false;

  constructor(id: bigint, urls: readonly string[], options: PeerOptions) {
    this.id = id;
    this.#urls = urls.map((url) => new URL(url));
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    void this.#connect();
  }

  setUrls(urls: readonly string[]): void {
    this.#urls = urls.map((url) => new URL(url));
  }

  get #headers() {
    return {
      ':method': 'POST',
      'x-server-from': idText(this.#options.localId),
      'x-raft-to': idText(this.id),
      'x-etcd-cluster-id': idText(this.#options.clusterId),
      'x-peerurls': this.#options.localUrls().join(','),
    };
  }

  async #connect(): Promise<void> {
    if (this.#connecting || this.#stopped || this.#retry !== undefined) return;
    this.#connecting = true;
    const url = this.#urls[this.#at++ % this.#urls.length]!;
    try {
      const session = await openSession(url, this.#options.tls ?? {}, connectTimeoutMs, (gone) =>
        this.#lost(gone),
      );
      this.#session = session;
      keepSessionAlive(session, 2000, 5000);
      const stream = session.request({ ...this.#headers, ':path': peerPaths.stream });
      stream.on('error', () => undefined);
      stream.on('data', () => undefined);
      stream.on('response', (headers) => {
        if (headers[':status'] !== 200) {
          this.#warn(
            'failed to stream to peer',
            `${headers['x-etcd-error'] ?? `status ${headers[':status']}`}`,
          );
          if (headers[':status'] === goneStatus) this.#options.onRemoved();
          session.destroy();
        } else {
          this.active = true;
          this.#warnedAt = Number.NEGATIVE_INFINITY;
          this.#options.logger.info('peer became active', { 'peer-id': idText(this.id) });
        }
      });
      stream.on('close', () => session.destroy());
      this.#stream = stream;
    } catch (error) {
      this.#warn('prober detected unhealthy status', errorMessage(error));
      this.#again();
    } finally {
      this.#connecting = false;
    }
  }

  #lost(session: ClientHttp2Session): void {
    if (this.#session !== session) return;
    this.#session = undefined;
    this.#stream = undefined;
    if (this.active) {
      this.active = false;
      this.#options.logger.warning('peer became inactive (message send to peer failed)', {
        'peer-id': idText(this.id),
        error: 'connection lost',
      });
    }
    this.#options.onUnreachable(this.id);
    this.#again();
  }

  #again(): void {
    if (this.#stopped || this.#retry !== undefined) return;
    this.#retry = this.#clock.after(retryMs, () => {
      this.#retry = undefined;
      void this.#connect();
    });
  }

  #warn(message: string, error: string): void {
    const now = this.#clock.monotonic();
    if (this.#stopped || now - this.#warnedAt < warnEveryMs) return;
    this.#warnedAt = now;
    this.#options.logger.warning(message, { 'remote-peer-id': idText(this.id), error });
  }

  send(message: Message): void {
    if (message.type === 'MsgSnap') {
      this.#sendSnapshot(message);
      return;
    }
    const stream = this.#stream;
    if (stream === undefined || stream.destroyed || stream.writableLength > maxQueuedBytes) {
      this.#options.onUnreachable(this.id);
      return;
    }
    stream.write(frameMessage(message));
  }

  #sendSnapshot(message: Message): void {
    const session = this.#session;
    if (session === undefined || session.destroyed) {
      this.#options.onSnapshotSent(this.id, false);
      return;
    }
    this.#options.logger.info('sending database snapshot', {
      'snapshot-index': message.snapshot?.metadata.index,
      'remote-peer-id': idText(this.id),
      bytes: message.snapshot?.data.length,
    });
    const stream = session.request({ ...this.#headers, ':path': peerPaths.snapshot });
    let ok = false;
    stream.on('response', (headers) => {
      ok = headers[':status'] === 204;
    });
    stream.on('data', () => undefined);
    stream.on('error', () => undefined);
    stream.on('close', () => this.#options.onSnapshotSent(this.id, ok));
    stream.end(frameMessage(message));
  }

  stop(): void {
    this.#stopped = true;
    this.#retry?.();
    this.#session?.destroy();
  }
}

export class Transport {
  readonly #options: PeerOptions;
  readonly #peers = new Map<bigint, Peer>();

  constructor(options: PeerOptions) {
    this.#options = options;
  }

  /** Makes the peers those of the list: new ones are connected to, others let go. */
  update(members: readonly { readonly id: bigint; readonly peerUrls: readonly string[] }[]): void {
    const wanted = new Map(members.map((member) => [member.id, member]));
    for (const [id, peer] of this.#peers) {
      if (wanted.has(id)) continue;
      peer.stop();
      this.#peers.delete(id);
    }
    for (const { id, peerUrls } of members) this.set(id, peerUrls);
  }

  /** One member came, or moved. */
  set(id: bigint, peerUrls: readonly string[]): void {
    if (id === this.#options.localId) return;
    const peer = this.#peers.get(id);
    if (peer === undefined) this.#peers.set(id, new Peer(id, peerUrls, this.#options));
    else peer.setUrls(peerUrls);
  }

  remove(id: bigint): void {
    this.#peers.get(id)?.stop();
    this.#peers.delete(id);
  }

  send(messages: readonly Message[]): void {
    for (const message of messages) this.#peers.get(message.to)?.send(message);
  }

  isActive(id: bigint): boolean {
    return this.#peers.get(id)?.active === true;
  }

  activePeers(): number {
    return [...this.#peers.values()].filter((peer) => peer.active).length;
  }

  stop(): void {
    for (const peer of this.#peers.values()) peer.stop();
    this.#peers.clear();
  }
}
