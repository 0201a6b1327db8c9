import type { Cancel, Clock } from '../../lib/clock.ts';
import { AlarmAction, AlarmType } from '../proto/services.ts';
import type { ApplyResult, State } from './apply.ts';
import type { InternalRaftRequestInit } from './messages.ts';

export interface LeaderDutiesOptions {
  readonly memberId: bigint;
  readonly state: State;
  readonly clock: Clock;
  readonly quotaBytes: number;
  readonly isLeader: () => boolean;
  readonly propose: (request: InternalRaftRequestInit) => Promise<ApplyResult>;
}

/** What only the leader proposes by itself, for all: ends of leases that ran out, and the alarm when space does. */
export class LeaderDuties {
  readonly #options: LeaderDutiesOptions;
  /** Leases whose revocation is on its way through the log. */
  readonly #revoking = new Set<bigint>();
  /** The alarm was proposed a moment ago: it is not proposed again at once. */
  #alarmed: Cancel | undefined;

  constructor(options: LeaderDutiesOptions) {
    this.#options = options;
  }

  /** Call with every tick. */
  revokeExpiredLeases(): void {
    const { state, clock, isLeader, propose } = this.#options;
    if (!isLeader() || !state.lessor.isPrimary) return;
    for (const id of state.lessor.expired(clock.monotonic())) {
      if (this.#revoking.has(id)) continue;
      this.#revoking.add(id);
      propose({ leaseRevoke: { id } })
        .catch(() => undefined)
        .finally(() => this.#revoking.delete(id));
    }
  }

  /** Call after every request. */
  checkQuota(): void {
    const { memberId, state, clock, quotaBytes, isLeader, propose } = this.#options;
    if (!isLeader() || state.store.sizeBytes < quotaBytes) return;
    if (state.alarms(AlarmType.NOSPACE).length > 0 || this.#alarmed !== undefined) return;
    this.#alarmed = clock.after(1000, () => {
      this.#alarmed = undefined;
    });
    const alarm = { action: AlarmAction.ACTIVATE, memberId, alarm: AlarmType.NOSPACE };
    propose({ alarm }).catch(() => undefined);
  }

  stop(): void {
    this.#alarmed?.();
  }
}
