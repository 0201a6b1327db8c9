import type { ChapterState } from '../../course/course.ts';
import type { Chapter } from '../../course/model.ts';
import type { UiState } from '../state/ui-state.ts';
import { blank, type Line, line, span, type Tone } from '../text/line.ts';
import { fit, spread, truncate, wrap } from '../text/width.ts';
import type { Glyphs, Theme } from '../theme.ts';
import { type Area, type Body, readingBody } from './body.ts';
import { markTone, stepMark } from './checks.ts';

const wide = 100;

type ChapterMark = 'pass' | 'fail' | 'error' | 'part' | 'todo';
const chapterTone: Readonly<Record<ChapterMark, Tone>> = {
  pass: 'pass',
  fail: 'fail',
  error: 'error',
  part: 'warn',
  todo: 'dim',
};

/** `broken` was green once; `fail` is where the learner works and something is red. */
function chapterMark(state: ChapterState): { mark: ChapterMark; word: string } {
  if (state.status === 'broken') return { mark: 'fail', word: 'broken' };
  if (state.status === 'done') return { mark: 'pass', word: 'done' };
  const failing = state.steps.some((step) => step.status === 'red' && step.failures > 0);
  if (failing) return { mark: 'fail', word: 'not yet green' };
  return state.status === 'started' ? { mark: 'part', word: 'begun' } : { mark: 'todo', word: '' };
}

export function progressBar(done: number, total: number, columns: number, glyphs: Glyphs): Line {
  const filled = total === 0 ? 0 : Math.floor((done / total) * columns);
  return [span(glyphs.full.repeat(filled), 'pass'), span(glyphs.empty.repeat(columns - filled), 'dim')];
}

function chapterRow(
  chapter: Chapter,
  state: ChapterState,
  selected: boolean,
  columns: number,
  theme: Theme,
): Line {
  const { mark, word } = chapterMark(state);
  const done = state.steps.filter((step) => step.done).length;
  if (theme.linear) {
    const name = `${theme.glyphs[mark]} ${chapter.number} ${theme.letters(chapter.title)}`;
    return [
      span(`${selected ? `${theme.glyphs.cursor} ` : ''}${name}, ${done} of ${state.steps.length} steps`),
    ];
  }
  const left: Line = [
    span(selected ? `${theme.glyphs.cursor} ` : '  ', 'accent'),
    span(`${theme.glyphs[mark]} `, chapterTone[mark]),
    span(`${String(chapter.number).padStart(2)}  `, 'dim'),
    span(theme.letters(chapter.title), selected ? 'strong' : state.status === 'todo' ? 'plain' : undefined),
  ];
  const right: Line = [
    span(word === '' ? '' : `${word}  `, chapterTone[mark]),
    span(`${done}/${state.steps.length}`.padStart(5), 'dim'),
    span(' '),
  ];
  return spread(left, right, columns);
}

/** The first paragraph of a chapter, as plain text. */
function excerpt(text: string, columns: number, theme: Theme): Line[] {
  const paragraph = text.split(/\n\s*\n/)[0] ?? '';
  return wrap([span(theme.letters(paragraph).replace(/\s+/g, ' ').replace(/[*`]/g, ''), 'dim')], columns);
}

function details(chapter: Chapter, state: ChapterState, columns: number, theme: Theme): Line[] {
  return [
    line(`${chapter.number} ${theme.letters(chapter.title)}`, 'title'),
    blank,
    ...excerpt(chapter.text, columns, theme),
    blank,
    ...chapter.steps.map((step, index): Line => {
      const mark = stepMark(state.steps[index]!);
      return truncate(
        [span(`${theme.glyphs[mark]} `, markTone[mark]), span(theme.letters(step.title))],
        columns,
        theme.glyphs.ellipsis,
      );
    }),
  ];
}

function nextLine(ui: UiState, theme: Theme): Line {
  const next = ui.course!.next;
  if (next === undefined) return [span('Every step is done. ', 'pass'), span('You built a cluster by hand.')];
  const chapter = ui.pack!.chapters.find((candidate) => next.startsWith(`${candidate.id}/`))!;
  const step = chapter.steps.find((candidate) => candidate.ref === next)!;
  return [
    span('Next: ', 'strong'),
    span(`${chapter.number} ${theme.letters(chapter.title)}`),
    span(theme.linear ? ', ' : ` ${theme.glyphs.crumb} `, 'dim'),
    span(theme.letters(step.title)),
  ];
}

/** All chapters with their state, how far the learner is, and what is next. */
export function courseBody(ui: UiState, area: Area, theme: Theme): Body {
  const { pack, course } = ui;
  if (pack === undefined || course === undefined) return readingBody;
  const cursor = ui.cursor.course ?? 0;
  const isWide = area.columns >= wide && !theme.linear;
  const listColumns = isWide ? 50 : area.columns;
  const rows = pack.chapters.map((chapter, index) =>
    chapterRow(chapter, course.chapters[index]!, index === cursor, listColumns, theme),
  );
  const label = `${course.doneSteps} of ${course.totalSteps} steps`;
  const bar = progressBar(course.doneSteps, course.totalSteps, area.columns - label.length - 6, theme.glyphs);
  const top = theme.linear ? [line(label)] : [[span('  '), ...bar, span(`  ${label}`, 'dim')], blank];
  const chapter = pack.chapters[cursor]!;
  const aside = isWide
    ? details(chapter, course.chapters[cursor]!, Math.min(90, area.columns - listColumns - 5), theme)
    : [];
  const lines = isWide
    ? Array.from(
        { length: Math.max(rows.length, aside.length) },
        (_unused, y): Line => [
          ...fit(rows[y] ?? [], listColumns),
          span(` ${theme.glyphs.divider}  `, 'dim'),
          ...(aside[y] ?? []),
        ],
      )
    : rows;
  return { top, lines, selected: cursor, count: rows.length, status: nextLine(ui, theme) };
}
