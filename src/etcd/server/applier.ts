import { GrpcError } from '../../lib/grpc/status.ts';
import type { Logger } from '../../lib/log.ts';
import { etcdError } from '../proto/errors.ts';
import { decodeConfChange } from '../raft/confchange.ts';
import { type ConfState, type Entry, NONE, type RawNode, type Snapshot } from '../raft/index.ts';
import type { ApplyResult, State } from './apply.ts';
import { type Cluster, idText } from './cluster.ts';
import { InternalRaftRequest } from './messages.ts';
import type { CapturedState } from './snapshots.ts';
import type { Waiters } from './waiters.ts';

export interface ApplierOptions {
  readonly node: RawNode;
  readonly cluster: Cluster;
  readonly state: State;
  readonly waiters: Waiters<ApplyResult>;
  readonly logger: Logger;
  /** The state to begin with; undefined for an empty one. */
  readonly snapshot: Snapshot | undefined;
  /** A request was applied. */
  readonly onRequest: () => void;
  /** The member of this id came, changed, or (no longer being in the cluster) went. */
  readonly onMember: (id: bigint) => void;
}

/**
 * Takes committed entries in order, each once: requests change the state, changes of membership the cluster, and who
 * waits for one of them hears how it went. Knows how far the state has come. Models apply() of server/etcdserver/server.go.
 */
export class Applier {
  readonly #options: ApplierOptions;
  #index = 0;
  #term = 0;
  #confState: ConfState = { voters: [], learners: [] };

  constructor(options: ApplierOptions) {
    this.#options = options;
    if (options.snapshot !== undefined) this.restore(options.snapshot);
  }

  /** The index of the last entry that the state holds. */
  get index(): number {
    return this.#index;
  }

  get confState(): ConfState {
    return this.#confState;
  }

  apply(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (entry.index <= this.#index) continue;
      if (entry.type !== 'normal') this.#applyConfChange(entry);
      else if (entry.data.length > 0) this.#applyRequest(entry.data);
      this.#index = entry.index;
      if (entry.term > this.#term) {
        this.#term = entry.term;
        this.#options.waiters.rejectOlderThan(entry.term, () => etcdError('TimeoutDueToLeaderFail'));
      }
    }
  }

  #applyRequest(data: Uint8Array): void {
    const { waiters, state, onRequest } = this.#options;
    const request = InternalRaftRequest.decode(data);
    try {
      waiters.resolve(request.id, state.apply(request));
    } catch (error) {
      // A request that fails fails alike on every member; anything but a GrpcError is our own mistake.
      if (!(error instanceof GrpcError)) throw error;
      waiters.reject(request.id, error);
    }
    onRequest();
  }

  #applyConfChange(entry: Entry): void {
    const { node, cluster, waiters, logger, onMember } = this.#options;
    const change = decodeConfChange(entry);
    try {
      cluster.validate(change);
    } catch (error) {
      this.#confState = node.applyConfChange({ ...change, nodeId: NONE });
      if (!(error instanceof GrpcError)) throw error;
      waiters.reject(change.id, error);
      return;
    }
    this.#confState = node.applyConfChange(change);
    cluster.apply(change);
    if (change.type === 'ConfChangeAddNode' || change.type === 'ConfChangeAddLearnerNode') {
      logger.info('added member', {
        'cluster-id': idText(cluster.clusterId),
        'local-member-id': idText(cluster.localId),
        'added-peer-id': idText(change.nodeId),
        'added-peer-peer-urls': cluster.get(change.nodeId)?.peerUrls,
      });
    }
    onMember(change.nodeId);
    waiters.resolve(change.id, {});
  }

  /** The state as it is now, to be put together when there is time; undefined while it is empty. */
  capture(): CapturedState | undefined {
    if (this.#index === 0) return undefined;
    return {
      parts: this.#options.state.snapshotParts(),
      metadata: { index: this.#index, term: this.#term, confState: this.#confState },
    };
  }

  /** The same at once, for a member that waits for it. */
  snapshot(): Snapshot | undefined {
    const captured = this.capture();
    if (captured === undefined) return undefined;
    return { data: Buffer.concat([...captured.parts]), metadata: captured.metadata };
  }

  restore(snapshot: Snapshot): void {
    this.#options.state.restore(snapshot.data);
    this.#index = snapshot.metadata.index;
    this.#term = snapshot.metadata.term;
    this.#confState = snapshot.metadata.confState;
  }
}
