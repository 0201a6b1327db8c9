import type { Logger } from '../../lib/log.ts';
import type { Snapshot } from '../raft/index.ts';
import { removeOldSnapshots, saveSnapshot } from '../snap/index.ts';
import type { Bootstrapped } from './bootstrap.ts';
import { idText } from './cluster.ts';

/** Entries kept before a snapshot: a member that is only a little behind is still helped from the log. */
const catchUpEntries = 5000;

export interface SnapshotsOptions {
  readonly boot: Bootstrapped;
  readonly logger: Logger;
  /** A snapshot is due when so many entries were applied since the last. */
  readonly everyEntries: number;
  /** Files to keep. */
  readonly keep: number;
}

/** Writes the state to a file now and then, so that the log before it can go. Models snapshot() of server/etcdserver/server.go. */
export class Snapshots {
  readonly #options: SnapshotsOptions;
  #lastIndex: number;

  constructor(options: SnapshotsOptions) {
    this.#options = options;
    this.#lastIndex = options.boot.snapshot?.metadata.index ?? 0;
  }

  isDue(appliedIndex: number): boolean {
    return appliedIndex - this.#lastIndex >= this.#options.everyEntries;
  }

  /** Makes the snapshot durable, then cuts the log and removes the files that it replaces. */
  async take(snapshot: Snapshot): Promise<void> {
    const { logger, boot, keep } = this.#options;
    const { index } = snapshot.metadata;
    logger.info('triggering snapshot', {
      'local-member-id': idText(boot.memberId),
      'local-member-applied-index': index,
      'local-member-snapshot-index': this.#lastIndex,
    });
    await this.save(snapshot);
    const compactIndex = index - catchUpEntries;
    if (compactIndex > boot.storage.firstIndex()) boot.storage.compact(compactIndex);
    await boot.wal.release(index);
    await removeOldSnapshots(boot.snapshotFiles, keep);
    logger.info('saved snapshot', { 'snapshot-index': index });
  }

  /** Resolves when it is durable and the log says that it counts. */
  async save(snapshot: Snapshot): Promise<void> {
    const { boot } = this.#options;
    await saveSnapshot(boot.snapshotFiles, snapshot);
    await boot.wal.saveSnapshot(snapshot.metadata);
    this.#lastIndex = snapshot.metadata.index;
  }
}
