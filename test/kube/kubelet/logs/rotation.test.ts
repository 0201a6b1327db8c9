import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ContainerState, type CriClient } from '../../../../src/kube/cri/index.ts';
import { rotateLogs } from '../../../../src/kube/kubelet/logs/rotation.ts';

let folder: string;
let path: string;
let reopened: string[];
let refuse: boolean;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rotation-'));
  path = join(folder, '0.log');
  [reopened, refuse] = [[], false];
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A runtime with one running container, which opens its log anew when it is told to. */
const cri = {
  listContainers: async ({ filter }: { filter: { state: { state: number } } }) => ({
    containers: filter.state.state === ContainerState.RUNNING ? [{ id: 'c1' }] : [],
  }),
  containerStatus: async () => ({ status: { logPath: path } }),
  reopenContainerLog: async ({ containerId }: { containerId: string }) => {
    if (refuse) throw new Error('no');
    reopened.push(containerId);
    writeFileSync(path, '');
  },
} as unknown as CriClient;

const limits = { maximumBytes: 10, maximumFiles: 3 };
const rotate = (minute: number) => rotateLogs(cri, limits, new Date(Date.UTC(2026, 0, 1, 12, minute)));

test('a log that has grown too long is put aside, and a new one begun', async () => {
  writeFileSync(path, 'x'.repeat(9));
  expect(await rotate(0)).toEqual([]);
  writeFileSync(path, 'x'.repeat(10));
  expect(await rotate(1)).toEqual([path]);
  expect(reopened).toEqual(['c1']);
  expect(readFileSync(`${path}.20260101-120100`, 'utf8')).toBe('x'.repeat(10));
  expect(readFileSync(path, 'utf8')).toBe('');
});

test('of the old ones the newest are kept', async () => {
  for (let minute = 0; minute < 5; minute++) {
    writeFileSync(path, `${minute}`.repeat(10));
    await rotate(minute);
  }
  expect(readdirSync(folder).sort()).toEqual(['0.log', '0.log.20260101-120300', '0.log.20260101-120400']);
});

test('no line is lost when the runtime does not open a new one', async () => {
  writeFileSync(path, 'x'.repeat(10));
  refuse = true;
  await expect(rotate(0)).rejects.toThrow('no');
  expect(readFileSync(path, 'utf8')).toBe('x'.repeat(10));
  expect(readdirSync(folder)).toEqual(['0.log']);
});

test('a log that is not there is no trouble', async () => {
  expect(await rotate(0)).toEqual([]);
  expect(existsSync(path)).toBe(false);
});
