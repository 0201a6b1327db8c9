import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** `dev check` on live machines, as far as the three mistakes that most learners make; the whole of it is for release day. */
const cli = join(process.cwd(), 'bin/k8s-lab.js');
const folder = mkdtempSync(join(tmpdir(), 'k8s-lab-faults-'));
const env = { ...process.env, K8S_LAB_WORKSPACE: join(folder, 'ws'), TMPDIR: folder };
const faults = ['4/scheduler-doubled-group', '4/san-without-service-address', '8/service-range-missing'];
const messages = [
  'lacks the organization system:kube-scheduler: Kubernetes takes each O as a group, and without this group the permissions are missing. It has system:system:kube-scheduler: the prefix stands there twice.',
  'lacks the address 10.32.0.1: pods reach the API server by it',
  'starts kube-apiserver without --service-cluster-ip-range: Services get their addresses from it',
];

beforeAll(() => {
  if (existsSync(join(process.cwd(), 'dist/programs/kube-apiserver.js'))) return;
  expect(spawnSync(process.execPath, ['scripts/build.mjs']).status).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the three classic mistakes turn their checks red on live machines, name the cause, and heal', {
  timeout: 240_000,
}, () => {
  const options = ['--topology', 'small', '--to', '8', '--messages', '--faults', faults.join(',')];
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'dev', 'check', ...options], {
    env,
    encoding: 'utf8',
  });
  const said = `${stdout}${stderr}`;
  for (const text of [...messages, '3 faults and 8 chapters proven, 0 failed']) expect(said).toContain(text);
  expect(status, said).toBe(0);
});
