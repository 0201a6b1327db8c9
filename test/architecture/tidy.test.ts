import { existsSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { isGenerated, read, root, sources, trackedFiles } from './sources.ts';

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
  const wrong = written().flatMap(({ path, text }) => {
    const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, false);
    const found: string[] = [];
    const visit = (node: ts.Node): void => {
      const isDefault =
        ts.isExportAssignment(node) ||
        node.kind === ts.SyntaxKind.DefaultKeyword ||
        (ts.isExportSpecifier(node) && node.name.text === 'default');
      if (isDefault || node.kind === ts.SyntaxKind.AnyKeyword) {
        const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
        found.push(`${path}:${line + 1}`);
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
    return found;
  });
  expect(wrong).toEqual([]);
});

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
    .filter((path) =>
      /\b(it|test|describe)(\.each|\.concurrent)?\.(only|skip|todo|fails)\b/.test(read(path)),
    );
  expect(wrong).toEqual([]);
});

/** They compare with a program that a machine may lack; what they hold of ours alone is tested beside them. */
const needRealPrograms = [
  'test/containers/kubectl.test.ts',
  'test/e2e/tui.test.ts',
  'test/etcd/wal/etcd-parity.test.ts',
  'test/kube/api/openapi.test.ts',
  'test/kube/api/protobuf.test.ts',
  'test/kube/apiserver/kubectl.test.ts',
  'test/tui/terminal.test.ts',
];

test('only tests that need a real program may leave themselves out', () => {
  const wrong = trackedFiles('test/*.ts', 'test/*.tsx')
    .filter((path) => !path.startsWith('test/architecture/') && !path.startsWith('test/parity/'))
    .filter((path) => /\.(skipIf|runIf)\(/.test(read(path)));
  expect(wrong.filter((path) => !needRealPrograms.includes(path))).toEqual([]);
});

test('every program has its entry, and nothing is left to install at run time', () => {
  const entries = read('scripts/programs.mjs').match(/'src\/[^']+'/g) ?? [];
  expect(entries.length).toBeGreaterThan(20);
  expect(
    entries.map((entry) => entry.slice(1, -1)).filter((entry) => !existsSync(join(root, entry))),
  ).toEqual([]);
  expect(JSON.parse(read('package.json'))).not.toHaveProperty('dependencies');
});

test('no tracked file names a path of a machine or the address of a registry', () => {
  // Written in pieces, so that this file does not find itself.
  const forbidden = new RegExp(
    [
      `/${'work'}/`,
      `/${'usr'}/lib/google`,
      `/${'home'}/[a-z]`,
      `registry${'.npmjs'}`,
      `/${'deb'}\\.debian`,
    ].join('|'),
  );
  const wrong = trackedFiles()
    .filter((path) => /\.(tsx?|mjs|cjs|js|json|md|yaml|yml|service|toml|conf|svg)$|^\.ci\//.test(path))
    .flatMap((path) =>
      read(path)
        .split('\n')
        .flatMap((line, index) => (forbidden.test(line) ? [`${path}:${index + 1}`] : [])),
    );
  expect(wrong).toEqual([]);
});
