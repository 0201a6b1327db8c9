import { type Clock, systemClock } from '../../lib/clock.ts';
import type { SessionTls } from '../../lib/grpc/session.ts';
import type { Logger } from '../../lib/log.ts';
import { etcdError } from '../proto/errors.ts';
import {
  type ConfChange,
  type ConfState,
  type Entry,
  type Message,
  NONE,
  RawNode,
  type Snapshot,
} from '../raft/index.ts';
import { Applier } from './applier.ts';
import { type ApplyResult, State } from './apply.ts';
import type { Bootstrapped } from './bootstrap.ts';
import { Cluster, encodeMemberContext } from './cluster.ts';
import { grpcOverheadBytes, type ServerConfig } from './config.ts';
import { LeaderDuties } from './leader-duties.ts';
import { InternalRaftRequest, type InternalRaftRequestInit } from './messages.ts';
import { Transport } from './peers.ts';
import { RaftLoop } from './raft-loop.ts';
import { ReadIndexes } from './read-index.ts';
import { Snapshots } from './snapshots.ts';
import { IdGenerator, Waiters } from './waiters.ts';

/*
 * One member of an etcd cluster. The life of a write:
 *
 *   client ─ gRPC ─▶ kv-service ─ propose() ─▶ raft-loop ─▶ WAL (fdatasync) and peers ─▶ committed
 *                        ▲                                                                 │
 *                        └───────── waiters: resolve(id) ◀── applier ─▶ State.apply ◀─────┘
 *                                                                          └─▶ watchers (watch-service)
 *
 * A linearizable read goes through read-index.ts and then to the local state; a serializable one straight to it.
 * Files: bootstrap.ts finds or makes the data, raft-loop.ts drives Raft, peers.ts and peer-handler.ts are the members'
 * network, applier.ts takes what is committed, apply.ts is the replicated state, snapshots.ts cuts the log,
 * leader-duties.ts is what a leader does unasked, *-service.ts are the RPCs, listener.ts is the port.
 * Models server/etcdserver.
 */
/** ReqTimeout upstream: 5 s for the disk and queues, and two elections. */
const baseTimeoutMs = 5000;

