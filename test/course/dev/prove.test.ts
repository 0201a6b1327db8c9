import { expect, test } from 'vitest';
import { type Proof, proveCourse } from '../../../src/course/dev/prove.ts';
import { fakeLab } from '../fake-lab.ts';
import { twoChapters } from '../fake-pack.ts';

const gone = '01-first/faults/gone.yaml';
const lab = '01-first/lab.yaml';

/** Proves a pack in which some files are others; time runs as fast as it can. */
async function prove(changes: Readonly<Record<string, string>> = {}, there: readonly string[] = []) {
  const world = fakeLab({ changes });
  for (const name of there) world.there.add(name);
  const proofs: Proof[] = [];
  let over = false;
  const running = proveCourse(world.course, { clock: world.clock, onResult: (proof) => proofs.push(proof) });
  const ended = running.finally(() => {
    over = true;
  });
  while (!over) await world.clock.advance(1000);
  const failed = proofs.filter(({ ok }) => !ok);
  return {
    ...(await ended),
    proofs,
    failures: failed.map(({ kind, detail }) => `${kind}: ${detail}`),
    ran: world.ran,
  };
}

const fault = (lines: Readonly<Record<string, string>>) => ({
  [gone]: Object.entries({
    title: 'Gone',
    breaks: 'one/a',
    expect: 'missing',
    do: 'break one',
    undo: 'make one',
    ...lines,
  })
    .map(([key, value]) => `${key}: ${value}\n`)
    .join(''),
});

test('a pack that keeps its word is proven, and what a learner would read is told', async () => {
  const { passed, failures, proofs } = await prove();
  expect(failures).toEqual([]);
  expect(passed).toEqual({ start: 1, solution: 3, fault: 1, chapter: 2 });
  expect(proofs.find(({ kind }) => kind === 'fault')).toMatchObject({
    name: '01-first/gone turns one/a red, and back',
    message: 'one is missing.',
  });
});

test('a step that is green before anything was done proves nothing', async () => {
  const { failures } = await prove({}, ['one']);
  expect(failures[0]).toBe('start: green at once: 01-first/one');
});

test('a solution that does not make its checks green ends it, with the end of what was said', async () => {
  const { failures, ran } = await prove({
    [lab]: twoChapters[lab]!.replace("run: ['make two']", "run: ['make three']"),
  });
  expect(failures).toEqual([
    'solution: exit code 0; b fails with missing (two is missing.); make three done\nmake three done',
  ]);
  expect(ran.some((line) => line.includes('remove'))).toBe(false);
});

test('a command that fails is a failed solution, even where the checks are green', async () => {
  const { failures } = await prove({
    [lab]: twoChapters[lab]!.replace("run: ['make one']", "run: ['make one', 'fail']"),
  });
  expect(failures).toEqual(['solution: exit code 1; ; make one done\nfail done']);
});

test('a fault that breaks nothing is found out', async () => {
  const { failures } = await prove(fault({ do: 'make one' }));
  expect(failures).toEqual(['fault: expected missing, got a passes']);
});

test('a fault that strikes for another reason is found out', async () => {
  const { failures } = await prove(fault({ expect: 'empty' }));
  expect(failures).toEqual(['fault: expected empty, got a fails with missing (one is missing.)']);
});

test('a fault that cannot be applied, or not be undone, is found out', async () => {
  expect((await prove(fault({ do: 'fail' }))).failures).toEqual([
    'fault: applying it failed with exit code 1: fail done',
  ]);
  expect((await prove(fault({ undo: 'fail' }))).failures[0]).toBe(
    'fault: undoing it failed with exit code 1: fail done',
  );
  expect((await prove(fault({ undo: 'make three' }))).failures[0]).toBe(
    'fault: still red after undoing: a fails with missing (one is missing.)',
  );
});

test('a fault that turns other checks red must say which', async () => {
  const twin = {
    [lab]: twoChapters[lab]!.replace(
      'title: One is there, path: one }',
      'title: One is there, path: one }\n      - { id: twin, kind: file, title: And again, path: one }',
    ),
    '01-first/faults/twin.yaml':
      'title: T\nbreaks: one/twin\nexpect: missing\nalsoRed: [one/a]\ndo: break one\nundo: make one\n',
  };
  expect((await prove(twin)).failures).toEqual([
    'fault: others turn red too: 01-first/one: twin fails with missing (one is missing.)',
  ]);
  expect((await prove({ ...twin, ...fault({ alsoRed: '[one/twin]' }) })).failures).toEqual([]);
});

test('what a later step breaks shows at the end of the chapter', async () => {
  const { failures } = await prove({
    [lab]: twoChapters[lab]!.replace("run: ['make two']", "run: ['make two', 'break one']"),
  });
  expect(failures[0]).toMatch(/^(solution|chapter): .*one/);
});

test('it can be stopped, and looks at chosen faults only', async () => {
  const world = fakeLab();
  const stop = new AbortController();
  const kinds: string[] = [];
  await proveCourse(world.course, {
    clock: world.clock,
    signal: stop.signal,
    onResult({ kind }) {
      kinds.push(kind);
      if (kind === 'solution') stop.abort();
    },
  });
  expect(kinds).toEqual(['start', 'solution']);

  const other = fakeLab();
  const { passed } = await proveCourse(other.course, {
    clock: other.clock,
    to: '01-first',
    wanted: () => false,
    onResult: () => undefined,
  });
  expect(passed).toEqual({ start: 1, solution: 2, fault: 0, chapter: 1 });
});
