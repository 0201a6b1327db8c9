import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A temporary folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'k8s-lab-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

const section = (id: string) =>
  `## ${id}: Do ${id}\n\nWhy.\n\n### hint 1\n\nOne of ${id}.\n\n### hint 2\n\nTwo.\n\n### hint 3\n\nThree.\n\n`;

export const twoChapters: Readonly<Record<string, string>> = {
  'pack.yaml':
    'id: tiny\ntitle: Tiny\nlanguages: [en]\ntopology: single\nchapters:\n  - 01-first\n  - 02-last\n',
  '01-first/lab.yaml': `chapter: 01-first
steps:
  - id: one
    run: ['make one']
    checks:
      - { id: a, kind: file, title: One is there, path: one }
  - id: two
    host: { each: machines }
    needs: [one]
    run: ['make two']
    checks:
      - { id: b, kind: file, title: Two is there, path: two, within: 5s }
reset:
  - paths: ['one*']
`,
  '01-first/text.en.md': `# First\n\nIntroduction.\n\n## Not a step\n\nText.\n\n${section('one')}${section('two')}`,
  '01-first/faults/gone.yaml': 'title: Gone\nbreaks: one/a\nexpect: missing\ndo: break one\nundo: make one\n',
  '02-last/lab.yaml': `chapter: 02-last
ending: true
steps:
  - id: end
    needs: [01-first/two]
    run: ['remove one', 'remove two']
    checks:
      - { id: c, kind: file, title: It is over, path: over }
`,
  '02-last/text.en.md': `# Last\n\nIt ends.\n\n${section('end')}`,
};

/** A pack on disk; files given replace those of the tiny pack. */
export function tinyPack(changes: Readonly<Record<string, string>> = {}): string {
  const folder = temporaryFolder();
  writeFiles(folder, { ...twoChapters, ...changes });
  return folder;
}
