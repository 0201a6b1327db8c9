import { expect, test } from 'vitest';
import { Pool } from '../../src/loadbalancer/pool.ts';

const [a, b, c] = [10, 11, 12].map((last) => ({ host: `10.240.0.${last}`, port: 6443 })) as [
  { host: string; port: number },
  { host: string; port: number },
  { host: string; port: number },
];

test('backends take turns', () => {
  const pool = new Pool([a, b, c]);
  expect([1, 2, 3, 4].map(() => pool.candidates()[0])).toEqual([a, b, c, a]);
});

test('one failed check may be chance, the second in a row takes a backend out, one good answer brings it back', () => {
  const pool = new Pool([a, b]);
  expect(pool.reportCheck(a, false)).toBeUndefined();
  expect(pool.isUp(a)).toBe(true);
  expect(pool.reportCheck(a, false)).toEqual({ address: a, up: false });
  expect(pool.reportCheck(a, false)).toBeUndefined();
  expect([1, 2].map(() => pool.candidates()[0])).toEqual([b, b]);
  expect(pool.reportCheck(a, true)).toEqual({ address: a, up: true });
});

test('a failed connection takes a backend out at once', () => {
  const pool = new Pool([a, b]);
  expect(pool.reportConnectFailure(a)).toEqual({ address: a, up: false });
  expect(pool.candidates()).toEqual([b, a]);
});

test('when all are down they are still tried: better a late answer than none', () => {
  const pool = new Pool([a, b]);
  pool.reportConnectFailure(a);
  pool.reportConnectFailure(b);
  expect(pool.candidates()).toHaveLength(2);
});
