import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { temporaryFolder } from '../course/fake-pack.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const hasTmux = spawnSync('tmux', ['-V']).status === 0;

test.skipIf(!hasTmux)(
  'the built program in a real terminal: first run, screens, quit, and the terminal is as before',
  async () => {
    const socket = `k8s-lab-test-${process.pid}-${Date.now()}`;
    const tmux = (...args: string[]) =>
      execFileSync('tmux', ['-L', socket, '-f', '/dev/null', ...args], { encoding: 'utf8' });
    const workspace = temporaryFolder();
    const env = ['-u', 'CI', '-u', 'NO_COLOR', 'LANG=C.UTF-8', `K8S_LAB_WORKSPACE=${workspace}/lab`];
    const command = ['env', ...env, process.execPath, `${root}/bin/k8s-lab.js`]
      .map((word) => `'${word}'`)
      .join(' ');
    tmux(
      '-u',
      'new-session',
      '-d',
      '-x',
      '80',
      '-y',
      '24',
      `echo before; ${command}; echo "left with $?"; cat`,
    );
    onTestFinished(() => void spawnSync('tmux', ['-L', socket, 'kill-server']));
    const screen = () => tmux('capture-pane', '-p');
    const until = (text: string) =>
      vi.waitFor(() => expect(screen()).toContain(text), { timeout: 20_000, interval: 100 });
    const type = (...keys: string[]) => tmux('send-keys', ...keys);

    await until('Which machines?');
    type('G');
    await until('▸ single');
    type('Enter');
    await until('1 Prerequisites');
    type('n');
    await until('doctor.txt does not exist');
    type('1');
    await until('0 of');
    // Typed at once: three keys down, then open.
    type('-l', 'jjj');
    type('Enter');
    await until('4 CA and TLS certificates');
    tmux('resize-window', '-x', '120', '-y', '40');
    await until('About this chapter');
    type('?');
    await until('Keys');
    type('q');
    await until('left with 0');
    expect(screen()).toContain('before');
    expect(screen()).not.toContain('Keys');
    expect(tmux('display-message', '-p', '#{alternate_on} #{cursor_flag}').trim()).toBe('0 1');
  },
  90_000,
);

test.skipIf(!hasTmux).each([
  ['SIGTERM', [], 'left with 143'],
  ['a mistake of ours', ['NODE_OPTIONS=--import=FAULT'], 'left with 1'],
])('%s gives the terminal back as it was', async (what, extra, left) => {
  const socket = `k8s-lab-test-${process.pid}-${Date.now()}`;
  const tmux = (...args: string[]) =>
    execFileSync('tmux', ['-L', socket, '-f', '/dev/null', ...args], { encoding: 'utf8' });
  const workspace = temporaryFolder();
  // A mistake, made as soon as the signal for it comes.
  const fault = `${workspace}/fault.mjs`;
  writeFileSync(fault, "process.on('SIGUSR2', () => { throw new Error('made to fail'); });");
  const env = ['-u', 'CI', 'LANG=C.UTF-8', `K8S_LAB_WORKSPACE=${workspace}/lab`];
  const pidFile = `${workspace}/pid`;
  const words = ['env', ...env, ...extra.map((word) => word.replace('FAULT', fault))];
  const command = `${words.join(' ')} sh -c 'echo $$ > ${pidFile}; exec ${process.execPath} ${root}/bin/k8s-lab.js'`;
  tmux(
    '-u',
    'new-session',
    '-d',
    '-x',
    '80',
    '-y',
    '24',
    `echo before; ${command}; echo "left with $?"; stty -a; cat`,
  );
  onTestFinished(() => void spawnSync('tmux', ['-L', socket, 'kill-server']));
  const until = (text: string) =>
    vi.waitFor(() => expect(tmux('capture-pane', '-p')).toContain(text), { timeout: 20_000, interval: 100 });
  await until('Which machines?');
  process.kill(Number(readFileSync(pidFile, 'utf8')), what === 'SIGTERM' ? 'SIGTERM' : 'SIGUSR2');
  await until(left);
  await until(' icanon');
  expect(tmux('capture-pane', '-p')).toMatch(/ echo /);
  expect(tmux('capture-pane', '-p', '-S', '-')).toContain('before');
  expect(tmux('capture-pane', '-p', '-S', '-')).not.toContain('Which machines?');
  expect(tmux('display-message', '-p', '#{alternate_on} #{cursor_flag}').trim()).toBe('0 1');
});
