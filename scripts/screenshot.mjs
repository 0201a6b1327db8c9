// Draws docs/screenshot.svg from a real run: chapters 1 to 4 are solved, one certificate is broken on purpose, and the
// screens are looked at in tmux while they say what is wrong.
//   node scripts/screenshot.mjs > docs/screenshot.svg
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { terminalSvg } from './terminal-svg.mjs';

const [columns, rows] = [114, 34];
const fault = '4/san-without-service-address';
const step = '4/kubernetes';
const patienceMs = 15_000;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cli = join(root, 'bin/k8s-lab.js');
const folder = mkdtempSync(join(tmpdir(), 'k8s-lab-picture-'));
const env = { ...process.env, K8S_LAB_WORKSPACE: join(folder, 'k8s-lab') };
const socket = `picture-${process.pid}`;

function run(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr}`);
  return stdout;
}
const lab = (...args) => run(process.execPath, [cli, ...args]);
const tmux = (...args) => run('tmux', ['-L', socket, '-f', '/dev/null', ...args]);
const type = (text) => tmux('send-keys', '-l', text);

/** The screen once it shows a text. */
async function screenWith(text) {
  const started = performance.now();
  while (!tmux('capture-pane', '-p').includes(text)) {
    if (performance.now() - started > patienceMs) throw new Error(`the screen never showed ${text}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return tmux('capture-pane', '-e', '-p');
}

try {
  lab('solve', '--to', '4');
  const shell = `exec env -u CI -u NO_COLOR LANG=C.UTF-8 TERM=xterm-256color '${process.execPath}' '${cli}'`;
  tmux('-u', 'new-session', '-d', '-x', String(columns), '-y', String(rows), shell);
  await screenWith('5 Kubeconfigs');
  type(`:goto ${step}\r`);
  await screenWith('all checks pass');
  lab('fault', 'apply', fault);
  await screenWith('not green');
  // From the top of the page to its commands, then to the checks.
  type('\t\t');
  const screen = await screenWith('expected');
  process.stdout.write(await terminalSvg(screen, { columns, rows, title: 'k8s-lab' }));
} finally {
  spawnSync('tmux', ['-L', socket, 'kill-server']);
  lab('down');
  rmSync(folder, { recursive: true, force: true });
}
