import { expect, test } from 'vitest';
import type { JournalEntry } from '../../../src/machines/client.ts';
import type { ClusterFacts } from '../../../src/tui/lab/facts.ts';
import { entryLine } from '../../../src/tui/screens/journal.ts';
import { plainText } from '../../../src/tui/text/line.ts';
import { oneMachine, openScreens } from '../open-screens.ts';

const entry = (message: string, priority = 6): JournalEntry => ({
  time: Date.UTC(2026, 0, 2, 3, 4, 5),
  bootId: 'b',
  unit: 'etcd.service',
  identifier: 'etcd',
  pid: 42,
  priority,
  message,
});
const units = ['etcd', 'kubelet'].map((name) => ({
  name: `${name}.service`,
  description: name,
  loadState: 'loaded' as const,
  activeState: 'active' as const,
  subState: 'running',
  result: 'success',
  pid: 1,
  since: 0,
  restarts: 0,
  enabled: true,
  memory: undefined,
}));
const machine = oneMachine.machines![0]!;
const cluster: ClusterFacts = {
  ...oneMachine,
  machines: [
    { ...machine, units },
    { ...machine, name: 'worker-0', units: units.slice(1) },
  ],
};

test('a line of a journal: time, who, message; what is grave is coloured', () => {
  expect(plainText(entryLine(entry('ready')))).toBe('03:04:05 etcd[42]: ready');
  expect(entryLine(entry('lost', 3)).at(-1)?.tone).toBe('fail');
  expect(entryLine(entry('slow', 4)).at(-1)?.tone).toBe('warn');
});

test('the choice: machines with their units, filtered as one types', async () => {
  const { keys, until, text } = await openScreens({ cluster });
  keys('4');
  await until('Whose journal?');
  expect(text()).toContain('▸ controller-0');
  keys('/', ...'kubelet');
  expect(text()).toContain('kubelet.service on controller-0');
  expect(text()).toContain('kubelet.service on worker-0');
  expect(text()).not.toContain('etcd.service');
  keys('enter', 'j', 'enter');
  await until('kubelet on worker-0  2 lines');
});

test('a filter that nothing fits says so, and opening then does nothing', async () => {
  const { keys, until, text, store } = await openScreens({ cluster });
  keys('4');
  await until('Whose journal?');
  keys('/', ...'zzz', 'enter');
  expect(text()).toContain('Nothing has "zzz" in its name.');
  keys('enter');
  expect(store.get().screen).toBe('journals');
  keys('esc');
  expect(text()).toContain('etcd.service');
});

test('4 goes back to the journal that is followed, and again to the choice', async () => {
  const { keys, until, store } = await openScreens({ cluster });
  keys('4');
  await until('Whose journal?');
  keys('enter');
  await until('ready to serve');
  keys('1', '4');
  expect(store.get().screen).toBe('journal');
  keys('4');
  expect(store.get().screen).toBe('journals');
});

test('a journal that ends says so, keeps its lines, and Enter follows again', async () => {
  let asked = 0;
  const { keys, until, text } = await openScreens({
    cluster,
    lab: {
      async *journal() {
        asked++;
        yield entry(`call ${asked}`);
        if (asked === 1) throw new Error('the socket was closed');
      },
    },
  });
  keys('3');
  await until('leader');
  keys('enter');
  await until('ended: the socket was closed; Enter follows again');
  expect(text()).toContain('call 1');
  keys('enter');
  await until('call 2');
  await until('ended: the lab has stopped');
});

test('a lab that was killed ends its journals as one that has stopped', async () => {
  let runs = true;
  const { keys, until } = await openScreens({
    cluster,
    lab: {
      machines: async () => (runs ? cluster.machines : undefined),
      // biome-ignore lint/correctness/useYield: it breaks off before its first line
      async *journal() {
        runs = false;
        throw new Error('aborted');
      },
    },
  });
  keys('3');
  await until('leader');
  keys('enter');
  await until('ended: the lab has stopped');
});

test('what moves cursors or colours text is taken out of a message', async () => {
  const { keys, until, text } = await openScreens({
    cluster,
    lab: {
      async *journal() {
        yield entry('\u001b[31mred\u001b[0m\u0007 and\u001b[2J gone');
      },
    },
  });
  keys('3');
  await until('leader');
  keys('enter');
  await until('red and gone');
  expect(text()).not.toContain('\u001b');
});

test('scrolled up it stays where one reads, whatever comes; Enter follows', async () => {
  let more: (entries: readonly string[]) => void = () => undefined;
  const { keys, until, frame, text } = await openScreens({
    cluster,
    lab: {
      async *journal(_machine, _unit, signal) {
        for (let index = 0; index < 60; index++) yield entry(`line ${index}`);
        while (!signal.aborted) {
          const next = await new Promise<readonly string[]>((resolve) => {
            more = resolve;
            signal.addEventListener('abort', () => resolve([]));
          });
          for (const message of next) yield entry(message);
        }
      },
    },
  });
  keys('3');
  await until('leader');
  keys('enter');
  await until('line 59');
  keys('g');
  expect(text()).toContain('Enter follows');
  const before = frame()[2];
  more(['line 60']);
  await until('61 lines');
  expect(frame()[2]).toBe(before);
  keys('enter');
  expect(text()).toContain('line 60');
});
