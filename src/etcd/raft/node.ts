import type { RaftNode } from './api.ts';
import { applyToTracker, encodeConfChange } from './confchange.ts';
import { invariant } from './errors.ts';
import type { Config, ProgressStatus, Ready, Status } from './ready.ts';
import { broadcastAppend, maybeCommit } from './replication.ts';
import { RaftState } from './state.ts';
import { step, tick } from './step.ts';
import {
  type ConfChange,
  type ConfState,
  type HardState,
  type Message,
  type MessageType,
  message,
  NONE,
  type NodeId,
  type SoftState,
} from './types.ts';

/** These come from the member itself; from the network they would be forged or misdirected. */
const LOCAL_MESSAGES: ReadonlySet<MessageType> = new Set([
  'MsgHup',
  'MsgBeat',
  'MsgUnreachable',
  'MsgSnapStatus',
  'MsgCheckQuorum',
]);

const sameHardState = (a: HardState, b: HardState) =>
  a.term === b.term && a.vote === b.vote && a.commit === b.commit;

/** A member without threads, timers, disk or network: those are the caller's, see the folder's index.ts. */
export class RawNode implements RaftNode {
  readonly #r: RaftState;
  #hardState: HardState;
  #softState: SoftState;
  /** The batch that is out, and the promises to ourselves that come true when it is on disk. */
  #outstanding: Ready | undefined;
  #toSelf: Message[] = [];

  constructor(config: Config) {
    this.#r = new RaftState(config);
    this.#hardState = this.#r.hardState();
    this.#softState = { lead: this.#r.lead, state: this.#r.state };
  }

  get lead(): NodeId {
    return this.#r.lead;
  }

  get isLeader(): boolean {
    return this.#r.state === 'StateLeader';
  }

  get term(): number {
    return this.#r.term;
  }

  get commit(): number {
    return this.#r.log.committed;
  }

  get applied(): number {
    return this.#r.log.applied;
  }

