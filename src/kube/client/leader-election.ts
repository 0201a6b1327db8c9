import { type Clock, sleep, systemClock } from '../../lib/clock.ts';
import { errorMessage } from '../../lib/errors.ts';
import type { Logger } from '../../lib/log.ts';
import { apiMicroTime } from '../api/time.ts';
import { isConflict, isNotFound } from './errors.ts';
import type { ApiObject } from './objects.ts';
import type { ResourceClient } from './resource-client.ts';

/** coordination.k8s.io/v1 Lease, as far as an election needs it. */
export interface ElectionLease extends ApiObject {
  spec?: {
    holderIdentity?: string;
    leaseDurationSeconds?: number;
    acquireTime?: string;
    renewTime?: string;
    leaseTransitions?: number;
  };
}

export interface LeaderElectionOptions {
  readonly leases: ResourceClient<ElectionLease>;
  readonly namespace: string;
  readonly name: string;
  /** Unique among the candidates: upstream's is `hostname_uuid`. */
  readonly identity: string;
  readonly leaseDurationMs: number;
  readonly renewDeadlineMs: number;
  readonly retryPeriodMs: number;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/**
 * Candidates write their name into one Lease; who holds it renews it, the others wait until it has not changed for a
 * whole lease duration *on their own clock*. Clocks of different machines are never compared. Models
 * client-go/tools/leaderelection.
 */
export class LeaderElector {
  readonly #options: LeaderElectionOptions;
  readonly #clock: Clock;
  readonly #random: () => number;
  #observed: { readonly record: string; readonly at: number } | undefined;
  #reportedLeader = '';

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
  }

  /**
   * Waits until this candidate leads, calls `lead` with a signal that aborts when leadership is lost, and resolves
   * to 'lost' then, or to 'stopped' when the outer signal aborted (the lease is released on the way out).
   */
  async run(lead: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<'lost' | 'stopped'> {
    const { retryPeriodMs, renewDeadlineMs, logger, namespace, name } = this.#options;
    logger.info('attempting to acquire leader lease', { lock: `${namespace}/${name}` });
    while (!(await this.#tryWithin(renewDeadlineMs, signal))) {
      await sleep(this.#clock, retryPeriodMs * (1 + 0.2 * this.#random()), signal);
      if (signal.aborted) return 'stopped';
    }
    if (signal.aborted) return 'stopped';
    logger.info('successfully acquired lease', { lock: `${namespace}/${name}` });
    const leading = new AbortController();
    const work = lead(AbortSignal.any([signal, leading.signal]));
    const outcome = await this.#renewUntilLost(signal);
    leading.abort();
    await work;
    if (outcome === 'stopped') await this.#release();
    else logger.error('leaderelection lost', { lock: `${namespace}/${name}` });
    return outcome;
  }

  async #renewUntilLost(signal: AbortSignal): Promise<'lost' | 'stopped'> {
    const { retryPeriodMs, renewDeadlineMs } = this.#options;
    let deadline = this.#clock.monotonic() + renewDeadlineMs;
    for (;;) {
      await sleep(this.#clock, retryPeriodMs, signal);
      if (signal.aborted) return 'stopped';
      const triedAt = this.#clock.monotonic();
      // Counted from before the write: the others begin to count when they see it.
      if (await this.#tryWithin(deadline - triedAt, signal)) deadline = triedAt + renewDeadlineMs;
      else if (this.#clock.monotonic() >= deadline) return 'lost';
    }
  }

  /** One try; false too when there is no answer in time, for an API server that hangs must not prolong a leader's belief. */
  async #tryWithin(limitMs: number, signal: AbortSignal): Promise<boolean> {
    const answered = new AbortController();
    const silence = sleep(this.#clock, limitMs, AbortSignal.any([signal, answered.signal]));
    try {
      return await Promise.race([this.#tryAcquireOrRenew(), silence.then(() => false)]);
    } finally {
      answered.abort();
    }
  }

  async #tryAcquireOrRenew(): Promise<boolean> {
    const { leases, namespace, name, identity, leaseDurationMs, logger } = this.#options;
    const now = apiMicroTime(this.#clock.now());
    try {
      const lease = await this.#read();
      if (lease === undefined) {
        const spec = {
          holderIdentity: identity,
          leaseDurationSeconds: Math.ceil(leaseDurationMs / 1000),
          acquireTime: now,
          renewTime: now,
          leaseTransitions: 0,
        };
        const created = await leases.in(namespace).create({
          apiVersion: 'coordination.k8s.io/v1',
          kind: 'Lease',
          metadata: { name, namespace },
          spec,
        });
        this.#observe(created);
        return true;
      }
      this.#observe(lease);
      const spec = lease.spec ?? {};
      const held = spec.holderIdentity === identity;
      const free = spec.holderIdentity === undefined || spec.holderIdentity === '';
      if (!held && !free && !this.#expired(leaseDurationMs)) return false;
      const renewed = await leases.in(namespace).update({
        ...lease,
        spec: {
          holderIdentity: identity,
          leaseDurationSeconds: Math.ceil(leaseDurationMs / 1000),
          acquireTime: held ? (spec.acquireTime ?? now) : now,
          renewTime: now,
          leaseTransitions: (spec.leaseTransitions ?? 0) + (held ? 0 : 1),
        },
      });
      this.#observe(renewed);
      return true;
    } catch (error) {
      if (!isConflict(error)) {
        logger.error('error retrieving resource lock', {
          lock: `${namespace}/${name}`,
          err: errorMessage(error),
        });
      }
      return false;
    }
  }

  async #read(): Promise<ElectionLease | undefined> {
    try {
      return await this.#options.leases.in(this.#options.namespace).get(this.#options.name);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  #observe(lease: ElectionLease): void {
    const holder = lease.spec?.holderIdentity ?? '';
    if (holder !== this.#reportedLeader && holder !== '') {
      this.#reportedLeader = holder;
      this.#options.logger.info('new leader elected', { identity: holder });
    }
    const record = JSON.stringify(lease.spec ?? {});
    if (this.#observed?.record !== record) this.#observed = { record, at: this.#clock.monotonic() };
  }

  #expired(leaseDurationMs: number): boolean {
    return this.#observed !== undefined && this.#clock.monotonic() - this.#observed.at >= leaseDurationMs;
  }

  /** Gives the lease back, so that the next candidate need not wait for it to run out. */
  async #release(): Promise<void> {
    try {
      const lease = await this.#read();
      if (lease?.spec?.holderIdentity !== this.#options.identity) return;
      const now = apiMicroTime(this.#clock.now());
      await this.#options.leases.in(this.#options.namespace).update({
        ...lease,
        spec: { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: now },
      });
    } catch (error) {
      this.#options.logger.warning('failed to release lock', { err: errorMessage(error) });
    }
  }
}
