import { expect, test } from 'vitest';
import { inspectPack } from '../../src/course/dev/inspect.ts';
import { loadPack } from '../../src/course/pack.ts';
import { tinyPack, twoChapters } from './fake-pack.ts';

const lab = twoChapters['01-first/lab.yaml']!;

test('a pack is read, with hosts of its topology, hints and needs by full name', () => {
  const pack = loadPack({ folder: tinyPack() });
  const [one, two] = pack.chapters[0]!.steps;
  expect(pack.chapters[0]!.text).toContain('## Not a step');
  expect(one!.hints).toEqual(['One of one.', 'Two.', 'Three.']);
  expect(two!.hosts).toEqual(['node-0', 'load-balancer']);
  expect(two!.needs).toEqual(['01-first/one']);
  expect(two!.checks[0]!.withinMs).toBe(5000);
  expect(pack.chapters[0]!.faults[0]).toMatchObject({
    id: 'gone',
    step: 'one',
    check: 'a',
    expect: 'missing',
  });
});

test('a check with each becomes one a machine, and its needs follow the machine', () => {
  const checks = `    checks:
      - { id: x, kind: file, title: 'X on {{ machine.name }}', each: machines, path: x }
      - { id: y, kind: file, title: Y, each: machines, path: y, needs: [x] }
`;
  const folder = tinyPack({
    '01-first/lab.yaml': lab.replace(/ {4}checks:\n.*One is there.*\n/, checks),
    '01-first/faults/gone.yaml': twoChapters['01-first/faults/gone.yaml']!.replace('one/a', 'one/x'),
  });
  const [one] = loadPack({ folder }).chapters[0]!.steps;
  expect(one!.checks.map((check) => check.id)).toEqual([
    'x-node-0',
    'x-load-balancer',
    'y-node-0',
    'y-load-balancer',
  ]);
  expect(one!.checks[0]!.spec.title).toBe('X on node-0');
  expect(one!.checks[3]!.spec.needs).toEqual(['x-load-balancer']);
});

test.each([
  [
    'a need that is no earlier step',
    lab.replace('needs: [one]', 'needs: [oen]'),
    '01-first/lab.yaml:9',
    'no earlier step',
  ],
  ['an unknown field', lab.replace('host:', 'hots:'), '01-first/lab.yaml:8', 'unknown field "hots"'],
  ['an unknown group', lab.replace('machines', 'machine'), '01-first/lab.yaml:8', 'unknown group'],
  ['a step without text', lab.replace('id: two', 'id: three'), '01-first/lab.yaml:7', 'has no section'],
  [
    'an unknown placeholder',
    lab.replace('make two', 'make {{ topology.nam }}'),
    '01-first/lab.yaml:10',
    'unknown name',
  ],
  [
    'a check that stands twice',
    lab.replace('path: one }\n', 'path: one }\n      - { id: a, kind: file, title: Again, path: one }\n'),
    '01-first/lab.yaml:7',
    'check a stands twice',
  ],
  ['broken YAML', `${lab}\n  - [`, '01-first/lab.yaml:16', 'not valid YAML'],
  ['a duration that is none', lab.replace('5s', 'soon'), '01-first/lab.yaml:12', 'within is a duration'],
])('%s is told with file and line', (_name, text, where, message) => {
  const folder = tinyPack({ '01-first/lab.yaml': text });
  expect(() => loadPack({ folder })).toThrow(
    expect.objectContaining({ where, message: expect.stringContaining(message) }),
  );
});

test('a fault that breaks an unknown check is refused', () => {
  const folder = tinyPack({
    '01-first/faults/gone.yaml': twoChapters['01-first/faults/gone.yaml']!.replace('one/a', 'one/b'),
  });
  expect(() => loadPack({ folder })).toThrow(
    expect.objectContaining({ where: '01-first/faults/gone.yaml:2' }),
  );
});

test.each([
  [
    'an unknown kind',
    lab.replace('kind: file, title: One', 'kind: fiel, title: One'),
    '01-first/lab.yaml:6 unknown kind of check "fiel"',
    'did you mean "file"',
  ],
  [
    'a parameter that is missing',
    lab.replace('path: one', 'mode: "0600"'),
    '01-first/lab.yaml:6 parameter path is missing',
    'check file "a"',
  ],
  [
    'a parameter that nobody knows',
    lab.replace('path: one', 'path: one, mod: 1'),
    '01-first/lab.yaml:6 unknown parameter mod',
    'did you mean "mode"',
  ],
  [
    'a step to go back to that is none',
    lab.replace('path: one }', 'path: one, fix: 01-first/oen }'),
    '01-first/lab.yaml:6 fix names 01-first/oen, which is no step',
    'did you mean "01-first/one"',
  ],
  [
    'a command that 80 columns would wrap',
    lab.replace("'make one'", `'make ${'x'.repeat(80)}'`),
    '01-first/lab.yaml:3 step one',
    "a command's line has 85 columns, and 76 are shown",
  ],
])('the inspection tells %s with file and line', (_name, text, where, remedy) => {
  const problems = inspectPack({ folder: tinyPack({ '01-first/lab.yaml': text }) }).join('\n');
  expect(problems).toContain(where);
  expect(problems).toContain(remedy);
});

test.each([
  [
    'expect: missing',
    'expect: mising',
    '01-first/faults/gone.yaml:3 file cannot fail with mising: did you mean "missing"?',
  ],
  ['do:', 'alsoRed: [one/x]\ndo:', 'alsoRed names 01-first/one/x, which is no check'],
])('a fault is inspected: %s as %s', (from, to, problem) => {
  const fault = twoChapters['01-first/faults/gone.yaml']!.replace(from, to);
  expect(inspectPack({ folder: tinyPack({ '01-first/faults/gone.yaml': fault }) }).join('\n')).toContain(
    problem,
  );
});

test('a fault with `when` is there only where that is true', () => {
  const fault = `${twoChapters['01-first/faults/gone.yaml']!}when: several.workers\n`;
  const folder = tinyPack({ '01-first/faults/gone.yaml': fault });
  const applies = (topology: string) => loadPack({ folder, topology }).chapters[0]!.faults[0]!.applies;
  expect([applies('single'), applies('small')]).toEqual([false, true]);
});

test('a topology that is not there is told where the pack names it', () => {
  const folder = tinyPack({ 'pack.yaml': twoChapters['pack.yaml']!.replace('single', 'singel') });
  expect(() => loadPack({ folder })).toThrow(
    expect.objectContaining({ where: 'pack.yaml:4', remedy: expect.stringContaining('"single"') }),
  );
});

test('hints must count from one', () => {
  const text = twoChapters['01-first/text.en.md']!.replace('### hint 2', '### hint 4');
  expect(() => loadPack({ folder: tinyPack({ '01-first/text.en.md': text }) })).toThrow('hints count from 1');
});

test('a language that is not there is refused by name', () => {
  expect(() => loadPack({ folder: tinyPack(), language: 'ja' })).toThrow('"ja"');
});
