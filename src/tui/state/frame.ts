import { footerBindings, type ScreenName } from '../keys.ts';
import type { Area, Body } from '../screens/body.ts';
import { chapterBody } from '../screens/chapter.ts';
import { clusterBody } from '../screens/cluster.ts';
import { courseBody } from '../screens/course.ts';
import { helpBody } from '../screens/help.ts';
import { journalBody } from '../screens/journal.ts';
import { outputBody, sourceBody } from '../screens/output.ts';
import { welcomeBody } from '../screens/welcome.ts';
import { blank, type Line, line, span } from '../text/line.ts';
import { contains, fit, lineWidth, spread, truncate } from '../text/width.ts';
import type { Theme } from '../theme.ts';
import type { UiState } from './ui-state.ts';

const titles: Readonly<Record<ScreenName, string>> = {
  welcome: 'Welcome',
  course: 'Course',
  chapter: 'Chapter',
  cluster: 'Cluster',
  journal: 'Journal',
  output: 'Output',
  source: 'Source',
  help: 'Help',
};

export function bodyOf(ui: UiState, area: Area, theme: Theme): Body {
  switch (ui.screen) {
    case 'welcome':
      return welcomeBody(ui, area, theme);
    case 'course':
      return courseBody(ui, area, theme);
    case 'chapter':
      return chapterBody(ui, area, theme);
    case 'cluster':
      return clusterBody(ui, area, theme);
    case 'journal':
      return journalBody(ui, area, theme);
    case 'output':
      return outputBody(ui, area, theme);
    case 'source':
      return sourceBody(ui);
    case 'help':
      return helpBody(area, theme);
  }
}

/** One row stays free: a frame as high as the terminal makes Ink clear the screen (see its issues 359, 382, 450). */
const rowsOf = (ui: UiState) => Math.max(5, ui.rows - 1);

/** The room between header and footer, before a screen takes rows of it for its own top. */
export const areaOf = (ui: UiState): Area => ({ columns: ui.columns - 2, rows: rowsOf(ui) - 4 });

export function viewRows(ui: UiState, body: Body): number {
  return Math.max(1, areaOf(ui).rows - (body.top?.length ?? 0));
}

/** The first line that is shown. A list follows its mark, a journal its end, a page what was scrolled. */
export function offsetOf(ui: UiState, body: Body): number {
  const rows = viewRows(ui, body);
  const last = Math.max(0, body.lines.length - rows);
  const scroll = ui.scroll[ui.screen];
  if (body.selected !== undefined) {
    const from = Math.min(scroll ?? 0, last);
    if (body.selected < from) return body.selected;
    if (body.selected >= from + rows) return Math.min(last, body.selected - rows + 1);
    return from;
  }
  const following = ui.screen === 'journal' || (ui.screen === 'output' && ui.run?.state === 'running');
  return Math.min(last, scroll ?? (following ? last : 0));
}

function header(ui: UiState, theme: Theme): Line {
  const chapter = ui.screen === 'chapter' ? ui.pack?.chapters[ui.chapter] : undefined;
  const crumbs =
    chapter === undefined ? titles[ui.screen] : `${chapter.number} ${theme.letters(chapter.title)}`;
  const done = ui.course === undefined ? '' : `${ui.course.doneSteps}/${ui.course.totalSteps} `;
  return spread(
    [span(' k8s-lab ', 'title'), span(`${theme.glyphs.crumb} `, 'dim'), span(crumbs, 'strong')],
    [span(ui.busy === undefined ? '' : `${ui.busy} `, 'warn'), span(done, 'dim')],
    ui.columns - 1,
  );
}

function footer(ui: UiState, theme: Theme): Line {
  if (ui.question !== undefined) {
    const choices = ui.question.choices.flatMap(({ key, label }) => [
      span(` ${key} `, 'code'),
      span(`${label} `),
    ]);
    return truncate(
      [span(` ${ui.question.text} `, 'warn'), ...choices],
      ui.columns - 1,
      theme.glyphs.ellipsis,
    );
  }
  if (ui.prompt !== undefined) {
    return [span(ui.prompt.kind === 'command' ? ':' : '/', 'accent'), span(ui.prompt.text), span('_', 'dim')];
  }
  if (ui.toast !== undefined)
    return truncate(
      [span(` ${theme.letters(ui.toast.text)}`, ui.toast.tone)],
      ui.columns - 1,
      theme.glyphs.ellipsis,
    );
  // Cut at a whole key: half a word helps nobody.
  const parts: Line[] = footerBindings(ui.screen).map(({ keys, shown, label }) => [
    span(` ${shown ?? keys[0]}`, 'code'),
    span(` ${label} `, 'dim'),
  ]);
  let used = 0;
  return parts
    .filter((part) => {
      used += lineWidth(part);
      return used < ui.columns;
    })
    .flat();
}

const mark = (row: Line, find: string | undefined): Line =>
  find !== undefined && find !== '' && contains(row, find)
    ? row.map((part) => span(part.text, 'match'))
    : row;

/** The whole screen as lines, one for each row of the terminal but the last. */
export function frameOf(ui: UiState, theme: Theme): readonly Line[] {
  if (ui.columns < 60 || ui.rows < 16)
    return [line('k8s-lab wants a terminal of 80x24 or more.'), line('Make it larger, or press q.', 'dim')];
  const body = bodyOf(ui, areaOf(ui), theme);
  const rows = viewRows(ui, body);
  const from = offsetOf(ui, body);
  const page = body.lines
    .slice(from, from + rows)
    .map((row) =>
      ui.screen === 'chapter' || ui.screen === 'source' || ui.screen === 'help' ? mark(row, ui.find) : row,
    );
  const { side } = body;
  const middle = Array.from({ length: rows }, (_, y): Line => {
    const row = page[y] ?? blank;
    if (side === undefined) return [span(' '), ...row];
    return [...fit(side.lines[y] ?? blank, side.columns), span(` ${theme.glyphs.divider} `, 'dim'), ...row];
  });
  const below = body.lines.length - from - rows;
  const more = below > 0 ? `${below} ${theme.glyphs.more} ` : '';
  const status = spread([span(' '), ...(body.status ?? blank)], [span(more, 'dim')], ui.columns - 1);
  const rule: Line = [span(theme.glyphs.rule.repeat(ui.columns - 1), 'dim')];
  return [header(ui, theme), rule, ...(body.top ?? []), ...middle, status, footer(ui, theme)].map((row) =>
    truncate(row, ui.columns - 1, theme.glyphs.ellipsis),
  );
}
