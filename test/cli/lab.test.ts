import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';

const program = fileURLToPath(new URL('../../bin/k8s-lab.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'k8s-lab-cli-'));
const workspace = join(folder, "it's a lab");
const env = { ...process.env, K8S_LAB_WORKSPACE: workspace, NO_COLOR: '1' };

/** The built program on a lab of one machine, as a script would call it. */
const lab = (...args: string[]) =>
  new Promise<{ code: number; out: string; err: string }>((resolve) => {
    const child = execFile(process.execPath, [program, ...args], { env }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    );
    child.stdin?.end();
  });

/** One that goes on until it is stopped: what it has said so far, and its exit code. */
function following(...args: string[]) {
  const child = spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => (said += String(data)));
  const ended = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)));
  const until = (text: string) =>
    vi.waitFor(() => expect(said).toContain(text), { timeout: 20_000, interval: 50 });
  return { child, ended, until };
}

beforeAll(async () => {
  // Two at once: both open the same lab, and neither harms the other.
  const both = await Promise.all([lab('up', '--topology', 'single'), lab('up', '--topology', 'single')]);
  expect(both.map(({ code, err }) => [code, err])).toEqual([
    [0, ''],
    [0, ''],
  ]);
  expect(both[0].out).toMatch(/^node-0 +10\.240\.0\.10 +on$/m);
}, 60_000);
afterAll(async () => {
  await lab('clean', '--yes');
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

test('status --json names the workspace and the first step', async () => {
  const { code, out } = await lab('status', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ workspace, doneSteps: 0, next: '01-prerequisites/doctor' });
});

test('check --json is JSON also when it fails, and the exit code says that it does', async () => {
  const { code, out, err } = await lab('check', '1', '--json');
  expect([code, err]).toEqual([1, '']);
  expect(JSON.parse(out)).toMatchObject([{ step: '01-prerequisites/doctor', state: 'fail', blockedBy: [] }]);
});

test('env is read by a shell, with quotes in the path of the workspace', async () => {
  const { out } = await lab('env');
  const script = `${out}\nprintf '%s\\n' "$K8S_LAB_WORKSPACE" "$KUBECONFIG" "$HTTPS_PROXY" "$PATH"`;
  const said = await new Promise<string>((resolve, reject) =>
    execFile('sh', ['-c', script], (error, stdout) => (error === null ? resolve(stdout) : reject(error))),
  );
  const [dir, kubeconfig, proxy, path] = said.split('\n');
  expect(dir).toBe(workspace);
  expect(kubeconfig).toBe(join(workspace, '.kube/config'));
  expect(proxy).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(path!.startsWith(`${join(workspace, 'bin')}:`)).toBe(true);
});

test('shell -c runs on the jumpbox and gives its exit code back', async () => {
  expect(await lab('shell', '-c', 'pwd; exit 7')).toMatchObject({ code: 7, out: `${workspace}\n` });
});

test('ssh, scp, systemctl and logs work on a machine; logs -f goes on until it is stopped', async () => {
  writeFileSync(
    join(workspace, 'talk.service'),
    "[Service]\nExecStart=/bin/sh -c 'echo first word'\n[Install]\nWantedBy=multi-user.target\n",
  );
  expect(await lab('scp', join(workspace, 'talk.service'), 'node-0:/etc/systemd/system/')).toMatchObject({
    code: 0,
  });
  expect((await lab('ssh', 'node-0', 'cat /etc/systemd/system/talk.service')).out).toContain('first word');
  expect((await lab('systemctl', 'node-0', 'start', 'talk')).code).toBe(0);
  const logs = following('logs', 'node-0', 'talk', '-f');
  await logs.until('first word');
  logs.child.kill('SIGINT');
  expect(await logs.ended).not.toBe(1);
  expect(await lab('logs', 'node-0', 'tlak')).toMatchObject({
    code: 2,
    err: expect.stringContaining('did you mean "talk"?') as string,
  });
});

test('watch checks again when a file changes, and Ctrl+C ends it', async () => {
  const watch = following('watch', '1');
  await watch.until('doctor.txt does not exist');
  expect((await lab('shell', '-c', 'k8s-lab doctor > doctor.txt')).code).toBe(0);
  await watch.until('✔ 01-prerequisites/doctor');
  watch.child.kill('SIGINT');
  expect(await watch.ended).not.toBe(1);
});

test('run shows a command with its output; one that fails is named with the check that tells more', async () => {
  const { code, out } = await lab('run', '1');
  expect(code).toBe(0);
  expect(out).toContain('jumpbox$ k8s-lab doctor | tee doctor.txt');
  expect(out).toContain('✔ 01-prerequisites/doctor');
  const failed = await lab('run', '7/start');
  expect(failed.code).toBe(1);
  expect(failed.err.trimEnd().split('\n').at(-1)).toMatch(
    /^k8s-lab: the commands of 07-etcd\/start failed on .*k8s-lab check/,
  );
});

test('reset takes away what a chapter made, and keeps it', async () => {
  const before = readFileSync(join(workspace, 'doctor.txt'), 'utf8');
  const { code, out } = await lab('reset', '1', '--yes');
  expect(code).toBe(0);
  expect(existsSync(join(workspace, 'doctor.txt'))).toBe(false);
  const kept = / lies in (.*)$/m.exec(out)![1]!;
  const names = readdirSync(kept, { recursive: true }).map(String);
  const file = names.find((name) => name.endsWith('doctor.txt'))!;
  expect(readFileSync(join(kept, file), 'utf8')).toBe(before);
});

test('one machine is switched off and on; down ends all, and is no error when it is repeated', async () => {
  expect((await lab('down', 'node-0')).out).toBe('node-0 off.\n');
  expect((await lab('status')).out).toContain('node-0 is off: `k8s-lab up` switches on what is off.\n');
  expect(await lab('ssh', 'node-0', 'true')).toMatchObject({ code: 255 });
  expect((await lab('up', 'node-0')).out).toMatch(/^node-0 .* on$/m);
  expect((await lab('down')).out).toContain('no process is left');
  expect((await lab('down')).out).toBe('The lab is down already.\n');
  expect((await lab('status')).out).toContain('The machines are off: `k8s-lab up` switches them on.\n');
});
