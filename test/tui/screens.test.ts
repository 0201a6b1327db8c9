import { expect, test, vi } from 'vitest';
import type { TuiLab } from '../../src/tui/lab/port.ts';
import { frameLines } from '../../src/tui/screens/index.ts';
import { createController } from '../../src/tui/state/controller.ts';
import { createStore } from '../../src/tui/state/store.ts';
import { initialState, type UiState } from '../../src/tui/state/ui-state.ts';
import { plainText } from '../../src/tui/text/line.ts';
import { lineWidth } from '../../src/tui/text/width.ts';
import { createTheme } from '../../src/tui/theme.ts';
import { fakeLab } from '../course/fake-lab.ts';

const sizes = [
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
];
const theme = createTheme({ color: false, ascii: false });

/** The screens over a course whose checks look at a world of names (test/course/fake-lab.ts). */
async function open(size = sizes[0]!, shown = theme) {
  const world = fakeLab();
  const copied: string[] = [];
  const quit = vi.fn();
  const lab: TuiLab = {
    course: world.course,
    machines: async () => undefined,
    cluster: async () => ({
      machines: [
        {
          name: 'controller-0',
          roles: ['controller'],
          address: '10.240.0.10',
          podCidr: undefined,
          power: 'on',
          link: 'up',
          bootId: 'b',
          units: [],
        },
      ],
      etcd: [
        {
          machine: 'controller-0',
          endpoint: 'https://10.240.0.10:2379',
          leader: true,
          term: '7',
          memberId: 'a1',
          version: '3.6.5',
          error: undefined,
        },
      ],
      nodes: [],
      pods: undefined,
      apiError: undefined,
    }),
    async *journal(machine, unit) {
      for (const message of ['elected leader', 'ready to serve']) {
        yield { time: 0, bootId: 'b', unit, identifier: machine, pid: 1, priority: 6, message };
      }
    },
    power: async () => undefined,
    up: async () => undefined,
    async *changes() {},
  };
  const store = createStore<UiState>(initialState(size, '/lab'));
  const controller = createController({
    store,
    theme: shown,
    terminal: { copy: (text) => copied.push(text), redraw: () => undefined, shell: () => undefined, quit },
    openLab: async () => lab,
    examine: async () => [{ name: 'Node', state: 'good', found: 'v20' }],
  });
  await controller.begin(undefined);
  const frame = () => frameLines(store.get(), shown).map(plainText);
  const keys = (...names: string[]) => {
    for (const name of names) controller.key(name);
  };
  const until = (text: string) => vi.waitFor(() => expect(frame().join('\n')).toContain(text), 5000);
  return { world, store, controller, frame, keys, until, copied, quit };
}

test.each(sizes)('every frame of $columns×$rows fits', async (size) => {
  const { controller, store, keys, until } = await open(size);
  await until('First');
  for (const key of ['1', '2', 'n', '3', '4', '?', ':', 'esc']) {
    keys(key);
    const lines = frameLines(store.get(), theme);
    expect(lines).toHaveLength(size.rows);
    for (const row of lines) expect(lineWidth(row)).toBeLessThanOrEqual(size.columns);
  }
  controller.end();
});

test('the course with its chapters, the bar and what is next', async () => {
  const { controller, frame, keys, until } = await open();
  keys('1');
  await until('Next: 1 First › Do one');
  expect(frame()[2]).toMatch(/^ {2}░+ {2}0 of 3 steps$/);
  expect(frame()[4]).toMatch(/^▸ · {2}1 {2}First .* 0\/2/);
  keys('j', 'enter');
  expect(frame()[0]).toContain('2 Last');
  controller.end();
});

test('a step from red to green: diagnosis, hint, run, next', async () => {
  const { controller, world, frame, keys, until, copied } = await open();
  keys('2');
  keys('n');
  await until('one is missing.');
  const text = frame().join('\n');
  for (const part of [
    'Why.',
    'Commands · on the jumpbox',
    '▌ make one',
    'expected  one',
    'found     nothing',
    'to do     make one',
  ]) {
    expect(text).toContain(part);
  }
  keys('n');
  await until('not green yet');
  keys('c');
  expect(copied).toEqual(['make one']);
  keys('h');
  await until('1. One of one.');
  keys('r');
  expect(frame().at(-1)).toContain("Run this step's commands on the jumpbox?");
  expect(world.ran).toEqual([]);
  keys('y');
  await until('✔ done Enter goes back');
  expect(frame().join('\n')).toContain('make one done');
  keys('esc');
  await until('done: all checks pass');
  keys('n');
  expect(frame()[0]).toContain('Do two');
  controller.end();
});

