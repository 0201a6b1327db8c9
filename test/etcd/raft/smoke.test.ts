import { expect, test } from 'vitest';
import { Cluster } from './cluster.ts';

test('three members elect and replicate', () => {
  const c = new Cluster(3);
  c.tickAll(30);
  const leader = c.node(1n).lead;
  expect(leader).toBe(1n);
  c.propose(2n, 'a');
  c.propose(1n, 'b');
  c.settle();
  for (const id of [1n, 2n, 3n]) expect(c.member(id).applied).toEqual(['b', 'a']);
  c.node(3n).readIndex(new Uint8Array([1]));
  c.settle();
  expect(c.member(3n).reads.length).toBe(1);
});
