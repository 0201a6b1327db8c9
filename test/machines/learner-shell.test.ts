import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { environment, learnerShell } from '../../src/machines/learner-shell.ts';
import { openWorkspace, type Workspace } from '../../src/machines/workspace.ts';

let folder: string;
let workspace: Workspace;
beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'learner-shell-')));
  workspace = await openWorkspace(join(folder, "anna's lab"), { create: true });
  // The port that a lab which ran once has kept.
  mkdirSync(workspace.labDir, { recursive: true });
  writeFileSync(join(workspace.labDir, 'runtime.json'), JSON.stringify({ proxyPort: 4711 }));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  rmSync(workspace.runtimeDir, { recursive: true, force: true });
});

test.each(['bash', 'zsh'])(
  'an interactive %s finds its way in a workspace with a quote in its name',
  async (name) => {
    // No shell at all: what it would read when it starts is what counts, and sh reads the same.
    const shell = join(folder, name);
    writeFileSync(shell, '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    const child = learnerShell(workspace, { env: { PATH: process.env.PATH, SHELL: shell }, stdio: 'pipe' });
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
    const file = join(workspace.labDir, 'shell', name === 'bash' ? 'bashrc' : '.zshrc');
    expect(readdirSync(join(workspace.labDir, 'shell'))).toContain(name === 'bash' ? 'bashrc' : '.zshrc');
    const path = execFileSync('sh', ['-c', `${readFileSync(file, 'utf8')}\nprintf %s "$PATH"`], {
      env: { HOME: folder, PATH: process.env.PATH },
    }).toString();
    expect(path.split(':')[0]).toBe(workspace.binDir);
  },
);

test.each([
  ['', '127.0.0.1,localhost'],
  ['intranet.example, .corp.example', 'intranet.example,.corp.example,127.0.0.1,localhost'],
  ['localhost,172.16.0.0/12,::1', 'localhost,172.16.0.0/12,::1,127.0.0.1'],
  // Each of these would lead past the proxy, and nowhere.
  ['a.example,*,10.0.0.0/8,10.240.0.40,10.240.0.10:6443,10.32.0.0/24', 'a.example,127.0.0.1,localhost'],
])('the learner’s NO_PROXY %j becomes %j', (own, expected) => {
  for (const base of [{ NO_PROXY: own }, { no_proxy: own }]) {
    const { NO_PROXY, no_proxy } = environment(workspace, base);
    expect([NO_PROXY, no_proxy]).toEqual([expected, expected]);
  }
});

test('a shell within a lab’s shell has the same NO_PROXY', () => {
  const first = environment(workspace, { NO_PROXY: 'a.example' });
  expect(environment(workspace, first)).toMatchObject({ NO_PROXY: first.NO_PROXY });
});
