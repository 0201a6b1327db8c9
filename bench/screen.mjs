import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { bundleOptions } from '../scripts/programs.mjs';
import { root } from './lab.mjs';

const starts = 7;
const keys = 60;
const pageLines = 3000;

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const ms = (value) => `${Math.round(value)} ms`;

/** From the start of `k8s-lab` in a terminal of 80×24 until the whole first frame, down to the footer, has been written. */
function firstFrame(workspace) {
  const { CI: _ci, ...env } = process.env;
  const command = `stty cols 80 rows 24; exec '${process.execPath}' '${join(root, 'bin/k8s-lab.js')}'`;
  return new Promise((resolve, reject) => {
    const started = performance.now();
    // util-linux's script gives the program a terminal, and us what it writes.
    const child = spawn('script', ['-qfec', command, '/dev/null'], {
      env: { ...env, K8S_LAB_WORKSPACE: workspace, TERM: 'xterm-256color', LANG: 'C.UTF-8' },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    let written = '';
    let took;
    child.stdout.on('data', (data) => {
      written += data;
      if (took === undefined && written.includes('quit')) {
        took = performance.now() - started;
        child.stdin.write('q');
      }
    });
    child.on('error', reject);
    child.on('exit', () =>
      took === undefined ? reject(new Error(`no frame was drawn: ${written}`)) : resolve(took),
    );
  });
}

/** The screens without a lab: a step whose text has 3,000 lines, in a window that only counts what is written. */
const longPage = `
import { PassThrough } from 'node:stream';
import { render } from 'ink';
import { createElement } from 'react';
import { Keys } from './src/tui/app.tsx';
import { createFrameWriter } from './src/tui/frame-writer.ts';
import { createScreen } from './src/tui/screen.ts';
import { createController } from './src/tui/state/controller.ts';
import { createStore } from './src/tui/state/store.ts';
import { initialState } from './src/tui/state/ui-state.ts';
import { createTheme } from './src/tui/theme.ts';

export async function keyToFrame(keys, pageLines) {
  const ref = '01-long/page';
  const text = Array.from({ length: pageLines / 2 }, (_, n) => 'Line ' + n + ' of a long page, with \`code\` and **weight**.').join('\\n\\n');
  const step = { id: 'page', ref, title: 'A long page', text, hosts: ['jumpbox'], run: [], checks: [], hints: [], sources: [], reasons: {} };
  const state = { ref, status: 'todo', done: false, report: undefined, failures: 0, hintsShown: 0, hintsTotal: 0, hintOffered: false };
  const chapter = { id: '01-long', number: 1, title: 'Long' };
  const store = createStore({
    ...initialState({ columns: 120, rows: 40 }, '/lab'),
    screen: 'chapter',
    step: 1,
    pack: { chapters: [{ ...chapter, text: '', steps: [step], faults: [] }] },
    course: { chapters: [{ ...chapter, status: 'todo', steps: [state] }], doneSteps: 0, totalSteps: 1, next: ref },
  });
  const theme = createTheme({ color: true, ascii: false });
  let drawn = () => undefined;
  let bytes = 0;
  const write = (data) => {
    bytes += data.length;
    drawn();
  };
  const terminal = { copy() {}, redraw() {}, shell() {}, quit() {} };
  const controller = createController({ store, theme, terminal, openLab: () => new Promise(() => undefined), examine: async () => [] });
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode() {}, ref() {}, unref() {} });
  const stdout = Object.assign(new PassThrough(), { columns: 120, rows: 40, isTTY: true });
  const keyboard = render(createElement(Keys, { onKey: controller.key }), { stdin, stdout, exitOnCtrlC: false, patchConsole: false });
  const screen = createScreen(store, theme, createFrameWriter(write, theme));
  const times = [];
  for (let index = 0; index < keys; index++) {
    // As a person types: one frame is long done when the next key comes.
    await new Promise((resolve) => setTimeout(resolve, 60));
    const started = performance.now();
    const frame = new Promise((resolve) => { drawn = resolve; });
    stdin.write(index % 3 === 0 ? ' ' : 'j');
    await frame;
    times.push(performance.now() - started);
  }
  keyboard.unmount();
  screen.end();
  return { times, bytes: bytes / keys };
}`;

async function keyToFrame(folder) {
  const { outputFiles } = await build({
    ...bundleOptions(root),
    stdin: { contents: longPage, resolveDir: root, loader: 'ts' },
    write: false,
  });
  const file = join(folder, 'long-page.mjs');
  writeFileSync(file, outputFiles[0].contents);
  const { keyToFrame: measure } = await import(pathToFileURL(file).href);
  return measure(keys, pageLines);
}

export async function screen(lab) {
  const folder = mkdtempSync(join(tmpdir(), 'k8s-lab-screen-'));
  try {
    const times = [];
    for (let index = 0; index < starts; index++) times.push(await firstFrame(lab.folder));
    const { times: frames, bytes } = await keyToFrame(folder);
    const slow = [...frames].sort((a, b) => a - b)[Math.floor(frames.length * 0.95)];
    return [
      {
        what: `TUI, first frame (first start, then the median of ${starts - 1})`,
        budget: '300 ms',
        figure: `${ms(times[0])}, ${ms(median(times.slice(1)))}`,
      },
      {
        what: 'TUI, key to frame on a page of 3,000 lines (median, 95 %, written)',
        budget: '33 ms',
        figure: `${ms(median(frames))}, ${ms(slow)}, ${(bytes / 1024).toFixed(1)} KiB`,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
