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

/** node_modules/a/node_modules/@b/c/x.js → node_modules/a/node_modules/@b/c */
const folderOf = (input) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
const folders = [...new Set(Object.keys(metafile.inputs).map(folderOf).filter(Boolean))].sort();

const packages = new Map();
for (const folder of folders) {
  const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const file = readdirSync(join(root, folder)).find((candidate) => /^licen[cs]e/i.test(candidate));
  const text =
    file === undefined
      ? ''
      : readFileSync(join(root, folder, file), 'utf8')
          .replaceAll('\r', '')
          .trim();
  packages.set(`${name} ${version}`, { license: license ?? 'see below', text });
}

const sections = [...packages].map(([title, { license, text }]) => {
  const body =
    text === ''
      ? ''
      : `\n\n${text
          .split('\n')
          .map((line) => `    ${line}`.trimEnd())
          .join('\n')}`;
  return `## ${title}\n\nLicence: ${license}${body}\n`;
});
const notices = `# Third-party notices\n\nThese packages are bundled into the published programs.\n\n${sections.join('\n')}`;

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
