import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const socket = `k8s-lab-test-${process.pid}`;
const tmux = (...args: string[]) => spawnSync('tmux', ['-L', socket, ...args], { encoding: 'utf8' });
const hasTmux = tmux('-V').status === 0;
const cli = join(process.cwd(), 'bin/k8s-lab.js');
const folder = mkdtempSync(join(tmpdir(), 'k8s-lab-tui-'));
const workspace = join(folder, 'ws');

const screen = () => tmux('capture-pane', '-p').stdout;

/** Waits until the screen shows a text; fails with what it shows instead. */
async function shows(text: string): Promise<string> {
  for (let tries = 0; tries < 300; tries++) {
    if (screen().includes(text)) return screen();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the screen never showed ${JSON.stringify(text)}:\n${screen()}`);
}

const press = (...keys: string[]) => tmux('send-keys', ...keys);

beforeAll(() => {
  if (!existsSync(join(process.cwd(), 'dist/programs/k8s-lab-tui.js'))) {
    spawnSync(process.execPath, ['scripts/build.mjs', 'k8s-lab', 'k8s-lab-tui', 'labd', 'machine-shell']);
  }
});
afterAll(() => {
  tmux('kill-server');
  spawnSync(process.execPath, [cli, 'down'], { env: { ...process.env, K8S_LAB_WORKSPACE: workspace } });
  rmSync(folder, { recursive: true, force: true });
});

test.skipIf(!hasTmux)(
  'a newcomer walks from the welcome into the first chapter by keys alone, and leaves',
  { timeout: 90_000 },
  async () => {
    const command = `env -u CI K8S_LAB_WORKSPACE='${workspace}' '${process.execPath}' '${cli}'; echo "left with $?"; exec cat`;
    expect(tmux('new-session', '-d', '-x', '80', '-y', '24', command).status).toBe(0);
    const welcome = await shows('Which machines?');
    expect(welcome).toContain('hard-way');
    for (const row of welcome.split('\n')) expect([...row].length).toBeLessThanOrEqual(80);
    press('Enter');
    await shows('Prerequisites');
    press('1');
    const course = await shows('0 of 44 steps');
    expect(course).toContain('Cleaning up');
    press('?');
    await shows('Keys');
    press('Escape');
    await shows('0 of 44 steps');
    press('q');
    expect(await shows('left with 0')).not.toContain('Cleaning up');
  },
);
