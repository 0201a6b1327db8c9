import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildDefaultNetwork, buildPreload, createLab, type TestLab } from '../../usernet/lab.ts';

let folder: string;
let lab: TestLab;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'child-processes-'));
  mkdirSync(join(folder, 'root'));
  lab = createLab(await buildPreload(folder));
  buildDefaultNetwork(lab.network);
});
afterAll(async () => {
  await lab.close();
  rmSync(folder, { recursive: true, force: true });
});

const attempts = `
import childProcess, { exec, execFile, execFileSync, execSync, fork, spawn, spawnSync } from 'node:child_process';
const calls = { exec, execFile, execFileSync, execSync, fork, spawn, spawnSync };
const outcome = (start) => {
  try {
    const child = start('/bin/true');
    child?.on?.('error', () => {});
    return 'started';
  } catch (error) {
    return [error.code, error.message].join(' ');
  }
};
const all = Object.entries(calls).flatMap(([name, call]) => [outcome(call), outcome(childProcess[name])]);
console.log(JSON.stringify([...new Set(all)]));`;

it('a program on a machine finds none of the computer’s programs, whichever way it asks', async () => {
  const mounts = [{ at: '/', from: join(folder, 'root') }];
  expect(JSON.parse(await lab.run('worker-0', attempts, { mounts }))).toEqual([
    'ENOENT spawn /bin/true ENOENT',
  ]);
});

it('on the jumpbox, whose files are the computer’s, it does', async () => {
  expect(JSON.parse(await lab.run('worker-0', attempts))).toEqual(['started']);
});
