import { expect, test, vi } from 'vitest';
import type { FrameWriter } from '../../src/tui/frame-writer.ts';
import { createScreen } from '../../src/tui/screen.ts';
import { createStore } from '../../src/tui/state/store.ts';
import { initialState } from '../../src/tui/state/ui-state.ts';
import { plainText } from '../../src/tui/text/line.ts';
import { createTheme } from '../../src/tui/theme.ts';

function open() {
  const frames: string[] = [];
  const forget = vi.fn();
  const writer: FrameWriter = { draw: (rows) => frames.push(rows.map(plainText).join('\n')), forget };
  const store = createStore(initialState({ columns: 80, rows: 24 }, '/lab'));
  const screen = createScreen(store, createTheme({ color: false, ascii: false }), writer);
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const toast = (text: string) => store.set({ toast: { text, tone: 'plain' } });
  return { frames, forget, screen, turn, toast };
}

test('changes of one turn are one frame, the last of them', async () => {
  const { frames, turn, toast } = open();
  for (const text of ['first', 'second', 'third']) toast(text);
  await turn();
  expect(frames).toHaveLength(1);
  expect(frames[0]).toContain('third');
});

test('while another program has the window nothing is drawn; then all of it', async () => {
  const { frames, forget, screen, turn, toast } = open();
  screen.lend();
  toast('unseen');
  await turn();
  expect(frames).toEqual([]);
  screen.takeBack();
  await turn();
  expect(forget).toHaveBeenCalled();
  expect(frames.at(-1)).toContain('unseen');
});

test('after its end a change draws nothing', async () => {
  const { frames, screen, turn, toast } = open();
  screen.end();
  toast('late');
  await turn();
  expect(frames).toEqual([]);
});
