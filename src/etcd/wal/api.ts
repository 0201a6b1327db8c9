import type { ConfState, Entry, HardState } from '../raft/index.ts';

/** Says in the log that a snapshot file covers the entries up to here. */
export interface WalSnapshot {
  readonly index: number;
  readonly term: number;
  readonly confState?: ConfState;
}

export interface WalOptions {
  /** A segment is closed when it has grown beyond this many bytes. Default 64 MB, as etcd. */
  readonly segmentSizeBytes?: number;
  /** Told how long each fdatasync took, in milliseconds (etcd_disk_wal_fsync_duration_seconds). */
  readonly onSync?: (durationMs: number) => void;
  /** Milliseconds that never jump back; needed only with onSync. */
  readonly monotonic?: () => number;
}

/** What replaying a log gives: everything after the snapshot it was opened at. */
export interface WalReplay {
  readonly wal: WriteAheadLog;
  readonly metadata: Uint8Array;
  readonly hardState: HardState;
  /** Entries after the snapshot, in order, overwritten ones gone. */
  readonly entries: readonly Entry[];
  /** Bytes of a half-written record cut off the end, 0 when the log was whole. */
  readonly truncatedBytes: number;
}

export interface WriteAheadLog {
  /**
   * Records a batch. With mustSync it resolves when the batch is on disk; calls that meet while the disk is busy share
   * the next fdatasync. Without, it resolves once the bytes are with the operating system.
   */
  save(hardState: HardState | undefined, entries: readonly Entry[], mustSync: boolean): Promise<void>;
  /** Call after the snapshot file is safe: on opening, entries before the newest marker are skipped. */
  saveSnapshot(snapshot: WalSnapshot): Promise<void>;
  /** Removes segments that hold only entries up to the index; gives their names. */
  release(index: number): Promise<readonly string[]>;
  close(): Promise<void>;
}
