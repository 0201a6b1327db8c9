import type { Logger } from '../../lib/log.ts';
import type { Snapshot } from '../raft/index.ts';
import { removeOldSnapshots, type SnapshotInParts, saveSnapshot } from '../snap/index.ts';
import type { Bootstrapped } from './bootstrap.ts';
import { idText } from './cluster.ts';

/** Entries kept before a snapshot: a member that is only a little behind is still helped from the log. */
const catchUpEntries = 5000;

/** The state at one index; its parts together are the snapshot's data. */
export interface CapturedState {
  readonly parts: Iterable<Buffer>;
  readonly metadata: Snapshot['metadata'];
}

export interface SnapshotsOptions {
  readonly boot: Bootstrapped;
  readonly logger: Logger;
  /** A snapshot is due when so many entries were applied since the last. */
  readonly everyEntries: number;
  /** Files to keep. */
  readonly keep: number;
  readonly capture: () => CapturedState | undefined;
  /** The disk failed: the member must stop. */
  readonly onFatal: (error: unknown) => void;
}

/**
 * Writes the state to a file now and then, so that the log before it can go. That takes as long as the disk likes, so
 * it happens beside the member's work: a leader that stopped for it would be voted out. Models snapshot() of
 * server/etcdserver/server.go.
 */
export class Snapshots {
  readonly #options: SnapshotsOptions;
  #lastIndex: number;
  #running: Promise<void> | undefined;

  constructor(options: SnapshotsOptions) {
    this.#options = options;
    this.#lastIndex = options.boot.snapshot?.metadata.index ?? 0;
  }

  /** Begins one if it is due, of the state as it is now. */
  takeIfDue(appliedIndex: number): void {
    const { everyEntries, capture, onFatal } = this.#options;
    if (this.#running !== undefined || appliedIndex - this.#lastIndex < everyEntries) return;
    const captured = capture();
    if (captured === undefined) return;
    this.#running = this.#take(captured)
      .catch(onFatal)
      .finally(() => {
        this.#running = undefined;
      });
  }

  /** Resolves when none is being taken. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** Makes the snapshot durable, then cuts the log and removes the files that it replaces. */
  async #take({ parts, metadata }: CapturedState): Promise<void> {
    const { logger, boot, keep } = this.#options;
    const { index } = metadata;
    logger.info('triggering snapshot', {
      'local-member-id': idText(boot.memberId),
      'local-member-applied-index': index,
      'local-member-snapshot-index': this.#lastIndex,
    });
    const data: Buffer[] = [];
    for (const part of parts) {
      data.push(part);
      // Others have their turn between two parts.
      await new Promise((resolve) => setImmediate(resolve));
    }
    await this.#save({ data, metadata });
    const compactIndex = index - catchUpEntries;
    if (compactIndex > boot.storage.firstIndex()) boot.storage.compact(compactIndex);
    await boot.wal.release(index);
    await removeOldSnapshots(boot.snapshotFiles, keep);
    logger.info('saved snapshot', { 'snapshot-index': index });
  }

  /** One that the leader sent: resolves when it is durable and the log says that it counts. */
  async save(snapshot: Snapshot): Promise<void> {
    // Our own cleans up unfinished files when it is done.
    await this.idle();
    await this.#save({ data: [snapshot.data], metadata: snapshot.metadata });
  }

  async #save(snapshot: SnapshotInParts): Promise<void> {
    const { boot } = this.#options;
    await saveSnapshot(boot.snapshotFiles, snapshot);
    await boot.wal.saveSnapshot(snapshot.metadata);
    this.#lastIndex = snapshot.metadata.index;
  }
}
