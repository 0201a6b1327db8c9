import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder, writeFiles } from '../../course/fake-pack.ts';
import { madeLab } from '../made-lab.ts';
import { terminal } from '../terminal.ts';

const oneLine = /^k8s-lab: [^\n]+\n$/;

test.each([
  ['down'],
  ['clean', '--yes'],
  ['logs', 'controller-0', 'etcd'],
  ['ssh', 'controller-0', 'hostname'],
  ['scp', 'x', 'controller-0:'],
  ['systemctl', 'controller-0', 'status'],
  ['journalctl', 'controller-0'],
  ['systemctl'],
])('where no lab is `%s %s` says so and makes none', async (...args) => {
  const { run, said, workspace } = terminal();
  expect(await run(...args)).toBe(1);
  expect(said.err).toMatch(oneLine);
  expect(said.err).toContain('there is no lab here');
  expect(existsSync(workspace)).toBe(false);
});

const damaged = 'the file that says which machines this lab has is damaged';

test.each([
  ['half a file', '{"topology": "har', damaged],
  ['an empty file', '', damaged],
  ['no object', 'null', damaged],
  ['without a topology', '{}', damaged],
  [
    'a newer lab',
    '{"topology":"hard-way","version":"99.0.0"}',
    'this lab was made by k8s-lab 99.0.0, and this is ',
  ],
  ['a topology of nobody', '{"topology":"hardway"}', 'unknown topology "hardway": did you mean "hard-way"?'],
])(
  'a lab file that cannot be used is told in one line by every command: %s',
  async (_name, content, message) => {
    for (const args of [
      ['status'],
      ['list'],
      ['check', '1'],
      ['up'],
      ['down'],
      ['hint'],
      ['env'],
      ['reset', '1', '--yes'],
    ]) {
      const { run, said } = terminal({ workspace: madeLab(content) });
      expect(await run(...args), args.join(' ')).toBeGreaterThan(0);
      expect(said.err, args.join(' ')).toMatch(oneLine);
      expect(said.err, args.join(' ')).toContain(message);
      expect(said.out).toBe('');
    }
  },
);

test('the remedy for a damaged lab file is true: a topology alone is enough', async () => {
  const { run, said } = terminal({ workspace: madeLab('{"topology": "single"}') });
  expect(await run('list')).toBe(0);
  expect(said.out).toContain('topology single');
});

test.each(['{"version":1', '[]', '{"version":2,"steps":{}}'])(
  'a damaged progress file is told, not taken for an empty one: %s',
  async (content) => {
    const workspace = madeLab();
    writeFiles(workspace, { '.lab/progress.json': content });
    const { run, said } = terminal({ workspace });
    expect(await run('status')).toBe(1);
    expect(said.err).toMatch(oneLine);
    expect(said.err).toContain('the progress file cannot be read');
    expect(readFileSync(join(workspace, '.lab/progress.json'), 'utf8')).toBe(content);
  },
);

test('a workspace below a file is told in one line', async () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  const { run, said } = terminal({ workspace: join(file, 'lab') });
  expect(await run('hint')).toBe(1);
  expect(said.err).toMatch(oneLine);
  expect(said.err).toContain('a part of this path is a file');
});

test('clean asks, and with no for an answer leaves everything', async () => {
  const workspace = madeLab();
  const { run, said, asked } = terminal({ workspace, answers: ['n'] });
  expect(await run('clean')).toBe(0);
  expect(asked).toEqual([`Remove ${workspace} with all files in it? [y/N] `]);
  expect(said.out).toBe('Nothing changed.\n');
  expect(existsSync(join(workspace, '.lab/lab.json'))).toBe(true);
});

test('clean, answered with yes, removes the folder and nothing beside it', async () => {
  const workspace = madeLab();
  writeFiles(dirname(workspace), { 'beside.txt': 'stays' });
  const { run, said } = terminal({ workspace, answers: ['yes'] });
  expect(await run('clean')).toBe(0);
  expect(said.out).toBe(`${workspace} is gone.\n`);
  expect(readdirSync(dirname(workspace))).toEqual(['beside.txt']);
});

test('clean refuses a folder that is no lab, though it is asked not to ask', async () => {
  const folder = join(temporaryFolder(), 'documents');
  mkdirSync(folder);
  writeFileSync(join(folder, 'letter.txt'), 'dear');
  const { run } = terminal({ workspace: folder });
  expect(await run('clean', '--yes')).toBe(1);
  expect(readdirSync(folder)).toEqual(['letter.txt']);
});

test('reset asks with the name of the chapter; Ctrl+C at the question changes nothing', async () => {
  const { run, said, asked } = terminal({ workspace: madeLab(), answers: [''] });
  expect(await run('reset', '4')).toBe(0);
  expect(asked[0]).toContain('Reset chapter 4, CA and TLS certificates?');
  expect(said.out).toBe('Nothing changed.\n');

  const stopped = terminal({
    workspace: madeLab(),
    stdinIsTty: true,
    ask: () => Promise.reject(Object.assign(new Error('stopped'), { name: 'AbortError' })),
  });
  expect(await stopped.run('reset', '4')).toBe(130);
  expect(stopped.said.out).toContain('Nothing changed.');
});
