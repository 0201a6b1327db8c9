/** One frame of the whole terminal: header, the visible part of a screen, status, footer. As many lines as it has rows. */
import { smallestScreen } from '../../lib/screens.ts';
import { footerBindings, screenNames } from '../keys.ts';
import type { UiState } from '../state/ui-state.ts';
import { blank, type Line, line, oneRow, plainText, type Span, span } from '../text/line.ts';
import { fit, lineWidth, spread, truncate, wrap } from '../text/width.ts';
import type { Theme } from '../theme.ts';
import type { Area, Body } from './body.ts';

/** Header, rule, status and footer. */
const chrome = 4;

export const areaOf = (ui: UiState): Area => ({
  columns: ui.columns,
  rows: Math.max(1, ui.rows - chrome),
});

/** Lines of a body that are visible at once. */
export const heightOf = (body: Body, area: Area) => Math.max(1, area.rows - (body.top?.length ?? 0));

/** The first visible line. What follows (a journal, a command's output) stands at its end until someone scrolls. */
export function offsetOf(ui: UiState, body: Body, height: number): number {
  const last = Math.max(0, body.lines.length - height);
  const clamp = (value: number) => Math.min(last, Math.max(0, value));
  const scrolled = ui.scroll[ui.screen];
  if (body.selected !== undefined && (body.goesOn !== true || scrolled === undefined)) {
    return clamp(body.selected - Math.floor(height / 2));
  }
  const follows = ui.screen === 'journal' || ui.screen === 'output';
  return clamp(scrolled ?? (follows ? last : 0));
}

/** The same text with what was searched for marked. */
export function markMatches(spans: Line, needle: string | undefined): Line {
  if (needle === undefined || needle === '') return spans;
  const wanted = needle.toLowerCase();
  return spans.flatMap((part): Span[] => {
    const found: Span[] = [];
    let from = 0;
    const lower = part.text.toLowerCase();
    for (let at = lower.indexOf(wanted); at !== -1; at = lower.indexOf(wanted, from)) {
      if (at > from) found.push({ ...part, text: part.text.slice(from, at) });
      found.push({ text: part.text.slice(at, at + wanted.length), tone: 'match' });
      from = at + wanted.length;
    }
    return from === 0 ? [part] : [...found, { ...part, text: part.text.slice(from) }];
  });
}

/** Finished chapters that something has broken since, wherever the learner looks. What only waits for them is not named. */
function broken({ course }: UiState, theme: Theme): Line {
  const chapters = (course?.chapters ?? []).filter(({ steps }) =>
    steps.some(({ done, status }) => done && (status === 'red' || status === 'error')),
  );
  if (chapters.length === 0) return blank;
  const numbers = chapters.map(({ number }) => number).join(', ');
  const what =
    chapters.length === 1
      ? `chapter ${numbers}`
      : chapters.length <= 3
        ? `chapters ${numbers}`
        : `${chapters.length} chapters`;
  return [span(`  ${theme.glyphs.fail} ${what}`, 'fail')];
}

function header(ui: UiState, theme: Theme): Line {
  const { glyphs } = theme;
  const chapter = ui.pack?.chapters[ui.chapter];
  const step = chapter?.steps[ui.step - 1];
  const crumbs = ['k8s-lab'];
  if (ui.screen === 'chapter' && chapter !== undefined) {
    crumbs.push(`${chapter.number} ${chapter.title}`);
    if (step !== undefined) crumbs.push(step.title);
  } else {
    crumbs.push(screenNames[ui.screen]);
    if (ui.screen === 'output' && ui.run !== undefined) crumbs.push(ui.run.title);
    if (ui.screen === 'journal' && ui.journal !== undefined) crumbs.push(ui.journal.machine);
  }
  const left: Line = crumbs.flatMap((crumb, index): Span[] => [
    ...(index === 0 ? [] : [span(theme.linear ? ', ' : ` ${glyphs.crumb} `, 'dim')]),
    span(theme.letters(crumb), index === 0 ? 'title' : index === crumbs.length - 1 ? 'strong' : undefined),
  ]);
  const done = ui.course === undefined ? '' : `  ${ui.course.doneSteps}/${ui.course.totalSteps}`;
  if (theme.linear) return [...left, ...broken(ui, theme)];
  const right = [...broken(ui, theme), span(done, 'dim')];
  return spread(truncate(left, ui.columns - lineWidth(right), glyphs.ellipsis), right, ui.columns);
}

/** As far as one knows: only the screens that show machines ask for them. */
const isOff = ({ cluster }: UiState) =>
  cluster !== undefined && (cluster.machines ?? [{ power: 'off' }]).some(({ power }) => power === 'off');

