import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { watchTree } from '../../src/lib/watch-tree.ts';

function watched(skip?: (path: string) => boolean) {
  const root = mkdtempSync(join(tmpdir(), 'k8s-lab-tree-'));
  const path = (name: string) => join(root, name);
  mkdirSync(path('etc/etcd'), { recursive: true });
  mkdirSync(path('data/wal'), { recursive: true });
  const onChange = vi.fn();
  const end = watchTree(root, { onChange, ...(skip === undefined ? {} : { skip }) });
  onTestFinished(() => {
    end();
    rmSync(root, { recursive: true });
  });
  /** Does something and waits until it is told. */
  const seen = async (change: () => void) => {
    onChange.mockClear();
    change();
    await vi.waitFor(() => expect(onChange).toHaveBeenCalled());
  };
  return { path, onChange, seen };
}

test('what changes in nested folders is told, also in those that are made later or come back', async () => {
  const { path, seen } = watched();
  await seen(() => writeFileSync(path('etc/etcd/ca.pem'), 'one'));
  await seen(() => mkdirSync(path('etc/etcd/deep/er'), { recursive: true }));
  await seen(() => writeFileSync(path('etc/etcd/deep/er/key.pem'), 'two'));
  await seen(() => rmSync(path('etc/etcd/ca.pem')));
  await seen(() => renameSync(path('etc'), path('moved')));
  await seen(() => mkdirSync(path('etc')));
  await seen(() => writeFileSync(path('etc/hosts'), 'three'));
});

test('what is skipped is silent', async () => {
  const { path, onChange, seen } = watched((name) => name === 'data');
  writeFileSync(path('data/wal/1'), 'x');
  await seen(() => writeFileSync(path('etc/a'), 'x'));
  // Events come in order: one for the data would have come before.
  expect(onChange.mock.calls.length).toBeLessThanOrEqual(2);
});
