import { type Cancel, type Clock, systemClock } from '../../lib/clock.ts';
import type { SessionTls } from '../../lib/grpc/session.ts';
import { GrpcError } from '../../lib/grpc/status.ts';
import type { Logger } from '../../lib/log.ts';
import { etcdError } from '../proto/errors.ts';
import { AlarmAction, AlarmType } from '../proto/services.ts';
import { decodeConfChange } from '../raft/confchange.ts';
import {
  type ConfChange,
  type ConfState,
  type Entry,
  type Message,
  NONE,
  RawNode,
  type Snapshot,
} from '../raft/index.ts';
import { removeOldSnapshots, saveSnapshot } from '../snap/index.ts';
import { type ApplyResult, State } from './apply.ts';
import type { Bootstrapped } from './bootstrap.ts';
import { Cluster, encodeMemberContext, idText } from './cluster.ts';
import type { ServerConfig } from './config.ts';
import { InternalRaftRequest, type InternalRaftRequestInit } from './messages.ts';
import { Transport } from './peers.ts';
import { RaftLoop } from './raft-loop.ts';
import { ReadIndexes } from './read-index.ts';
import { IdGenerator, Waiters } from './waiters.ts';

/*
 * One member of an etcd cluster. The life of a write:
 *
 *   client ─ gRPC ─▶ kv-service ─ propose() ─▶ raft-loop ─▶ WAL (fdatasync) and peers ─▶ committed
 *                        ▲                                                                 │
 *                        └──────────── waiters: resolve(id) ◀── State.apply ◀──────────────┘
 *                                                                   └─▶ watchers (watch-service)
 *
 * A linearizable read goes through read-index.ts and then to the local state; a serializable one straight to it.
 * Files: bootstrap.ts finds or makes the data, raft-loop.ts drives Raft, peers.ts and peer-handler.ts are the members'
 * network, apply.ts is the replicated state, *-service.ts are the RPCs, listener.ts is the port. Models server/etcdserver.
 */
const catchUpEntries = 5000;
/** ReqTimeout upstream: 5 s for the disk and queues, and two elections. */
const baseTimeoutMs = 5000;

export interface ServerOptions {
  readonly config: ServerConfig;
  readonly boot: Bootstrapped;
  readonly logger: Logger;
  readonly peerTls: SessionTls | undefined;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly onFatal: (error: unknown) => void;
}

export class EtcdServer {
  readonly config: ServerConfig;
  readonly cluster: Cluster;
  readonly state: State;
  readonly node: RawNode;
  readonly clock: Clock;
  readonly ids: IdGenerator;
  readonly #options: ServerOptions;
  readonly #logger: Logger;
  readonly #loop: RaftLoop;
  readonly #transport: Transport;
  readonly #waiters = new Waiters<ApplyResult>();
  readonly #reads: ReadIndexes;
  readonly #timeoutMs: number;
  #confState: ConfState;
  #applied: number;
  #appliedTerm: number;
  #snapshotIndex: number;
  #lead = NONE;
  #leaderChanges = 0;
  #proposalsFailed = 0;
  #lostLeaderListeners = new Set<() => void>();
  #lastAlarmCheck: Cancel | undefined;
  #stopped = false;

