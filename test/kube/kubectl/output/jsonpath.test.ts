import { expect, test } from 'vitest';
import { printJsonPath } from '../../../../src/kube/kubectl/output/jsonpath.ts';

const list = {
  kind: 'List',
  items: [
    {
      metadata: { name: 'a', labels: { 'app.kubernetes.io/name': 'x' } },
      spec: { replicas: 1, ports: [80, 443] },
    },
    { metadata: { name: 'b' }, spec: { replicas: 3, ports: [] }, status: { ready: true, note: null } },
  ],
};

test.each([
  ['{.kind}', 'List'],
  ['{.items[*].metadata.name}', 'a b'],
  ['{.items[1].metadata.name}', 'b'],
  ['{.items[-1].metadata.name}', 'b'],
  ['{.items[0:1].spec.replicas}', '1'],
  ['{.items[0].spec.ports[0,1]}', '80 443'],
  ['{..name}', 'a b'],
  ['{.items[?(@.spec.replicas>1)].metadata.name}', 'b'],
  ['{.items[?(@.metadata.name=="a")].spec.replicas}', '1'],
  ['{.items[?(@.status.ready)].metadata.name}', 'b'],
  ['{.items[0].metadata.labels.app\\.kubernetes\\.io/name}', 'x'],
  ["{.items[0].metadata.labels['app\\.kubernetes\\.io/name']}", 'x'],
  ['{range .items[*]}{.metadata.name}{"\\t"}{.spec.replicas}{"\\n"}{end}', 'a\t1\nb\t3\n'],
  ['names: {.items[*].metadata.name}!', 'names: a b!'],
  ['{.items[0].spec}', '{"ports":[80,443],"replicas":1}'],
  ['{.nope.deeper}', ''],
])('%s', (template, wanted) => {
  expect(printJsonPath(template, list)).toBe(wanted);
});

test('what cannot be read or is out of bounds is said', () => {
  expect(() => printJsonPath('{.items[', list)).toThrow();
  expect(() => printJsonPath('{range .items[*]}{.metadata.name}', list)).toThrow();
  expect(() => printJsonPath('{.items[7].kind}', list)).toThrow(
    'array index out of bounds: index 7, length 2',
  );
});
