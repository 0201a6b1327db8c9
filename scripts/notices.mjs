// Writes THIRD-PARTY-NOTICES.md: the packages that are bundled into dist/, with their licences.
//   node scripts/notices.mjs [--check]    with --check it only says whether the file is up to date
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundleOptions, preload, programs } from './programs.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const entries = [...Object.values(programs), preload].filter((entry) => existsSync(join(root, entry)));
const { metafile } = await build({
  ...bundleOptions(root),
  entryPoints: entries,
  outdir: 'dist/notices',
  write: false,
  metafile: true,
});

/** Packages that say MIT and ship no text; the copyright line is the one in their sources. */
const copyrightOf = { 'yoga-layout': 'Copyright (c) Meta Platforms, Inc. and affiliates.' };

const mit = (copyright) => `MIT License

${copyright}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the
Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE,
ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

/** node_modules/a/node_modules/@b/c/x.js → node_modules/a/node_modules/@b/c */
const folderOf = (input) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
/** What is bundled as data: the API's descriptions, derived from it by generate-kube-api.mjs, are its sentences. */
const derivedFrom = ['node_modules/@kubernetes/client-node'];
const folders = new Set([...Object.keys(metafile.inputs).map(folderOf).filter(Boolean), ...derivedFrom]);

/** The licence and the notice that lie in a package's folder, in the order of their names. */
function textsOf(folder, { name, license }) {
  const texts = readdirSync(join(root, folder))
    .filter((file) => /^(licen[cs]e|notice|copying)/i.test(file))
    .sort()
    .map((file) =>
      readFileSync(join(root, folder, file), 'utf8')
        .replaceAll('\r', '')
        .trim(),
    );
  if (texts.length > 0) return texts;
  if (license === 'MIT' && Object.hasOwn(copyrightOf, name)) return [mit(copyrightOf[name])];
  throw new Error(
    `${name} is bundled and ships no licence text: say in scripts/notices.mjs what holds for it`,
  );
}

const indented = (text) =>
  text
    .split('\n')
    .map((line) => `    ${line}`.trimEnd())
    .join('\n');

const packages = new Map();
for (const folder of folders) {
  const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  packages.set(
    `${manifest.name} ${manifest.version}`,
    `Licence: ${manifest.license}\n\n${textsOf(folder, manifest).map(indented).join('\n\n')}\n`,
  );
}
const sections = [...packages.keys()].sort().map((title) => `## ${title}\n\n${packages.get(title)}`);
const notices = `# Third-party notices\n\nThese packages are bundled into the published programs, or are what data in them is derived from.\n\n${sections.join('\n')}`;

const target = join(root, 'THIRD-PARTY-NOTICES.md');
if (process.argv.includes('--check')) {
  if (!existsSync(target) || readFileSync(target, 'utf8') !== notices) {
    console.error('THIRD-PARTY-NOTICES.md is out of date: run node scripts/notices.mjs');
    process.exitCode = 1;
  }
} else {
  writeFileSync(target, notices);
  console.log(`${packages.size} packages`);
}
