import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Logger } from '../../lib/log.ts';
import type { Message } from '../raft/index.ts';
import { decodeMessage } from '../raft/message-codec.ts';
import { type Cluster, idText } from './cluster.ts';
import { goneStatus, peerPaths } from './peers.ts';

/** The receiving side of the members' network: who may talk to this member, and cutting streams into messages. */
export interface PeerHandlerOptions {
  readonly cluster: Cluster;
  readonly logger: Logger;
  readonly onMessage: (message: Message) => void;
  /** Somebody of this cluster whom this member has not heard of yet: it is still far behind, or has just joined. */
  readonly onStranger: (id: bigint, peerUrls: readonly string[]) => void;
}

const maxMessageBytes = 1 << 30;

/** Why a peer is turned away, or undefined. Models rafthttp/http.go. */
function refusal(
  cluster: Cluster,
  headers: IncomingHttpHeaders,
): { status: number; error: string } | undefined {
  const clusterId = headers['x-etcd-cluster-id'];
  if (clusterId !== idText(cluster.clusterId)) {
    return {
      status: 412,
      error: `cluster ID mismatch: remote ${clusterId}, local ${idText(cluster.clusterId)}`,
    };
  }
  if (headers['x-raft-to'] !== idText(cluster.localId)) {
    return {
      status: 412,
      error: `member ID mismatch: meant for ${headers['x-raft-to']}, this is ${idText(cluster.localId)}`,
    };
  }
  const from = senderOf(headers);
  if (from !== undefined && cluster.isRemoved(from)) {
    return { status: goneStatus, error: 'the member has been permanently removed from the cluster' };
  }
  return undefined;
}

/** A member must be able to answer whoever talks to it, and learns of the others only from the log that they send. */
function introduce({ cluster, onStranger }: PeerHandlerOptions, headers: IncomingHttpHeaders): void {
  const id = senderOf(headers);
  if (id === undefined || cluster.get(id) !== undefined) return;
  const urls = String(headers['x-peerurls'] ?? '')
    .split(',')
    .filter((url) => URL.canParse(url));
  if (urls.length > 0) onStranger(id, urls);
}

function senderOf(headers: IncomingHttpHeaders): bigint | undefined {
  const from = String(headers['x-server-from']);
  return /^[0-9a-f]{1,16}$/.test(from) ? BigInt(`0x${from}`) : undefined;
}

/** Cuts frames of a four-byte length and a message out of chunks. */
class MessageCutter {
  #pending: Buffer[] = [];
  #size = 0;

  push(chunk: Buffer, onMessage: (message: Message) => void): void {
    this.#pending.push(chunk);
    this.#size += chunk.length;
    if (this.#size < 4) return;
    // Joining only when the frame is complete keeps a big snapshot from being copied again and again.
    if (this.#pending[0]!.length < 4) this.#pending = [Buffer.concat(this.#pending)];
    if (this.#size < 4 + this.#pending[0]!.readUInt32BE(0)) return;
    let data = this.#pending.length === 1 ? this.#pending[0]! : Buffer.concat(this.#pending);
    while (data.length >= 4) {
      const length = data.readUInt32BE(0);
      if (length > maxMessageBytes) throw new RangeError(`raft message of ${length} bytes`);
      if (data.length < 4 + length) break;
      onMessage(decodeMessage(data.subarray(4, 4 + length)));
      data = data.subarray(4 + length);
    }
    this.#pending = data.length === 0 ? [] : [data];
    this.#size = data.length;
  }
}

/** For a listener: takes the streams of peers, and leaves all others. */
export function peerStreamHandler(options: PeerHandlerOptions) {
  const { cluster, logger } = options;
  return (stream: ServerHttp2Stream, headers: IncomingHttpHeaders): boolean => {
    const path = headers[':path'];
    if (path !== peerPaths.stream && path !== peerPaths.snapshot) return false;
    stream.on('error', () => undefined);
    const refused = refusal(cluster, headers);
    if (refused !== undefined) {
      logger.warning('rejected stream from remote peer', {
        'local-member-id': idText(cluster.localId),
        'remote-peer-id-from': headers['x-server-from'],
        error: refused.error,
      });
      stream.respond({ ':status': refused.status, 'x-etcd-error': refused.error }, { endStream: true });
      return true;
    }
    introduce(options, headers);
    const cutter = new MessageCutter();
    if (path === peerPaths.stream) stream.respond({ ':status': 200 });
    const from = senderOf(headers);
    stream.on('data', (chunk: Buffer) => {
      // Put out of the cluster while it talked, before it heard of that: it dials again, and is told so.
      if (from !== undefined && cluster.isRemoved(from)) {
        stream.close();
        return;
      }
      try {
        cutter.push(chunk, options.onMessage);
      } catch (error) {
        logger.warning('failed to decode raft message', { error });
        stream.destroy();
      }
    });
    stream.on('end', () => {
      if (path === peerPaths.snapshot) stream.respond({ ':status': 204 }, { endStream: true });
      else stream.end();
    });
    return true;
  };
}