export interface ServerOptions {
  readonly config: ServerConfig;
  readonly boot: Bootstrapped;
  readonly logger: Logger;
  readonly peerTls: SessionTls | undefined;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** The disk failed, or our own mistake: the member must stop. */
  readonly onFatal: (error: unknown) => void;
  /** The others have removed this member from the cluster: it must stop. */
  readonly onRemoved: () => void;
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
  readonly #applier: Applier;
  readonly #snapshots: Snapshots;
  readonly #duties: LeaderDuties;
  readonly #transport: Transport;
  readonly #waiters = new Waiters<ApplyResult>();
  readonly #reads: ReadIndexes;
  readonly #timeoutMs: number;
  #lead = NONE;
  #leaderChanges = 0;
  #proposalsFailed = 0;
  #lostLeaderListeners = new Set<() => void>();
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
    this.node = new RawNode({
      id: boot.memberId,
      electionTick: electionTicks,
      heartbeatTick: 1,
      preVote: config.preVote,
      checkQuorum: true,
      applied: boot.snapshot?.metadata.index ?? 0,
      random: options.random ?? Math.random,
      storage: boot.storage,
    });
    if (boot.bootstrapMembers !== undefined) {
      this.node.bootstrap(
        boot.bootstrapMembers.map((member) => ({ id: member.id, context: encodeMemberContext(member) })),
      );
    }
    this.#duties = new LeaderDuties({
      memberId: boot.memberId,
      state: this.state,
      clock: this.clock,
      quotaBytes: config.quotaBytes,
      isLeader: () => this.isLeader,
      propose: (request) => this.propose(request),
    });
    this.#applier = new Applier({
      node: this.node,
      cluster: this.cluster,
      state: this.state,
      waiters: this.#waiters,
      logger: options.logger,
      snapshot: boot.snapshot,
      onRequest: () => this.#duties.checkQuota(),
      onMember: (id) => this.#memberChanged(id),
    });
    this.#snapshots = new Snapshots({
      boot,
      logger: options.logger,
      everyEntries: config.snapshotCount,
      keep: config.maxSnapshots,
      capture: () => this.#applier.capture(),
      onFatal: options.onFatal,
    });
    boot.storage.makeSnapshot = () => this.#applier.snapshot();
    this.#transport = new Transport({
      localId: boot.memberId,
      localUrls: () => this.cluster.get(boot.memberId)?.peerUrls ?? config.initialAdvertisePeerUrls,
      clusterId: boot.clusterId,
      tls: options.peerTls,
      logger: options.logger,
      clock: this.clock,
      onUnreachable: (id) => this.node.reportUnreachable(id),
      onRemoved: () => this.#removed(),
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
      appliedIndex: () => this.applied,
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
        saveSnapshot: (snapshot) => this.#snapshots.save(snapshot),
        restoreSnapshot: (snapshot) => this.#restore(snapshot),
        readState: (context, index) => this.#reads.confirmed(context, index),
        onLeaderChange: (lead, isLeader) => this.#leaderChanged(lead, isLeader),
        onTick: () => this.#tick(),
        afterBatch: () => this.#snapshots.takeIfDue(this.applied),
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
    return this.#applier.index;
  }
  get confState(): ConfState {
    return this.#applier.confState;
  }
  /** Whether there is a standing connection to the member; to itself there always is. */
  isConnected(id: bigint): boolean {
    return id === this.memberId || this.#transport.isActive(id);
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
    this.#duties.stop();
    await this.#loop.stop();
    await this.#snapshots.idle();
    this.#transport.stop();
    this.#waiters.rejectAll(() => etcdError('Stopped'));
    this.#reads.rejectAll(() => etcdError('Stopped'));
    await this.#options.boot.wal.close();
    this.#options.boot.unlock();
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
    if (data.length > this.config.maxRequestBytes + grpcOverheadBytes) throw etcdError('RequestTooLarge');
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

  /** A member that this one has not heard of talks to it, and wants answers. */
  meet(id: bigint, peerUrls: readonly string[]): void {
    if (!this.#stopped) this.#transport.set(id, peerUrls);
  }

  /** Called when this member no longer knows a leader, or the office has changed hands; returns how to stop listening. */
  onLeaderLost(listener: () => void): () => void {
    this.#lostLeaderListeners.add(listener);
    return () => this.#lostLeaderListeners.delete(listener);
  }

  #tick(): void {
    this.#waiters.expire(this.clock.monotonic(), () => {
      this.#proposalsFailed++;
      this.#loop.dropStalled();
      return this.#lead === NONE ? etcdError('Timeout') : etcdError('TimeoutDueToLeaderFail');
    });
    this.#reads.tick();
    this.#duties.revokeExpiredLeases();
  }

  #leaderChanged(lead: bigint, isLeader: boolean): void {
    if (isLeader) this.state.lessor.promote(this.clock.monotonic(), this.config.electionMs);
    else if (this.state.lessor.isPrimary) this.state.lessor.demote();
    if (lead !== NONE && lead !== this.#lead) this.#leaderChanges++;
    this.#lead = lead;
    if (lead === NONE) for (const listener of this.#lostLeaderListeners) listener();
    this.#reads.tick();
  }

  #apply(entries: readonly Entry[]): void {
    this.#applier.apply(entries);
    this.#reads.applied();
  }

  #memberChanged(id: bigint): void {
    const member = this.cluster.get(id);
    if (member !== undefined) {
      this.#transport.set(member.id, member.peerUrls);
      return;
    }
    this.#transport.remove(id);
    // The others must hear that this entry is applied here before it goes.
    if (id === this.memberId) this.clock.after(this.config.electionMs, () => this.#removed());
  }

  #removed(): void {
    if (this.#stopped) return;
    this.#logger.warning('the member has been permanently removed from the cluster');
    this.#logger.warning('data-dir used by this member must be removed', {
      'data-dir': this.config.dataDir,
    });
    this.#options.onRemoved();
  }

  #restore(snapshot: Snapshot): void {
    this.#logger.info('applied snapshot', {
      'current-applied-index': this.applied,
      'incoming-leader-snapshot-index': snapshot.metadata.index,
    });
    this.#applier.restore(snapshot);
    this.#transport.update(this.cluster.members());
    this.#reads.applied();
  }
}