test('the step turns green by itself when the learner does the work elsewhere', async () => {
  const { controller, world, keys, until } = await open();
  keys('2', 'n');
  await until('one is missing.');
  world.there.add('one');
  await world.course.checkAll(['01-first/one'], { quiet: true });
  await until('done: all checks pass');
  controller.end();
});

test('cluster, journal, filter and the way back', async () => {
  const { controller, frame, keys, until } = await open();
  keys('3');
  await until('leader');
  expect(frame().join('\n')).toContain('No kubelet has registered yet.');
  keys('enter');
  await until('ready to serve');
  keys('/', ...'elect', 'enter');
  expect(frame().join('\n')).toContain('elected leader');
  expect(frame().join('\n')).not.toContain('ready to serve');
  keys('esc', 'esc');
  await until('Whose journal?');
  keys('esc');
  expect(frame()[0]).toContain('Cluster');
  controller.end();
});

test('commands, help and leaving', async () => {
  const { controller, frame, keys, quit } = await open();
  keys(':', ...'goto 2 end', 'enter');
  expect(frame()[0]).toContain('2 Last › Do end');
  keys(':', ...'nonsense', 'enter');
  expect(frame().join('\n')).toContain('there is no command :nonsense');
  keys('?');
  expect(frame().join('\n')).toContain("run the step's commands");
  keys('q');
  expect(quit).toHaveBeenCalledWith(0);
  controller.end();
});

test('in ASCII no other letter is left, and NO_COLOR leaves no escape', async () => {
  const ascii = createTheme({ color: false, ascii: true });
  const { controller, store, keys, until } = await open(sizes[0], ascii);
  keys('2', 'n');
  await until('one is missing.');
  for (const row of frameLines(store.get(), ascii)) expect(ascii.paint(row)).toMatch(/^[\x20-\x7e]*$/);
  controller.end();
});

test('a window that is too small says what it wants, and only leaving works in it', async () => {
  const { controller, store, frame, keys, quit } = await open();
  store.set({ columns: 60, rows: 15 });
  expect(frame()).toHaveLength(15);
  expect(frame().join('\n')).toContain('It has 60×15 characters; 80×24 are needed.');
  keys('?');
  expect(store.get().screen).toBe('chapter');
  keys('q');
  expect(quit).toHaveBeenCalledWith(0);
  controller.end();
});

test('leaving while commands run is asked first', async () => {
  const { controller, store, frame, keys, quit } = await open();
  store.set({ run: { ref: '01-first/one', title: 'Do one', lines: [], state: 'running' } });
  keys('q');
  expect(frame().at(-1)).toContain("The step's commands are still running. Stop them and leave?");
  keys('n');
  expect(quit).not.toHaveBeenCalled();
  keys('q', 'y');
  expect(quit).toHaveBeenCalledWith(0);
  controller.end();
});

test(':goto by number or name, with Tab, and a wrong name told with the nearest', async () => {
  const { controller, frame, keys } = await open();
  keys(':', ...'goto la', 'tab');
  expect(frame().at(-1)).toContain(':goto last');
  keys(...'/e', 'tab', 'enter');
  expect(frame()[0]).toContain('2 Last › Do end');
  keys(':', ...'1/two', 'enter');
  expect(frame()[0]).toContain('1 First › Do two');
  keys(':', ...'goto frist', 'enter');
  expect(frame().join('\n')).toContain('unknown chapter "frist": did you mean "first"?');
  keys(':', ...'gto', 'enter');
  expect(frame().join('\n')).toContain('there is no command :gto: did you mean goto?');
  keys(':', ...'off nod-0', 'enter');
  expect(frame().join('\n')).toContain('did you mean "node-0"?');
  controller.end();
});

test('for a screen reader states are words, and nothing is drawn', async () => {
  const spoken = createTheme({ color: false, ascii: true, linear: true });
  const { controller, frame, keys, until } = await open(sizes[0], spoken);
  keys('1');
  await until('0 of 3 steps');
  expect(frame().join('\n')).toContain('selected: to do:  1  First, 0 of 2 steps');
  keys('2', 'n');
  await until('failed: One');
  for (const row of frame()) expect(row).toMatch(/^[\x20-\x7e]*$/);
  expect(frame().join('\n')).not.toMatch(/[-=#.|]{4}/);
  controller.end();
});
