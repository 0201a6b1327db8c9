import { expect, test } from 'vitest';
import { printCustomColumns } from '../../../../src/kube/kubectl/output/custom-columns.ts';
import { sortByPath } from '../../../../src/kube/kubectl/output/sort.ts';
import { printStructured } from '../../../../src/kube/kubectl/output/structured.ts';
import { alignTabs } from '../../../../src/kube/kubectl/output/tab-writer.ts';

test('custom columns: values by path, <none> for what is missing, headers unless unwanted', () => {
  const objects = [{ metadata: { name: 'web' }, spec: { ports: [80, 443] } }, { metadata: { name: 'x' } }];
  expect(printCustomColumns('NAME:.metadata.name,PORTS:{.spec.ports[0,1]}', objects, false)).toBe(
    'NAME   PORTS\nweb    80,443\nx      <none>\n',
  );
  expect(printCustomColumns('N:metadata.name', objects, true)).toBe('web\nx\n');
  expect(() => printCustomColumns('NAME', objects, false)).toThrow('unexpected custom-columns spec: NAME');
});

test('--sort-by compares quantities by size and leaves what has no value in front', () => {
  const objects = [{ q: '1Gi' }, { q: '20Mi' }, {}, { q: '3' }];
  expect(sortByPath(objects, '.q', (object) => object)).toEqual([
    {},
    { q: '3' },
    { q: '20Mi' },
    { q: '1Gi' },
  ]);
  expect(() => sortByPath(objects, '.nope', (object) => object)).toThrow("couldn't find any field with path");
});

test('json has sorted keys and escapes what HTML could take for its own, as Go does', () => {
  expect(printStructured({ b: 1, a: ['<x>'] }, 'json')).toBe(
    '{\n    "a": [\n        "\\u003cx\\u003e"\n    ],\n    "b": 1\n}\n',
  );
});

test('yaml quotes what would be read as something else, and keeps lines as a block', () => {
  const value = { yes: 'no', number: '1', text: 'one\ntwo\n', list: [{ a: 1 }], empty: {}, none: null };
  expect(printStructured(value, 'yaml')).toBe(
    'empty: {}\nlist:\n- a: 1\nnone: null\nnumber: "1"\ntext: |\n  one\n  two\n"yes": "no"\n',
  );
});

test('formats that are not there are refused by name', () => {
  expect(() => printStructured({}, 'go-template={{.a}}')).toThrow('no output format "go-template"');
  expect(() => printStructured({}, 'xml')).toThrow(
    'unable to match a printer suitable for the output format "xml"',
  );
});

test('tab stops are shared by lines that follow one another, and by no others', () => {
  expect(
    alignTabs('Name:\tweb\nNamespace:\tdefault\nContainers:\n  a:\n    Image:\tx\n    Ready:\tTrue\n'),
  ).toBe('Name:       web\nNamespace:  default\nContainers:\n  a:\n    Image:  x\n    Ready:  True\n');
});
