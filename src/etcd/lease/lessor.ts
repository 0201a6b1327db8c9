import { etcdError } from '../proto/errors.ts';

/*
 * Leases: promises to delete keys unless somebody keeps saying that they are still wanted.
 *
 *   LeaseGrant, LeaseRevoke ── through Raft ──▶ every member's Lessor (which leases there are, and their keys)
 *   LeaseKeepAlive ── to the leader only ──▶ a later expiry, in the leader's memory
 *   tick on the leader ── expired() ──▶ a LeaseRevoke proposal for each
 *
 * Only the leader has expiries. A new leader gives every lease its full time again: a lease may live longer than
 * promised, never shorter. Models server/lease/lessor.go.
 */

/** Seconds; more is refused (MaxLeaseTTL upstream). */
const maxTtl = 9_000_000_000;

interface Lease {
  readonly id: bigint;
  /** Seconds, as granted. */
  readonly ttl: number;
  /** Milliseconds of the monotonic clock; undefined where this member is not the leader. */
  expiry: number | undefined;
  readonly keys: Set<string>;
}

export interface LeaseState {
  readonly id: bigint;
  readonly ttl: number;
}

export class Lessor {
  readonly #minTtl: number;
  readonly #leases = new Map<bigint, Lease>();
  #primary = false;

  /** minTtl in seconds: a lease must outlive an election. */
  constructor(minTtl: number) {
    this.#minTtl = minTtl;
  }

  has(id: bigint): boolean {
    return this.#leases.has(id);
  }

  /** In order of granting. */
  list(): LeaseState[] {
    return [...this.#leases.values()].map(({ id, ttl }) => ({ id, ttl }));
  }

  /** Returns the time to live in seconds, never below the minimum. Throws LeaseExist, LeaseTTLTooLarge. */
  grant(id: bigint, ttl: number, now: number): number {
    if (ttl > maxTtl) throw etcdError('LeaseTTLTooLarge');
    if (id === 0n) throw etcdError('LeaseNotFound');
    if (this.#leases.has(id)) throw etcdError('LeaseExist');
    const granted = Math.max(ttl, this.#minTtl);
    const expiry = this.#primary ? now + granted * 1000 : undefined;
    this.#leases.set(id, { id, ttl: granted, expiry, keys: new Set() });
    return granted;
  }

  /** Removes the lease and returns the keys to delete, in order. Throws LeaseNotFound. */
  revoke(id: bigint): string[] {
    const lease = this.#find(id);
    this.#leases.delete(id);
    return [...lease.keys].sort();
  }

  /** On the leader: the full time again, in seconds. Throws LeaseNotFound, also for one that has expired already. */
  renew(id: bigint, now: number): number {
    const lease = this.#find(id);
    if (lease.expiry !== undefined && lease.expiry <= now) throw etcdError('LeaseNotFound');
    lease.expiry = now + lease.ttl * 1000;
    return lease.ttl;
  }

  /** Seconds left, rounded down as upstream tells them. Throws LeaseNotFound. */
  timeToLive(id: bigint, now: number): { ttl: number; grantedTtl: number; keys: string[] } {
    const lease = this.#find(id);
    const ttl = lease.expiry === undefined ? lease.ttl : Math.floor((lease.expiry - now) / 1000);
    return { ttl, grantedTtl: lease.ttl, keys: [...lease.keys].sort() };
  }

  attach(id: bigint, key: string): void {
    this.#leases.get(id)?.keys.add(key);
  }

  detach(id: bigint, key: string): void {
    this.#leases.get(id)?.keys.delete(key);
  }

  /** This member became the leader; `extendMs` covers the time in which nobody was. */
  promote(now: number, extendMs: number): void {
    this.#primary = true;
    for (const lease of this.#leases.values()) lease.expiry = now + lease.ttl * 1000 + extendMs;
  }

  demote(): void {
    this.#primary = false;
    for (const lease of this.#leases.values()) lease.expiry = undefined;
  }

  get isPrimary(): boolean {
    return this.#primary;
  }

  /** Leases to revoke, at most `limit`. */
  expired(now: number, limit = 1000): bigint[] {
    const ids: bigint[] = [];
    for (const lease of this.#leases.values()) {
      if (ids.length >= limit) break;
      if (lease.expiry !== undefined && lease.expiry <= now) ids.push(lease.id);
    }
    return ids;
  }

  /** Starts over with the leases of a snapshot; keys are attached as the store is restored. */
  restore(leases: Iterable<LeaseState>): void {
    this.#leases.clear();
    for (const { id, ttl } of leases) {
      this.#leases.set(id, { id, ttl, expiry: undefined, keys: new Set() });
    }
  }

  #find(id: bigint): Lease {
    const lease = this.#leases.get(id);
    if (lease === undefined) throw etcdError('LeaseNotFound');
    return lease;
  }
}
