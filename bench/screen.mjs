import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lab.mjs';

const budget = '300 ms';

/** From the start of `k8s-lab` in a terminal of 80×24 to the first line on it, seen by tmux every 5 ms. */
export async function screen(lab) {
  if (!existsSync(join(root, 'dist/programs/k8s-lab-tui.js'))) throw new Error('the TUI is not built');
  const socket = `bench-${process.pid}`;
  const tmux = (...args) => spawnSync('tmux', ['-L', socket, ...args], { encoding: 'utf8' });
  const started = performance.now();
  const command = `K8S_LAB_WORKSPACE='${lab.folder}' CI= ${process.execPath} ${join(root, 'bin/k8s-lab.js')}`;
  if (tmux('new-session', '-d', '-x', '80', '-y', '24', command).status !== 0)
    throw new Error('tmux is not there');
  try {
    for (;;) {
      if (tmux('capture-pane', '-p').stdout.trim() !== '') break;
      if (performance.now() - started > 10_000) throw new Error('nothing on the screen after 10 s');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return [{ what: 'TUI, first frame', budget, figure: `${Math.round(performance.now() - started)} ms` }];
  } finally {
    tmux('kill-server');
  }
}
