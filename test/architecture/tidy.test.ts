import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { isGenerated, read, sources, trackedFiles } from './sources.ts';

const written = () =>
  sources().filter(({ path }) => !isGenerated(path) && !path.startsWith('src/kube/api/types/'));

test('files have kebab-case names', () => {
  const wrong = trackedFiles('src', 'test', 'bench', 'scripts').filter((path) =>
    path.split('/').some((part) => !/^(__[a-z]+__|[a-z0-9]+([.-][a-z0-9]+)*)$/.test(part)),
  );
  expect(wrong.filter((path) => !path.startsWith('test/screens/'))).toEqual([]);
});

test('no file has more than 400 lines', () => {
  const long = written()
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > 400);
  expect(long).toEqual([]);
});

test('there are no default exports and no any', () => {
  const wrong = written().filter(
    ({ text }) => /^export default/m.test(text) || /(:|\bas|<)\s*any\b(?!\w)/.test(withoutComments(text)),
  );
  expect(wrong.map(({ path }) => path)).toEqual([]);
});

const withoutComments = (text: string) =>
  text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\/\/.*$/gm, '')
    .replace(/(['"`])(?:\\.|(?!\1).)*\1/g, "''");

test('every component opens with a page that tells how data flows through it', () => {
  const components = [
    'src/etcd/server',
    'src/kube/apiserver',
    'src/kube/controller-manager',
    'src/kube/scheduler',
    'src/kube/kubelet',
    'src/kube/kube-proxy',
    'src/kube/kubectl',
    'src/containers',
    'src/dns',
    'src/loadbalancer',
    'src/machines/labd',
  ];
  const mute = components.filter((folder) => {
    const main = sources().find(({ path }) => path === `${folder}/main.ts`);
    if (main === undefined) return false;
    const [comment = ''] = /\/\*[\s\S]*?\*\//.exec(main.text) ?? [];
    return comment.split('\n').length < 10;
  });
  expect(mute).toEqual([]);
});

test('tests are all run: none is singled out or put off', () => {
  const wrong = trackedFiles('test/*.ts', 'test/*.tsx')
    .filter((path) => !path.startsWith('test/architecture/'))
    .filter((path) => /\b(it|test|describe)\.(only|todo)\b/.test(read(path)));
  expect(wrong).toEqual([]);
});

test('no tracked file names a path of a machine or the address of a registry', () => {
  // Written in pieces, so that this file does not find itself.
  const forbidden = new RegExp([`/${'work'}/main`, `registry${'.npmjs'}`, `/${'deb'}\\.debian`].join('|'));
  const wrong = trackedFiles()
    .filter((path) => /\.(ts|tsx|mjs|js|json|md|yaml|yml|service|toml|conf|svg)$|^\.ci\//.test(path))
    .filter((path) => forbidden.test(read(path)));
  expect(wrong.map((path) => basename(path))).toEqual([]);
});