  constructor(options: ServerOptions) {
    const { config, boot } = options;
    this.#options = options;
    this.config = config;
    this.#logger = options.logger;
    this.clock = options.clock ?? systemClock;
    this.cluster = new Cluster(boot.memberId, boot.clusterId);
    this.ids = new IdGenerator(boot.memberId, this.clock.now());
    this.#timeoutMs = baseTimeoutMs + 2 * config.electionMs;
    const electionTicks = Math.floor(config.electionMs / config.heartbeatMs);
    const minLeaseTtl = Math.ceil((Math.floor((3 * electionTicks) / 2) * config.heartbeatMs) / 1000);
    this.state = new State({ cluster: this.cluster, minLeaseTtl, monotonic: () => this.clock.monotonic() });
    if (boot.snapshot !== undefined) this.state.restore(boot.snapshot.data);
    this.#snapshotIndex = boot.snapshot?.metadata.index ?? 0;
    this.#applied = this.#snapshotIndex;
    this.#appliedTerm = boot.snapshot?.metadata.term ?? 0;
    this.#confState = boot.snapshot?.metadata.confState ?? { voters: [], learners: [] };
    this.node = new RawNode({
      id: boot.memberId,
      electionTick: electionTicks,
      heartbeatTick: 1,
      preVote: config.preVote,
      checkQuorum: true,
      applied: this.#applied,
      random: options.random ?? Math.random,
      storage: boot.storage,
    });
    if (boot.bootstrapMembers !== undefined) {
      this.node.bootstrap(
        boot.bootstrapMembers.map((member) => ({ id: member.id, context: encodeMemberContext(member) })),
      );
    }
    boot.storage.makeSnapshot = () => this.#currentSnapshot();
    this.#transport = new Transport({
      localId: boot.memberId,
      clusterId: boot.clusterId,
      tls: options.peerTls,
      logger: options.logger,
      clock: this.clock,
      onUnreachable: (id) => this.node.reportUnreachable(id),
      onSnapshotSent: (id, ok) => {
        this.node.reportSnapshot(id, ok ? 'finish' : 'failure');
        this.#loop.touched();
      },
    });
    this.#reads = new ReadIndexes({
      memberId: boot.memberId,
      ask: (context) => {
        this.node.readIndex(context);
        this.#loop.touched();
      },
      appliedIndex: () => this.#applied,
      monotonic: () => this.clock.monotonic(),
      timeoutMs: this.#timeoutMs,
      retryMs: Math.max(50, Math.floor(config.electionMs / 2)),
      timeoutError: () => etcdError('Timeout'),
    });
    this.#loop = new RaftLoop({
      id: boot.memberId,
      node: this.node,
      storage: boot.storage,
      wal: boot.wal,
      tickMs: config.heartbeatMs,
      clock: this.clock,
      logger: options.logger,
      handlers: {
        send: (messages) => this.#transport.send(messages),
        apply: (entries) => this.#apply(entries),
        saveSnapshot: (snapshot) => this.#saveSnapshot(snapshot),
        restoreSnapshot: (snapshot) => this.#restore(snapshot),
        readState: (context, index) => this.#reads.confirmed(context, index),
        onLeaderChange: (lead, isLeader) => this.#leaderChanged(lead, isLeader),
        onTick: () => this.#tick(),
        afterBatch: () => this.#snapshotIfDue(),
        onFatal: options.onFatal,
      },
    });
  }

  get memberId(): bigint {
    return this.cluster.localId;
  }
  get lead(): bigint {
    return this.node.lead;
  }
  get isLeader(): boolean {
    return this.node.isLeader;
  }
  get applied(): number {
    return this.#applied;
  }
  get confState(): ConfState {
    return this.#confState;
  }
  /** Counters for /metrics. */
  get counters() {
    return {
      leaderChanges: this.#leaderChanges,
      proposalsFailed: this.#proposalsFailed,
      proposalsPending: this.#waiters.size,
      activePeers: this.#transport.activePeers(),
    };
  }

  start(): void {
    const members = this.#options.boot.bootstrapMembers ?? this.cluster.members();
    this.#transport.update(members);
    // Nobody else could win, so there is nothing to wait for (initial-election-tick-advance upstream).
    if (members.length === 1 && members[0]!.id === this.memberId) {
      const ticks = Math.floor(this.config.electionMs / this.config.heartbeatMs) - 1;
      for (let tick = 0; tick < ticks; tick++) this.node.tick();
    }
    this.#loop.start();
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#lastAlarmCheck?.();
    await this.#loop.stop();
    this.#transport.stop();
    this.#waiters.rejectAll(() => etcdError('Stopped'));
    this.#reads.rejectAll(() => etcdError('Stopped'));
    await this.#options.boot.wal.close();
  }

  header(revision = this.state.store.revision) {
    return {
      clusterId: this.cluster.clusterId,
      memberId: this.memberId,
      revision,
      raftTerm: this.node.term,
    };
  }

  /** Sends a request through the log; resolves with what applying it gave. Throws GrpcError. */
  propose(request: InternalRaftRequestInit, timeoutMs = this.#timeoutMs): Promise<ApplyResult> {
    const id = this.ids.next();
    const data = InternalRaftRequest.encode({ ...request, id });
    if (data.length > this.config.maxRequestBytes + 512 * 1024) throw etcdError('RequestTooLarge');
    const result = this.#waiters.add(id, this.clock.monotonic() + timeoutMs);
    this.#loop.propose(data, (term) => this.#waiters.handedOver(id, term));
    return result;
  }

  /** Changes the membership; resolves when the change is applied. Throws GrpcError. */
  proposeConfChange(change: Omit<ConfChange, 'id'>): Promise<ApplyResult> {
    const id = this.ids.next();
    const result = this.#waiters.add(id, this.clock.monotonic() + this.#timeoutMs);
    try {
      this.node.proposeConfChange({ ...change, id });
    } catch {
      this.#waiters.reject(id, etcdError('NoLeader'));
    }
    this.#loop.touched();
    return result;
  }

  /** Resolves when a read of the local state is linearizable. Throws GrpcError. */
  readIndex(): Promise<void> {
    return this.#reads.wait();
  }

  transferLeadership(to: bigint): void {
    this.node.transferLeadership(to);
    this.#loop.touched();
  }

  receive(message: Message): void {
    if (message.to !== this.memberId || this.#stopped) return;
    this.#loop.step(message);
  }

  /** Called when this member no longer knows a leader, or the office has changed hands; returns how to stop listening. */
  onLeaderLost(listener: () => void): () => void {
    this.#lostLeaderListeners.add(listener);
    return () => this.#lostLeaderListeners.delete(listener);
  }

  #tick(): void {
    const now = this.clock.monotonic();
    this.#waiters.expire(now, () => {
      this.#proposalsFailed++;
      this.#loop.dropStalled();
      return this.#lead === NONE ? etcdError('Timeout') : etcdError('TimeoutDueToLeaderFail');
    });
    this.#reads.tick();
    if (!this.isLeader || !this.state.lessor.isPrimary) return;
    for (const id of this.state.lessor.expired(now)) {
      if (this.#revoking.has(id)) continue;
      this.#revoking.add(id);
      this.propose({ leaseRevoke: { id } })
        .catch(() => undefined)
        .finally(() => this.#revoking.delete(id));
    }
  }
  readonly #revoking = new Set<bigint>();

  #leaderChanged(lead: bigint, isLeader: boolean): void {
    if (isLeader) this.state.lessor.promote(this.clock.monotonic(), this.config.electionMs);
    else if (this.state.lessor.isPrimary) this.state.lessor.demote();
    if (lead !== NONE && lead !== this.#lead) this.#leaderChanges++;
    this.#lead = lead;
    if (lead === NONE) for (const listener of this.#lostLeaderListeners) listener();
    this.#reads.tick();
  }

  #apply(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (entry.index <= this.#applied) continue;
      if (entry.type !== 'normal') this.#applyConfChange(entry);
      else if (entry.data.length > 0) this.#applyRequest(entry.data);
      this.#applied = entry.index;
      if (entry.term > this.#appliedTerm) {
        this.#appliedTerm = entry.term;
        this.#waiters.rejectOlderThan(entry.term, () => etcdError('TimeoutDueToLeaderFail'));
      }
    }
    this.#reads.applied();
  }

  #applyRequest(data: Uint8Array): void {
    const request = InternalRaftRequest.decode(data);
    try {
      this.#waiters.resolve(request.id, this.state.apply(request));
    } catch (error) {
      // A request that fails fails alike on every member; anything but a GrpcError is our own mistake.
      if (!(error instanceof GrpcError)) throw error;
      this.#waiters.reject(request.id, error);
    }
    this.#checkQuota();
  }

  #checkQuota(): void {
    if (!this.isLeader || this.state.store.sizeBytes < this.config.quotaBytes) return;
    if (this.state.alarms(AlarmType.NOSPACE).length > 0 || this.#lastAlarmCheck !== undefined) return;
    this.#lastAlarmCheck = this.clock.after(1000, () => {
      this.#lastAlarmCheck = undefined;
    });
    const alarm = { action: AlarmAction.ACTIVATE, memberId: this.memberId, alarm: AlarmType.NOSPACE };
    this.propose({ alarm }).catch(() => undefined);
  }

  #applyConfChange(entry: Entry): void {
    const change = decodeConfChange(entry);
    try {
      this.cluster.validate(change);
    } catch (error) {
      this.#confState = this.node.applyConfChange({ ...change, nodeId: NONE });
      if (!(error instanceof GrpcError)) throw error;
      this.#waiters.reject(change.id, error);
      return;
    }
    this.#confState = this.node.applyConfChange(change);
    this.cluster.apply(change);
    const member = this.cluster.get(change.nodeId);
    if (member === undefined) this.#transport.remove(change.nodeId);
    else this.#transport.set(member.id, member.peerUrls);
    if (change.type === 'ConfChangeAddNode' || change.type === 'ConfChangeAddLearnerNode') {
      this.#logger.info('added member', {
        'cluster-id': idText(this.cluster.clusterId),
        'local-member-id': idText(this.memberId),
        'added-peer-id': idText(change.nodeId),
        'added-peer-peer-urls': member?.peerUrls,
      });
    }
    this.#waiters.resolve(change.id, {});
    if (change.type === 'ConfChangeRemoveNode' && change.nodeId === this.memberId) {
      this.#logger.warning('server has stopped; the member has been permanently removed from the cluster');
      this.clock.after(this.config.electionMs, () => this.#options.onFatal(undefined));
    }
  }

  /** The state as it is now, for a member that lags behind the log. */
  #currentSnapshot(): Snapshot | undefined {
    if (this.#applied === 0) return undefined;
    return {
      data: this.state.snapshot(),
      metadata: { index: this.#applied, term: this.#appliedTerm, confState: this.#confState },
    };
  }

  async #snapshotIfDue(): Promise<void> {
    if (this.#applied - this.#snapshotIndex < this.config.snapshotCount) return;
    const snapshot = this.#currentSnapshot();
    if (snapshot === undefined) return;
    const { index } = snapshot.metadata;
    this.#logger.info('triggering snapshot', {
      'local-member-id': idText(this.memberId),
      'local-member-applied-index': index,
      'local-member-snapshot-index': this.#snapshotIndex,
    });
    await this.#saveSnapshot(snapshot);
    const { storage, wal, snapshotFiles } = this.#options.boot;
    // A member that is only a little behind can then still be helped from the log.
    const compactIndex = index - catchUpEntries;
    if (compactIndex > storage.firstIndex()) storage.compact(compactIndex);
    await wal.release(index);
    await removeOldSnapshots(snapshotFiles, this.config.maxSnapshots);
    this.#logger.info('saved snapshot', { 'snapshot-index': index });
  }

  async #saveSnapshot(snapshot: Snapshot): Promise<void> {
    await saveSnapshot(this.#options.boot.snapshotFiles, snapshot);
    await this.#options.boot.wal.saveSnapshot(snapshot.metadata);
    this.#snapshotIndex = snapshot.metadata.index;
  }

  #restore(snapshot: Snapshot): void {
    this.#logger.info('applied snapshot', {
      'current-applied-index': this.#applied,
      'incoming-leader-snapshot-index': snapshot.metadata.index,
    });
    this.state.restore(snapshot.data);
    this.#applied = snapshot.metadata.index;
    this.#appliedTerm = snapshot.metadata.term;
    this.#confState = snapshot.metadata.confState;
    this.#transport.update(this.cluster.members());
    this.#reads.applied();
  }
}
