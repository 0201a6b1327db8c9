/**
 * The page of a step: its text, the commands, the checks with their diagnosis, the hints, and where our source does it.
 * The text is laid out once a width; what changes while one reads (checks, hints, focus) is put together each time.
 */
import type { StepState } from '../../course/course.ts';
import { type Chapter, jumpbox, type Step } from '../../course/model.ts';
import { blank, type Line, line, span } from '../text/line.ts';
import { renderMarkdown } from '../text/markdown.ts';
import { memoize } from '../text/memoize.ts';
import { highlightShell } from '../text/shell.ts';
import { lineWidth, spread, wrap, wrapWith } from '../text/width.ts';
import type { Theme } from '../theme.ts';
import type { Anchor } from './body.ts';
import { checksLines, hintLines, sectionTitle } from './checks.ts';

export interface Page {
  readonly lines: readonly Line[];
  readonly anchors: readonly Anchor[];
}

const markdown = memoize(
  (text: string, columns: number, theme: Theme) => renderMarkdown(theme.letters(text), columns, theme.glyphs),
  32,
);

export function introductionPage(chapter: Chapter, columns: number, theme: Theme): Page {
  return {
    lines: [
      line(`${chapter.number} ${theme.letters(chapter.title)}`, 'title'),
      blank,
      ...markdown(chapter.text, columns, theme),
      blank,
      line('n begins with the first step.', 'dim'),
    ],
    anchors: [{ line: 0, kind: 'top' }],
  };
}

export const hostsOf = (step: Step): string =>
  step.hosts.length === 1
    ? step.hosts[0] === jumpbox
      ? 'on the jumpbox'
      : `on ${step.hosts[0]}`
    : `on each of ${step.hosts.join(', ')}`;

function commandLines(block: string, columns: number, focused: boolean, theme: Theme): Line[] {
  const bar = span(`${focused ? theme.glyphs.focusBar : theme.glyphs.bar} `, focused ? 'accent' : 'dim');
  const rows = block.split('\n');
  return rows.flatMap((row, index) => {
    if (theme.linear) return [[...(focused && index === 0 ? [bar] : []), span(row)]];
    const indent = /^\s*/.exec(row)![0];
    const shown = highlightShell(row.trimStart(), rows[index - 1]?.endsWith('\\'));
    const whole = [bar, span(indent), ...shown];
    if (lineWidth(whole) <= columns) return [whole];
    return wrapWith(
      shown,
      columns,
      [bar, span(indent)],
      // Whoever types the command must see where no line ends.
      [bar, span(`${indent}  `), span(`${theme.glyphs.goesOn} `, 'dim')],
    );
  });
}

export interface StepPageOptions {
  readonly step: Step;
  readonly state: StepState;
  readonly columns: number;
  readonly focus: number;
  readonly theme: Theme;
}

export function stepPage({ step, state, columns, focus, theme }: StepPageOptions): Page {
  const lines: Line[] = [line(theme.letters(step.title), 'title'), blank];
  const anchors: Anchor[] = [{ line: 0, kind: 'top' }];
  lines.push(...markdown(step.text, columns, theme));

  if (step.run.length > 0) {
    lines.push(blank, ...spreadTitle('Commands', hostsOf(step), columns, theme));
    for (const [block, script] of step.run.entries()) {
      if (block > 0) lines.push(blank);
      const focused = focus === anchors.length || (focus === 0 && block === 0);
      anchors.push({ line: lines.length - (block === 0 ? 1 : 0), kind: 'command', block });
      lines.push(...commandLines(script, columns, focused, theme));
      const last = lines.at(-1)!;
      const label = [span('  c copies', 'dim')];
      if (focused && !theme.linear && lineWidth(last) + lineWidth(label) <= columns) {
        lines[lines.length - 1] = spread(last, label, columns);
      }
    }
  }
  lines.push(blank);
  anchors.push({ line: lines.length, kind: 'checks' });
  lines.push(sectionTitle('Checks'), ...checksLines(step, state, columns, theme));
  if (step.hints.length > 0) {
    lines.push(blank, sectionTitle('Hints'), ...hintLines(step, state, columns, theme));
  }
  if (step.sources.length > 0) {
    lines.push(
      blank,
      ...wrap([span('o reads the source: ', 'dim'), span(step.sources.join(', '), 'dim')], columns),
    );
  }
  return { lines, anchors };
}

const spreadTitle = (title: string, aside: string, columns: number, theme: Theme): Line[] =>
  wrap([...sectionTitle(title), span(` ${theme.glyphs.dot} ${aside}`, 'dim')], columns);
