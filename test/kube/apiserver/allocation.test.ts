import { describe, expect, test } from 'vitest';
import { addressAt, indexOf, parseCidr } from '../../../src/kube/apiserver/registry/cidr.ts';
import { RangeAllocator } from '../../../src/kube/apiserver/registry/range-allocator.ts';
import { MemoryEtcd } from './support/memory-etcd.ts';

const key = '/registry/ranges/serviceips';
const allocator = (etcd: MemoryEtcd, size = 16, dynamicFrom = 8) =>
  new RangeAllocator(etcd, key, 'serviceips', { size, label: '10.32.0.0/28', dynamicFrom }, () => 0);

describe('a range in etcd', () => {
  test('gives out each item once, the upper part first', async () => {
    const range = allocator(new MemoryEtcd(), 4, 2);
    const given = [];
    for (let count = 0; count < 5; count++) given.push(await range.allocateNext());
    expect(given).toEqual([2, 3, 0, 1, undefined]);
  });

  test('an item that is taken cannot be taken again until it is given back', async () => {
    const range = allocator(new MemoryEtcd());
    expect(await range.allocate(3)).toBe(true);
    expect(await range.allocate(3)).toBe(false);
    await range.release(3);
    expect(await range.allocate(3)).toBe(true);
  });

  test('three replicas never give out the same item', async () => {
    const etcd = new MemoryEtcd();
    const replicas = [allocator(etcd), allocator(etcd), allocator(etcd)];
    const given = await Promise.all(
      Array.from({ length: 15 }, (_, index) => replicas[index % 3]!.allocateNext()),
    );
    expect(new Set(given).size).toBe(15);
  });

  test('repair marks what is used at once, and frees only what the caller found leaked', async () => {
    const range = allocator(new MemoryEtcd());
    await range.allocate(3);
    expect(await range.repair(new Set([5]), new Set())).toEqual(new Set([3]));
    expect(await range.allocate(5)).toBe(false);
    expect(await range.allocate(3)).toBe(false);
    await range.repair(new Set([5]), new Set([3]));
    expect(await range.allocate(3)).toBe(true);
  });
});

describe('a CIDR', () => {
  test('is read with its bits below the mask dropped', () => {
    const cidr = parseCidr('10.32.0.5/24')!;
    expect(cidr.text).toBe('10.32.0.0/24');
    expect(addressAt(cidr, 1)).toBe('10.32.0.1');
    expect(indexOf(cidr, '10.32.0.10')).toBe(10);
    expect(indexOf(cidr, '10.33.0.10')).toBeUndefined();
  });

  test.each(['10.32.0.0', '10.32.0.0/33', 'x/24', '10.32.0/24'])('%s is none', (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });
});
