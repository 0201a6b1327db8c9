import { expect, test } from 'vitest';
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

test('hints must count from one', () => {
  const text = twoChapters['01-first/text.en.md']!.replace('### hint 2', '### hint 4');
  expect(() => loadPack({ folder: tinyPack({ '01-first/text.en.md': text }) })).toThrow('hints count from 1');
});

test('a language that is not there is refused by name', () => {
  expect(() => loadPack({ folder: tinyPack(), language: 'ja' })).toThrow('"ja"');
});
