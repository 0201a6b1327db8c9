import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openProgress } from '../../src/course/progress.ts';
import { temporaryFolder } from './fake-pack.ts';

const file = () => join(temporaryFolder(), 'progress.json');

test('nothing is known before anything was done, and nothing is written by looking', () => {
  const path = file();
  const progress = openProgress(path, 'tiny');
  expect(progress.empty).toBe(true);
  expect(progress.get('a/b')).toEqual({});
  expect(() => readFileSync(path)).toThrow('ENOENT');
});

test('two commands at once do not forget what the other one has seen', () => {
  const path = file();
  const [first, second] = [openProgress(path, 'tiny'), openProgress(path, 'tiny')];
  first.set('a/one', { done: 'today' });
  second.set('a/two', { failures: 2 });
  expect(openProgress(path, 'tiny').get('a/one')).toEqual({ done: 'today' });
  expect(first.get('a/two')).toEqual({});
  first.reload();
  expect(first.get('a/two')).toEqual({ failures: 2 });
  first.remove(['a/one', 'never/heard-of']);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({
    version: 1,
    pack: 'tiny',
    steps: { 'a/two': { failures: 2 } },
  });
});

test('the file is replaced whole: nothing half-written lies beside it', () => {
  const folder = temporaryFolder();
  const progress = openProgress(join(folder, 'deep/er/progress.json'), 'tiny');
  for (let failures = 0; failures < 5; failures++) progress.set('a/b', { failures });
  expect(readdirSync(join(folder, 'deep/er'))).toEqual(['progress.json']);
});

test.each(['', '{}', '{"version": 2, "steps": {}}', '{"version": 1}', '[1]', 'null'])(
  'a file that holds %j is told, and left alone',
  (content) => {
    const path = file();
    writeFileSync(path, content);
    expect(() => openProgress(path, 'tiny')).toThrow('the progress file cannot be read');
    expect(readFileSync(path, 'utf8')).toBe(content);
  },
);

test('a folder in its place is told when progress is written', () => {
  const path = file();
  mkdirSync(path);
  expect(() => openProgress(path, 'tiny').set('a/b', {})).toThrow();
});
