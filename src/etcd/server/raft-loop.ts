import type { Cancel, Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import {
  type Entry,
  type MemoryStorage,
  type Message,
  NONE,
  ProposalDroppedError,
  type RaftNode,
  type Ready,
  type Snapshot,
  type SoftState,
} from '../raft/index.ts';
import type { WriteAheadLog } from '../wal/index.ts';
import { idText } from './cluster.ts';

/*
 * Drives a Raft node: ticks it, hands it messages and proposals, and carries out what it asks for, batch by batch:
 *
 *   Ready ── (a leader sends at once) ── write and sync the log ── (a follower sends) ── apply what is committed ── Advance
 *
 * Entries that an earlier batch made durable are applied while the disk works on the new ones. All that arrives in
 * one turn of the event loop, and while the disk is busy, becomes one batch with one fdatasync.
 * Models server/etcdserver/raft.go.
 */
export interface RaftLoopOptions {
  readonly id: bigint;
  readonly node: RaftNode;
  readonly storage: MemoryStorage;
  readonly wal: WriteAheadLog;
  readonly tickMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly handlers: RaftLoopHandlers;
}

export interface RaftLoopHandlers {
  send(messages: readonly Message[]): void;
  apply(entries: readonly Entry[]): void;
  /** The leader sent its state: write it to a file, resolve when it is durable. */
  saveSnapshot(snapshot: Snapshot): Promise<void>;
  restoreSnapshot(snapshot: Snapshot): void;
  readState(context: Uint8Array, index: number): void;
  onLeaderChange(lead: bigint, isLeader: boolean): void;
  onTick(): void;
  /** Called between batches, when nothing of Raft is under way. */
  afterBatch(): void;
  /** The disk failed, or our own mistake: the member must stop. */
  onFatal(error: unknown): void;
}

interface Proposal {
  readonly data: Uint8Array;
  readonly onHandedOver: (term: number) => void;
}

export class RaftLoop {
  readonly #options: RaftLoopOptions;
  #running: Promise<void> | undefined;
  #scheduled = false;
  #stopped = false;
  #cancelTick: Cancel | undefined;
  #lead = NONE;
  #isLeader = false;
  /** Proposals that came while there was no leader, in order. */
  #stalled: Proposal[] = [];

  constructor(options: RaftLoopOptions) {
    this.#options = options;
  }

  start(): void {
    this.#cancelTick = this.#options.clock.every(this.#options.tickMs, () => {
      this.#options.node.tick();
      this.#options.handlers.onTick();
      this.#schedule();
    });
    this.#schedule();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTick?.();
    await this.#running;
  }

  /** Takes data for the log; without a leader it waits for one. `onHandedOver` learns in which term a leader got it. */
  propose(data: Uint8Array, onHandedOver: (term: number) => void): void {
    try {
      this.#options.node.propose(data);
      onHandedOver(this.#options.node.term);
    } catch (error) {
      if (!(error instanceof ProposalDroppedError)) throw error;
      this.#stalled.push({ data, onHandedOver });
    }
    this.#schedule();
  }

  /** Something was asked of the node directly. */
  touched(): void {
    this.#schedule();
  }

  step(message: Message): void {
    try {
      this.#options.node.step(message);
    } catch (error) {
      // A forwarded proposal that this member cannot take: who sent it will run into its timeout.
      if (!(error instanceof ProposalDroppedError)) throw error;
    }
    this.#schedule();
  }

  /** Proposals whose callers have given up must not be carried out much later. */
  dropStalled(): void {
    this.#stalled = [];
  }

  #schedule(): void {
    if (this.#scheduled || this.#running !== undefined || this.#stopped) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#stopped || !this.#options.node.hasReady()) return;
      this.#running = this.#run()
        .catch((error: unknown) => {
          this.#stopped = true;
          this.#cancelTick?.();
          this.#options.handlers.onFatal(error);
        })
        .finally(() => {
          this.#running = undefined;
          if (this.#options.node.hasReady()) this.#schedule();
        });
    });
  }

  async #run(): Promise<void> {
    const { node, handlers } = this.#options;
    while (!this.#stopped && node.hasReady()) {
      const ready = node.ready();
      await this.#carryOut(ready);
      node.advance(ready);
      handlers.afterBatch();
    }
  }

  async #carryOut(ready: Ready): Promise<void> {
    const { storage, wal, handlers } = this.#options;
    if (ready.softState !== undefined) this.#softState(ready.softState);
    if (ready.sendBeforePersist) handlers.send(ready.messages);

    const firstNew = ready.entries[0]?.index ?? Number.POSITIVE_INFINITY;
    const durable =
      ready.snapshot === undefined ? ready.committedEntries.filter((entry) => entry.index < firstNew) : [];

    if (ready.snapshot !== undefined) await handlers.saveSnapshot(ready.snapshot);
    const saved =
      ready.entries.length > 0 || ready.hardState !== undefined
        ? wal.save(ready.hardState, ready.entries, ready.mustSync)
        : undefined;
    if (durable.length > 0) handlers.apply(durable);
    await saved;

    if (ready.snapshot !== undefined) {
      storage.applySnapshot(ready.snapshot);
      handlers.restoreSnapshot(ready.snapshot);
    }
    if (ready.hardState !== undefined) storage.setHardState(ready.hardState);
    storage.append(ready.entries);
    if (!ready.sendBeforePersist) handlers.send(ready.messages);
    if (durable.length < ready.committedEntries.length)
      handlers.apply(ready.committedEntries.slice(durable.length));
    for (const state of ready.readStates) handlers.readState(state.context, state.index);
  }

  #softState(state: SoftState): void {
    const { node, logger, handlers } = this.#options;
    const id = idText(this.#options.id);
    const names: Readonly<Record<SoftState['state'], string>> = {
      StateFollower: 'follower',
      StatePreCandidate: 'pre-candidate',
      StateCandidate: 'candidate',
      StateLeader: 'leader',
    };
    const term = node.term;
    if (state.state !== 'StateFollower' || state.lead === NONE || this.#isLeader) {
      logger.info(`${id} became ${names[state.state]} at term ${term}`);
    }
    if (state.lead !== this.#lead) {
      if (this.#lead === NONE)
        logger.info(`raft.node: ${id} elected leader ${idText(state.lead)} at term ${term}`);
      else if (state.lead === NONE)
        logger.info(`raft.node: ${id} lost leader ${idText(this.#lead)} at term ${term}`);
      else
        logger.info(
          `raft.node: ${id} changed leader from ${idText(this.#lead)} to ${idText(state.lead)} at term ${term}`,
        );
    }
    const isLeader = state.state === 'StateLeader';
    const changed = state.lead !== this.#lead || isLeader !== this.#isLeader;
    this.#lead = state.lead;
    this.#isLeader = isLeader;
    if (!changed) return;
    handlers.onLeaderChange(state.lead, isLeader);
    if (state.lead !== NONE && this.#stalled.length > 0) {
      const stalled = this.#stalled;
      this.#stalled = [];
      for (const { data, onHandedOver } of stalled) this.propose(data, onHandedOver);
    }
  }
}
