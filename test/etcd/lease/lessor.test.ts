import { describe, expect, test } from 'vitest';
import { Lessor } from '../../../src/etcd/lease/lessor.ts';

/** Seconds: what an election of one second makes the shortest lease. */
const minTtl = 2;
const primary = () => {
  const lessor = new Lessor(minTtl);
  lessor.promote(0, 0);
  return lessor;
};

describe('granting', () => {
  test('gives what was asked for, but never less than an election takes', () => {
    const lessor = primary();
    expect(lessor.grant(1n, 60, 0)).toBe(60);
    expect(lessor.grant(2n, 1, 0)).toBe(minTtl);
    expect(lessor.grant(3n, 0, 0)).toBe(minTtl);
    expect(lessor.list()).toEqual([
      { id: 1n, ttl: 60 },
      { id: 2n, ttl: minTtl },
      { id: 3n, ttl: minTtl },
    ]);
  });

  test('refuses an id that is taken, the id 0, and a time to live beyond the limit', () => {
    const lessor = primary();
    lessor.grant(1n, 60, 0);
    expect(() => lessor.grant(1n, 60, 0)).toThrow('etcdserver: lease already exists');
    expect(() => lessor.grant(0n, 60, 0)).toThrow('etcdserver: requested lease not found');
    expect(() => lessor.grant(2n, 9_000_000_001, 0)).toThrow('etcdserver: too large lease TTL');
    expect(lessor.grant(2n, 9_000_000_000, 0)).toBe(9_000_000_000);
  });

  test('an id may be granted again after it was revoked', () => {
    const lessor = primary();
    lessor.grant(1n, 60, 0);
    lessor.attach(1n, 'old');
    lessor.revoke(1n);
    lessor.grant(1n, 30, 0);
    expect(lessor.timeToLive(1n, 0)).toEqual({ ttl: 30, grantedTtl: 30, keys: [] });
  });
});

describe('keys', () => {
  test('come back sorted when the lease is revoked, without those that moved away', () => {
    const lessor = primary();
    lessor.grant(1n, 60, 0);
    for (const key of ['c', 'a', 'b', 'a']) lessor.attach(1n, key);
    lessor.detach(1n, 'b');
    expect(lessor.timeToLive(1n, 0).keys).toEqual(['a', 'c']);
    expect(lessor.revoke(1n)).toEqual(['a', 'c']);
    expect(lessor.has(1n)).toBe(false);
  });

  test('attached to a lease that is gone, or detached from one, change nothing', () => {
    const lessor = primary();
    lessor.attach(9n, 'a');
    lessor.detach(9n, 'a');
    expect(lessor.list()).toEqual([]);
    expect(() => lessor.revoke(9n)).toThrow('etcdserver: requested lease not found');
  });
});

describe('time', () => {
  test('a lease is due exactly when its time is over, unless it was renewed', () => {
    const lessor = primary();
    lessor.grant(1n, 10, 0);
    lessor.grant(2n, 10, 0);
    expect(lessor.renew(2n, 9999)).toBe(10);
    expect(lessor.expired(9999)).toEqual([]);
    expect(lessor.expired(10_000)).toEqual([1n]);
    expect(lessor.expired(19_999)).toEqual([1n, 2n]);
  });

  test('a lease that is due cannot be renewed any more: its revocation may be under way', () => {
    const lessor = primary();
    lessor.grant(1n, 10, 0);
    expect(() => lessor.renew(1n, 10_000)).toThrow('etcdserver: requested lease not found');
    expect(() => lessor.renew(2n, 0)).toThrow('etcdserver: requested lease not found');
  });

  test('the time left is rounded down to seconds', () => {
    const lessor = primary();
    lessor.grant(1n, 10, 0);
    expect(lessor.timeToLive(1n, 1).ttl).toBe(9);
    expect(lessor.timeToLive(1n, 1000).ttl).toBe(9);
    expect(lessor.timeToLive(1n, 9999).ttl).toBe(0);
    expect(() => lessor.timeToLive(2n, 0)).toThrow('etcdserver: requested lease not found');
  });

  test('no more leases than asked for are handed out at a time, lest one batch fill the log', () => {
    const lessor = primary();
    for (let id = 1n; id <= 5n; id++) lessor.grant(id, 2, 0);
    expect(lessor.expired(2000, 3)).toEqual([1n, 2n, 3n]);
  });
});

describe('leadership', () => {
  test('a follower never finds a lease due, and tells the granted time as what is left', () => {
    const lessor = new Lessor(minTtl);
    lessor.grant(1n, 10, 0);
    expect(lessor.isPrimary).toBe(false);
    expect(lessor.expired(Number.MAX_SAFE_INTEGER)).toEqual([]);
    expect(lessor.timeToLive(1n, 1_000_000).ttl).toBe(10);
  });

  test('a new leader gives every lease its full time again, and that of the election on top', () => {
    const lessor = new Lessor(minTtl);
    lessor.grant(1n, 10, 0);
    lessor.promote(60_000, 1000);
    expect(lessor.isPrimary).toBe(true);
    expect(lessor.expired(70_999)).toEqual([]);
    expect(lessor.expired(71_000)).toEqual([1n]);
  });

  test('a leader that lost its office forgets when leases end', () => {
    const lessor = primary();
    lessor.grant(1n, 10, 0);
    lessor.demote();
    expect(lessor.expired(1_000_000)).toEqual([]);
    lessor.promote(1_000_000, 0);
    expect(lessor.expired(1_009_999)).toEqual([]);
    expect(lessor.expired(1_010_000)).toEqual([1n]);
  });
});

test('restoring a snapshot replaces all leases; they have no keys until the store attaches them, and no end yet', () => {
  const lessor = primary();
  lessor.grant(1n, 10, 0);
  lessor.attach(1n, 'gone');
  lessor.demote();
  lessor.restore([
    { id: 2n, ttl: 20 },
    { id: 3n, ttl: 30 },
  ]);
  lessor.attach(2n, 'back');
  expect(lessor.has(1n)).toBe(false);
  expect(lessor.list()).toEqual([
    { id: 2n, ttl: 20 },
    { id: 3n, ttl: 30 },
  ]);
  expect(lessor.timeToLive(2n, 500_000)).toEqual({ ttl: 20, grantedTtl: 20, keys: ['back'] });
  expect(lessor.expired(Number.MAX_SAFE_INTEGER)).toEqual([]);
});
