// Bundles every program into dist/programs/NAME.js, and the preload into dist/preload.js.
//   node scripts/build.mjs [NAME …]    only these programs
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundleOptions, preload, programs } from './programs.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const wanted = process.argv.slice(2);
const selected = Object.entries(programs).filter(([name]) => wanted.length === 0 || wanted.includes(name));
const missing = selected.filter(([, entry]) => !existsSync(join(root, entry)));
for (const [name, entry] of missing) console.warn(`build: ${name} left out: ${entry} is not there`);

const options = bundleOptions(root);

mkdirSync(join(root, 'dist/programs'), { recursive: true });
const present = selected.filter(([, entry]) => existsSync(join(root, entry)));
await Promise.all([
  ...present.map(([name, entry]) =>
    build({ ...options, entryPoints: [entry], outfile: `dist/programs/${name}.js` }),
  ),
  existsSync(join(root, preload))
    ? build({ ...options, entryPoints: [preload], outfile: 'dist/preload.js' })
    : undefined,
]);

// Written over in place, so that labs that run from here never find a file missing; what is no program any more goes last.
const names = new Set(Object.keys(programs).map((name) => `${name}.js`));
for (const file of readdirSync(join(root, 'dist/programs'))) {
  if (!names.has(file)) rmSync(join(root, 'dist/programs', file));
}
