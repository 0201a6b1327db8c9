import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { lockDataDir, type ProcessIdentity } from '../../../src/etcd/server/data-lock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'etcd-lock-'));
  mkdirSync(join(folder, 'member'));
  return () => rmSync(folder, { recursive: true });
});

const lockFile = () => join(folder, 'member', 'lock');
/** A system on which these processes live, seen by one of them. */
const seenBy = (self: ProcessIdentity, ...alive: ProcessIdentity[]) => ({
  self: () => self,
  isAlive: ({ pid, startTime }: ProcessIdentity) =>
    [self, ...alive].some((each) => each.pid === pid && each.startTime === startTime),
});
const first = { pid: 10, startTime: '500' };
const second = { pid: 11, startTime: '600' };

test('a folder in use is refused, with the process that uses it and what to do', () => {
  lockDataDir(folder, seenBy(first, second));
  expect(() => lockDataDir(folder, seenBy(second, first))).toThrow(
    expect.objectContaining({
      message: 'another etcd process (pid 10) is using this data directory',
      where: folder,
      remedy: expect.stringContaining('--data-dir of its own'),
    }),
  );
});

test('a folder that was given back is free', () => {
  lockDataDir(folder, seenBy(first))();
  expect(existsSync(lockFile())).toBe(false);
  lockDataDir(folder, seenBy(second, first));
});

test('the lock of a process that was killed does not count', () => {
  lockDataDir(folder, seenBy(first));
  lockDataDir(folder, seenBy(second));
  expect(readFileSync(lockFile(), 'utf8')).toBe('11 600\n');
});

test('nor when its number was given to another process meanwhile', () => {
  lockDataDir(folder, seenBy(first));
  lockDataDir(folder, seenBy(second, { pid: 10, startTime: '550' }));
});

test.each(['', 'garbage', '-5 3\n'])('nor a file that names nobody: %j', (text) => {
  writeFileSync(lockFile(), text);
  expect(() => lockDataDir(folder, seenBy(first))).not.toThrow();
});

test('the system knows this process, and that it lives', () => {
  const unlock = lockDataDir(folder);
  expect(() => lockDataDir(folder)).toThrow(`another etcd process (pid ${process.pid})`);
  unlock();
  lockDataDir(folder)();
});
