import ts from 'typescript';
import { expect, test } from 'vitest';
import { read, trackedFiles } from './sources.ts';

const { devDependencies } = JSON.parse(read('package.json')) as { devDependencies: Record<string, string> };
const named = Object.keys(devDependencies);

/** Packages that the code asks for by name; `a/b` of `@a/b/c`. */
const imported = new Set(
  trackedFiles('*.ts', '*.tsx', '*.mjs', '*.cjs', 'bin/*.js')
    .flatMap((path) => ts.preProcessFile(read(path), true, true).importedFiles)
    .map(({ fileName }) => /^(@[^/]+\/)?[^./@][^/]*/.exec(fileName)?.[0])
    .filter((name) => name !== undefined && !name.startsWith('node:')),
);

test('every package that is installed is used', () => {
  // The linter is a program; a program that test/usernet writes asks for the other.
  const withoutImport = ['@biomejs/biome', '@grpc/grpc-js'];
  const unused = named.filter((name) => !imported.has(name) && !withoutImport.includes(name));
  expect(unused.filter((name) => !name.startsWith('@types/'))).toEqual([]);
});

test('every package that is used is installed by its own name, in one exact version', () => {
  expect([...imported].filter((name) => !named.includes(name!))).toEqual([]);
  expect(Object.values(devDependencies).filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

test('the sources that the course names are in the published package, to be read while the lab runs', () => {
  const { files } = JSON.parse(read('package.json')) as { files: string[] };
  const sources = trackedFiles('labs/*.md').flatMap((path) =>
    [...read(path).matchAll(/^source: (.*)$/gm)].flatMap(([, list]) =>
      list!.replaceAll('{{ topology.name }}', 'hard-way').split(/, */),
    ),
  );
  expect(sources.length).toBeGreaterThan(40);
  const tracked = new Set(trackedFiles());
  const left = sources.filter(
    (file) => !tracked.has(file) || !files.some((one) => file.startsWith(`${one}/`)),
  );
  expect(left).toEqual([]);
});
