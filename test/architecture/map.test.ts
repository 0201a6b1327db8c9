import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root, trackedFiles } from './sources.ts';

const text = readFileSync(join(root, 'docs/ARCHITECTURE.md'), 'utf8');
const named = [...text.matchAll(/`((?:src|scripts|test|bench|labs|certs|templates)\/[\w./-]*)`/g)].map(
  ([, path]) => path!.replace(/\/$/, ''),
);

test('every path that the map of the architecture names is there', () => {
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test('the map names every room of the house', () => {
  const rooms = trackedFiles('src/*').map((path) => {
    const parts = path.split('/');
    // etcd and kube are houses of their own.
    return parts.slice(0, ['etcd', 'kube'].includes(parts[1]!) ? 3 : 2).join('/');
  });
  expect([...new Set(rooms)].filter((room) => !named.includes(room))).toEqual([]);
});
