// npm run bench [NAME …]: measures the budgets of the design and prints them beside the figures.
// Each measurement says honestly when it could not be made. Nothing here decides whether a test passes.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiserver } from './apiserver.mjs';
import { etcd } from './etcd.mjs';
import { idle } from './idle.mjs';
import { lab } from './lab.mjs';
import { pods } from './pods.mjs';
import { screen } from './screen.mjs';
import { solve } from './solve.mjs';

/** In this order: solve builds the cluster that the others look at. */
const benches = { solve, idle, apiserver, pods, etcd, screen };

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !(name in benches));
if (unknown !== undefined) {
  console.error(`bench: there is no ${unknown}; there are ${Object.keys(benches).join(', ')}`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'k8s-lab-bench-'));
const workspace = lab(join(folder, 'ws'));
const rows = [];
try {
  for (const [name, bench] of Object.entries(benches)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    try {
      rows.push(...(await bench(workspace)));
    } catch (error) {
      rows.push({ what: name, budget: '', figure: `not measured: ${error.message.split('\n')[0]}` });
    }
  }
} finally {
  await workspace.down();
  rmSync(folder, { recursive: true, force: true });
}

const width = (key) => Math.max(key.length, ...rows.map((row) => row[key].length));
const line = (row) =>
  ['what', 'budget', 'figure']
    .map((key) => row[key].padEnd(width(key)))
    .join('  ')
    .trimEnd();
console.log(line({ what: 'what', budget: 'budget', figure: 'figure' }));
for (const row of rows) console.log(line(row));