function footer(ui: UiState, theme: Theme): Line {
  if (ui.question !== undefined) {
    return truncate(
      [
        span(`${theme.letters(ui.question.text)} `, 'warn'),
        ...ui.question.choices.flatMap(({ key, label }) => [span(` ${key}`, 'code'), span(` ${label} `)]),
      ],
      ui.columns,
      theme.glyphs.ellipsis,
    );
  }
  if (ui.prompt !== undefined) {
    return [
      span(ui.prompt.kind === 'command' ? ':' : '/', 'accent'),
      span(ui.prompt.text),
      span(' ', 'match'),
    ];
  }
  const all = footerBindings(ui.screen)
    .filter(({ action }) => action !== 'start' || isOff(ui))
    .map(({ keys, shown, footer: spelling, label }) => [
      span(spelling ?? shown ?? keys[0]!, 'code'),
      span(` ${label}  `, 'dim'),
    ]);
  // Help and quit, the last two, are always there; of the others as many as fit.
  const shown = all.slice(-2).flat();
  const others = all.slice(0, -2);
  while (lineWidth(others.flat()) + lineWidth(shown) > ui.columns) others.pop();
  return [...others.flat(), ...shown];
}

function statusLine(ui: UiState, body: Body, hidden: number, theme: Theme): Line {
  const left = oneRow(
    ui.toast !== undefined
      ? [span(theme.letters(ui.toast.text), ui.toast.tone)]
      : ui.busy !== undefined
        ? [span(theme.letters(ui.busy.label), 'warn')]
        : (body.status ?? blank),
  );
  const right: Line = [
    ...(ui.find === undefined ? [] : [span(` /${ui.find}`, 'accent')]),
    ...(hidden > 0 ? [span(` ${theme.glyphs.more} ${hidden} more`, 'dim')] : []),
  ];
  if (theme.linear) return [...left, span(' '), ...right];
  return spread(truncate(left, ui.columns - lineWidth(right) - 1, theme.glyphs.ellipsis), right, ui.columns);
}

/** A reader of linear text has no window that could be too small. */
export const isTooSmall = ({ columns, rows }: UiState, theme: Theme) =>
  !theme.linear && (columns < smallestScreen.columns || rows < smallestScreen.rows);

function tooSmall(ui: UiState, theme: Theme): readonly Line[] {
  const { columns, rows } = smallestScreen;
  const text = [
    line('This window is too small for the course.', 'strong'),
    line(theme.letters(`It has ${ui.columns}×${ui.rows} characters; ${columns}×${rows} are needed.`)),
    line('Make it larger and go on where you are; q leaves.', 'dim'),
  ].flatMap((row) => wrap(row, ui.columns - 1));
  const above = Math.max(0, Math.floor((ui.rows - text.length) / 2));
  const lines = Array.from({ length: Math.max(1, ui.rows) }, (_unused, y): Line => {
    const row = text[y - above] ?? blank;
    return [span(' '.repeat(Math.max(0, Math.floor((ui.columns - lineWidth(row)) / 2)))), ...row];
  });
  return lines.map((row) => truncate(row, ui.columns, ''));
}

/** The lines of the frame around a body, each no wider than the terminal. */
export function frameOf(ui: UiState, theme: Theme, bodyIn: (area: Area) => Body): readonly Line[] {
  if (isTooSmall(ui, theme)) return tooSmall(ui, theme);
  const area = areaOf(ui);
  const body = bodyIn(area);
  const height = heightOf(body, area);
  const offset = offsetOf(ui, body, height);
  const side = body.side;
  // A side column follows what is marked in it.
  const marked = side?.lines.findIndex((row) => plainText(row).startsWith(theme.glyphs.cursor)) ?? 0;
  const sideOffset =
    side === undefined
      ? 0
      : Math.max(0, Math.min(side.lines.length - height, marked - Math.floor(height / 2)));
  // Linear text is read to its end, not looked at as a window.
  const seen = theme.linear ? Math.min(height, body.lines.length - offset) : height;
  const rows = Array.from({ length: seen }, (_unused, y): Line => {
    const text = body.lines[offset + y];
    const main = text === undefined ? blank : markMatches(text, ui.find);
    if (side === undefined) return main;
    return [
      ...fit(side.lines[sideOffset + y] ?? [], side.columns - 1, theme.glyphs.ellipsis),
      span(`${theme.glyphs.divider}  `, 'dim'),
      ...main,
    ];
  });
  const hidden = Math.max(0, body.lines.length - offset - height);
  const all: Line[] = [
    header(ui, theme),
    theme.linear ? blank : line(theme.glyphs.rule.repeat(ui.columns), 'dim'),
    ...(body.top ?? []),
    ...rows,
    statusLine(ui, body, hidden, theme),
    footer(ui, theme),
  ];
  // What a screen reader reads is wrapped by Ink, never cut.
  return theme.linear ? all : all.map((row) => truncate(row, ui.columns, theme.glyphs.ellipsis));
}
