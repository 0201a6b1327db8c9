import { LabError } from '../../lib/errors.ts';

/** The proposal was not taken and will not be: there is no leader, a transfer is under way, or too much is uncommitted. */
export class ProposalDroppedError extends LabError {
  constructor(why: string) {
    super('raft proposal dropped', { where: why, remedy: 'try again when the cluster has a leader' });
    this.name = 'ProposalDroppedError';
  }
}

/** Entries asked for were compacted away; a snapshot stands for them. */
export class CompactedError extends LabError {
  constructor(index: number) {
    super('requested index is unavailable due to compaction', { where: `index ${index}` });
    this.name = 'CompactedError';
  }
}

/** Entries asked for are not (yet) in the log. */
export class UnavailableError extends LabError {
  constructor(index: number) {
    super('requested entry at index is unavailable', { where: `index ${index}` });
    this.name = 'UnavailableError';
  }
}

/** An older snapshot than the one the storage already holds. */
export class SnapshotOutOfDateError extends LabError {
  constructor(index: number) {
    super('requested index is older than the existing snapshot', { where: `index ${index}` });
    this.name = 'SnapshotOutOfDateError';
  }
}

/** What must never happen happened: our mistake, or a disk that forgot what it had confirmed. */
export class InvariantError extends LabError {
  constructor(what: string) {
    super(`raft: ${what}`, {
      remedy: 'the data folder of this member may have lost writes; replace the member',
    });
    this.name = 'InvariantError';
  }
}

export function invariant(holds: boolean, what: string): asserts holds {
  if (!holds) throw new InvariantError(what);
}
