import { expect, test } from 'vitest';
import { bindings } from '../../../src/tui/keys.ts';
import { helpBody } from '../../../src/tui/screens/help.ts';
import { commandHelp, parseCommand } from '../../../src/tui/state/command-line.ts';
import { plainText } from '../../../src/tui/text/line.ts';
import { lineWidth } from '../../../src/tui/text/width.ts';
import { createTheme } from '../../../src/tui/theme.ts';
import { openScreens, plainTheme, sizes } from '../open-screens.ts';

const linesAt = (columns: number, theme = plainTheme) => helpBody({ columns, rows: 20 }, theme).lines;

test.each(sizes)('at $columns columns every key with a use is there, and fits', ({ columns }) => {
  const lines = linesAt(columns);
  for (const row of lines) expect(lineWidth(row)).toBeLessThanOrEqual(columns);
  const text = lines.map(plainText).join(' ').replace(/\s+/g, ' ');
  for (const { help } of bindings) expect(text).toContain(help);
});

test('a key and its use are never written together', () => {
  for (const { keys, shown, help } of bindings.filter((binding) => binding.help !== '')) {
    const name = shown ?? keys[0]!;
    const row = linesAt(120)
      .map(plainText)
      .find((text) => text.includes(help));
    expect(row, name).toMatch(/^ {2}\S.* {2,}\S/);
  }
  const rows = linesAt(120).map(plainText);
  for (const [usage, help] of commandHelp) {
    expect(
      rows.find((text) => text.startsWith(`  ${usage} `)),
      usage,
    ).toContain(` ${help}`);
  }
});

test('every command that the help names is understood', () => {
  for (const [usage] of commandHelp) {
    for (const text of usage.split(/\s+(?=:)/)) {
      const typed = text
        .replace('CHAPTER[/STEP]', '4/ca')
        .replace('[UNIT]', 'etcd')
        .replace(/\bM\b/, 'controller-0')
        .slice(1);
      expect(parseCommand(typed), text).not.toMatchObject({ do: 'wrong' });
    }
  }
});

test('in ASCII arrows are words', () => {
  const ascii = createTheme({ color: false, ascii: true });
  for (const row of linesAt(80, ascii)) expect(plainText(row)).toMatch(/^[\x20-\x7e]*$/);
});

test('? opens it from everywhere, and ? again goes back', async () => {
  const { keys, store } = await openScreens();
  for (const [key, screen] of [
    ['1', 'course'],
    ['2', 'chapter'],
    ['3', 'cluster'],
    ['4', 'journals'],
  ] as const) {
    keys(key, '?');
    expect(store.get().screen).toBe('help');
    keys('?');
    expect(store.get().screen).toBe(screen);
  }
});

test('a key that does nothing here says where it works; the next key takes that away', async () => {
  const { keys, text } = await openScreens();
  keys('1', 'r');
  expect(text()).toContain('r works on Chapter; ? lists the keys');
  keys('j');
  expect(text()).not.toContain('r works on');
});

test('Ctrl+L draws anew', async () => {
  const { keys, terminal } = await openScreens();
  keys('ctrl+l');
  expect(terminal.redraw).toHaveBeenCalledOnce();
});
