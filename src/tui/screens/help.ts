import { type Binding, bindings } from '../keys.ts';
import { commandHelp } from '../state/command-line.ts';
import { blank, type Line, line, span } from '../text/line.ts';
import { wrapWith } from '../text/width.ts';
import type { Theme } from '../theme.ts';
import type { Area, Body } from './body.ts';

const keyColumns = 10;
const groups: readonly Binding['group'][] = ['Step', 'Move', 'Find', 'Screens', 'Lab'];

const row = (keys: string, text: string, columns: number, indent: number): Line[] =>
  wrapWith([span(text)], columns, [span(`  ${keys.padEnd(indent)}`, 'code')], [span(' '.repeat(indent + 2))]);

const asciiKeys = (text: string) =>
  text.replace('↑', 'Up').replace('↓', 'Down').replace('←', 'Left').replace('→', 'Right');

/** Everything from the registry of keys. */
export function helpBody(area: Area, theme: Theme): Body {
  const columns = Math.min(100, area.columns - 2);
  const lines: Line[] = [line('Keys', 'title')];
  for (const group of groups) {
    lines.push(blank, line(group, 'heading'));
    for (const { keys, shown, help } of bindings.filter((binding) => binding.group === group)) {
      if (help === '') continue;
      const name = shown ?? keys[0]!;
      lines.push(...row(theme.ascii ? asciiKeys(name) : name, theme.letters(help), columns, keyColumns));
    }
  }
  lines.push(blank, line('Commands', 'title'), blank);
  for (const [usage, help] of commandHelp) lines.push(...row(usage, help, columns, 22));
  return { lines };
}
