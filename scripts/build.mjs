// Bundles every program into dist/programs/NAME.js, and the preload into dist/preload.js.
//   node scripts/build.mjs [NAME …]    only these programs
// Labs may be running from dist/ meanwhile and start their next process at any moment. So each file is put in its place
// whole, by a rename; a file that did not change is left alone; and what is no program any more goes last.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundleOptions, preload, programs } from './programs.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !Object.hasOwn(programs, name));
if (unknown !== undefined) {
  console.error(`build: there is no program ${unknown}; there are ${Object.keys(programs).join(', ')}`);
  process.exit(2);
}

const selected = Object.entries(programs)
  .filter(([name]) => wanted.length === 0 || wanted.includes(name))
  .map(([name, entry]) => ({ entry, file: `programs/${name}.js` }));
const outputs = [...selected, { entry: preload, file: 'preload.js' }].filter(({ entry, file }) => {
  const there = existsSync(join(root, entry));
  if (!there) console.warn(`build: dist/${file} is left out: ${entry} is not there`);
  return there;
});

mkdirSync(join(dist, 'programs'), { recursive: true });
const parts = mkdtempSync(join(dist, '.build-'));
const results = await Promise.allSettled(outputs.map(bundle));
rmSync(parts, { recursive: true });

// esbuild has already told what is wrong and where.
const failed = outputs.filter((_, index) => results[index].status === 'rejected');
for (const { file } of failed) console.error(`build: dist/${file} is not built`);
if (failed.length > 0) process.exitCode = 1;

const names = new Set(Object.keys(programs).map((name) => `${name}.js`));
for (const file of readdirSync(join(dist, 'programs'))) {
  if (!names.has(file)) rmSync(join(dist, 'programs', file));
}

async function bundle({ entry, file }) {
  const { outputFiles } = await build({ ...bundleOptions(root), entryPoints: [entry], write: false });
  const target = join(dist, file);
  const [{ contents }] = outputFiles;
  if (existsSync(target) && readFileSync(target).equals(contents)) return;
  const part = join(parts, file.replace('/', '-'));
  writeFileSync(part, contents);
  renameSync(part, target);
}
