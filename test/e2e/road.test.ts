import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const cli = join(process.cwd(), 'bin/k8s-lab.js');
const folder = mkdtempSync(join(tmpdir(), 'k8s-lab-road-'));
const workspace = join(folder, 'ws');
const env = { ...process.env, K8S_LAB_WORKSPACE: workspace };

const run = (...args: string[]) => spawnSync(process.execPath, [cli, ...args], { env, encoding: 'utf8' });

/** Processes that know the workspace, by their command line or their environment. */
function processesOf(text: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return ['cmdline', 'environ'].some((file) =>
          readFileSync(`/proc/${pid}/${file}`, 'utf8').includes(text),
        );
      } catch {
        return false;
      }
    });
}

beforeAll(() => {
  // What runs is what was built from this tree.
  expect(spawnSync(process.execPath, ['scripts/build.mjs']).status).toBe(0);
});
afterAll(() => {
  run('down');
  rmSync(folder, { recursive: true, force: true });
});

test('the whole road, from an empty folder to a clean one, and nothing is left running', {
  timeout: 300_000,
}, () => {
  const { status, stdout, stderr } = run('solve');
  expect(`${stdout}${stderr}`).toContain('14 of 14 chapters');
  expect(status).toBe(0);
  expect(processesOf(workspace)).toEqual([]);
});