  tick(): void {
    tick(this.#r);
  }

  step(m: Message): void {
    if (LOCAL_MESSAGES.has(m.type)) return;
    step(this.#r, m);
  }

  campaign(): void {
    this.#local({ type: 'MsgHup' });
  }

  propose(data: Uint8Array): void {
    this.#local({ type: 'MsgProp', entries: [{ term: 0, index: 0, type: 'normal', data }] });
  }

  proposeConfChange(change: ConfChange): void {
    const data = encodeConfChange(change);
    this.#local({ type: 'MsgProp', entries: [{ term: 0, index: 0, type: 'conf-change', data }] });
  }

  readIndex(context: Uint8Array): void {
    this.#local({ type: 'MsgReadIndex', context });
  }

  transferLeadership(to: NodeId): void {
    this.#local({ type: 'MsgTransferLeader', from: to });
  }

  reportUnreachable(id: NodeId): void {
    this.#local({ type: 'MsgUnreachable', from: id });
  }

  reportSnapshot(id: NodeId, status: 'finish' | 'failure'): void {
    this.#local({ type: 'MsgSnapStatus', from: id, reject: status === 'failure' });
  }

  #local(fields: Partial<Message> & Pick<Message, 'type'>): void {
    step(this.#r, message({ from: this.#r.id, ...fields, to: this.#r.id }));
  }

  applyConfChange(change: ConfChange): ConfState {
    const r = this.#r;
    const state = applyToTracker(r.tracker, change, r.log.lastIndex());
    if (r.state !== 'StateLeader') return state;
    if (!r.tracker.voters.has(r.id)) {
      r.becomeFollower(r.term, NONE); // removed itself: the others elect a new leader (thesis 4.2.2)
      return state;
    }
    maybeCommit(r); // a smaller majority may already have what waits
    r.broadcastDue = true;
    if (!r.tracker.voters.has(r.leadTransferee)) r.leadTransferee = NONE;
    return state;
  }

  bootstrap(peers: readonly { readonly id: NodeId; readonly context: Uint8Array }[]): void {
    const r = this.#r;
    invariant(r.log.lastIndex() === 0 && r.term === 0, 'only an empty log can be bootstrapped');
    r.becomeFollower(1, NONE);
    const sorted = [...peers].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
    const changes = sorted.map(({ id, context }): ConfChange => {
      return { id: 0n, type: 'ConfChangeAddNode', nodeId: id, context };
    });
    r.log.append(
      changes.map((change, i) => {
        return { term: 1, index: i + 1, type: 'conf-change', data: encodeConfChange(change) };
      }),
    );
    // All members agree on these by configuration, so they count as committed; they will be handed out to be applied,
    // but must count before that, as nobody could campaign otherwise.
    r.log.commitTo(changes.length);
    for (const change of changes) applyToTracker(r.tracker, change, r.log.lastIndex());
  }

  hasReady(): boolean {
    const r = this.#r;
    if (this.#outstanding !== undefined) return false;
    return (
      r.messages.length > 0 ||
      r.messagesAfterPersist.length > 0 ||
      r.broadcastDue ||
      r.readStates.length > 0 ||
      r.log.unstable.entries.length > 0 ||
      r.log.unstable.snapshot !== undefined ||
      r.log.hasNextCommitted() ||
      r.state !== this.#softState.state ||
      r.lead !== this.#softState.lead ||
      r.term !== this.#hardState.term ||
      r.vote !== this.#hardState.vote ||
      r.log.committed !== this.#hardState.commit
    );
  }

  ready(): Ready {
    invariant(this.#outstanding === undefined, 'ready() before the batch that is out was advanced');
    const r = this.#r;
    if (r.broadcastDue && r.state === 'StateLeader') broadcastAppend(r);
    r.broadcastDue = false;

    const hardState = r.hardState();
    const hardStateChanged = !sameHardState(hardState, this.#hardState);
    const softChanged = r.lead !== this.#softState.lead || r.state !== this.#softState.state;
    const entries = r.log.unstable.entries.slice();
    const mustSync =
      entries.length > 0 ||
      r.log.unstable.snapshot !== undefined ||
      hardState.term !== this.#hardState.term ||
      hardState.vote !== this.#hardState.vote;

    const messages = r.messages;
    this.#toSelf = [];
    for (const m of r.messagesAfterPersist) (m.to === r.id ? this.#toSelf : messages).push(m);
    if (softChanged) this.#softState = { lead: r.lead, state: r.state };
    if (hardStateChanged) this.#hardState = hardState;

    const ready: Ready = {
      hardState: hardStateChanged ? hardState : undefined,
      softState: softChanged ? this.#softState : undefined,
      entries,
      snapshot: r.log.unstable.snapshot,
      committedEntries: r.log.nextCommitted(),
      messages,
      readStates: r.readStates,
      mustSync,
      sendBeforePersist: r.state === 'StateLeader',
    };
    r.messages = [];
    r.messagesAfterPersist = [];
    r.readStates = [];
    this.#outstanding = ready;
    return ready;
  }

  advance(ready: Ready): void {
    invariant(ready === this.#outstanding, 'advance() needs the batch that ready() gave last');
    const r = this.#r;
    this.#outstanding = undefined;
    const last = ready.entries[ready.entries.length - 1];
    if (last !== undefined) r.log.unstable.stableTo(last.index, last.term);
    if (ready.snapshot !== undefined) {
      r.log.unstable.stableSnapshotTo(ready.snapshot.metadata.index);
      r.log.appliedTo(ready.snapshot.metadata.index);
    }
    const applied = ready.committedEntries[ready.committedEntries.length - 1];
    if (applied !== undefined) {
      r.log.appliedTo(applied.index);
      r.reduceUncommittedSize(ready.committedEntries);
    }
    const toSelf = this.#toSelf;
    this.#toSelf = [];
    for (const m of toSelf) step(r, m);
  }

  status(): Status {
    const r = this.#r;
    const { voters, learners } = r.tracker.confState();
    const progress = new Map<NodeId, ProgressStatus>();
    if (r.state === 'StateLeader') for (const [id, of] of r.tracker.progress) progress.set(id, of.status());
    return {
      id: r.id,
      state: r.state,
      lead: r.lead,
      term: r.term,
      vote: r.vote,
      commit: r.log.committed,
      applied: r.log.applied,
      lastIndex: r.log.lastIndex(),
      leadTransferee: r.leadTransferee,
      voters,
      learners,
      progress,
    };
  }
}
