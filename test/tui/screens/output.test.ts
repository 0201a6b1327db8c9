import { expect, test, vi } from 'vitest';
import { twoChapters } from '../../course/fake-pack.ts';
import { openScreens } from '../open-screens.ts';

const commands = (...run: string[]) => ({
  '01-first/lab.yaml': twoChapters['01-first/lab.yaml']!.replace("['make one']", JSON.stringify(run)),
});
const run = async (changes: Readonly<Record<string, string>> = {}) => {
  const screens = await openScreens({ changes });
  screens.keys('2', 'n', 'r', 'y');
  return screens;
};

test('each command with a prompt, and what it prints below', async () => {
  const { until, text } = await run(commands('make one', 'make more'));
  await until('✔ done: Enter goes back to the step');
  expect(text()).toMatch(/jumpbox\$ make one\s+make one done\s+jumpbox\$ make more\s+make more done/);
});

test('it ends at the first command that fails', async () => {
  const { until, text, world } = await run(commands('fail here', 'make one'));
  await until('✖ stopped at the first command that failed');
  expect(text()).toContain('jumpbox$ fail here');
  expect(world.ran).toHaveLength(1);
});

test('asked to run, no leaves everything as it is', async () => {
  const { keys, world, store } = await openScreens();
  keys('2', 'n', 'r', 'n');
  expect(world.ran).toEqual([]);
  expect(store.get()).toMatchObject({ screen: 'chapter', question: undefined });
  keys('r', 'x');
  expect(store.get().question).toBeDefined();
  keys('esc');
  expect(store.get().question).toBeUndefined();
});

test('Ctrl+C stops what runs, and only then leaves', async () => {
  let stopped = false;
  const screens = await openScreens();
  vi.spyOn(screens.world.course, 'run').mockImplementation(
    (_ref, options = {}) =>
      new Promise((resolve) =>
        options.signal?.addEventListener('abort', () => {
          stopped = true;
          resolve({ exitCode: 130 });
        }),
      ),
  );
  screens.keys('2', 'n', 'r', 'y');
  await screens.until('running: Ctrl+C stops');
  screens.keys('ctrl+c');
  await screens.until('stopped');
  expect(stopped).toBe(true);
  expect(screens.terminal.quit).not.toHaveBeenCalled();
  await vi.waitFor(() => {
    screens.keys('ctrl+c');
    expect(screens.terminal.quit).toHaveBeenCalled();
  });
});

test('a second run while one goes on is refused', async () => {
  const screens = await openScreens();
  vi.spyOn(screens.world.course, 'run').mockImplementation(() => new Promise(() => undefined));
  screens.keys('2', 'n', 'r', 'y');
  await screens.until('running');
  screens.keys('esc', 'r', 'y');
  await screens.until('Commands are running already');
});

test('before anything has run the page says so', async () => {
  const { store, text } = await openScreens();
  store.set({ screen: 'output' });
  expect(text()).toContain('Nothing has run yet.');
});

const withSources = (files: string) => ({
  '01-first/text.en.md': twoChapters['01-first/text.en.md']!.replace(
    'Why.\n\n### hint 1\n\nOne of one.',
    `Why.\n\nsource: ${files}\n\n### hint 1\n\nOne of one.`,
  ),
});

test('o reads the first source of a step, again the next, and after the last the first; no line is cut', async () => {
  const { keys, until, text } = await openScreens({
    changes: withSources('src/lib/abort.ts, src/lib/letters.ts'),
  });
  keys('2', 'n', 'o');
  await until('src/lib/abort.ts  ');
  expect(text()).toContain('listener that comes late is never');
  keys('o');
  await until('src/lib/letters.ts  ');
  keys('o');
  await until('src/lib/abort.ts  ');
});

test('where a step names one source, o says that there is no other', async () => {
  const { keys, until } = await openScreens({ changes: withSources('src/lib/abort.ts') });
  keys('2', 'n', 'o');
  await until('src/lib/abort.ts  ');
  keys('o');
  await until('This step names no other source file');
});
