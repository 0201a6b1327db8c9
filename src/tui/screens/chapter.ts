import type { StepState } from '../../course/course.ts';
import type { UiState } from '../state/ui-state.ts';
import { type Line, span } from '../text/line.ts';
import { lineWidth, truncate, wrap } from '../text/width.ts';
import type { Theme } from '../theme.ts';
import { type Area, type Body, readingBody } from './body.ts';
import { markTone, stepMark, stepSummary } from './checks.ts';
import { introductionPage, stepPage } from './step-page.ts';

/** From here on the steps have a column of their own, and a command has no less room than on 80 columns. */
const wide = 113;
const sideColumns = 30;
/** Longer lines are hard to read. */
const longestLine = 100;

const stepLabel = (title: string, state: StepState, theme: Theme): Line => {
  const mark = stepMark(state);
  return [span(`${theme.glyphs[mark]} `, markTone[mark]), span(title)];
};

function sideLines(ui: UiState, theme: Theme): Line[] {
  const chapter = ui.pack!.chapters[ui.chapter]!;
  const states = ui.course!.chapters[ui.chapter]!.steps;
  const inner = sideColumns - 5;
  const entry = (index: number, label: Line): Line[] =>
    wrap(label, inner).map((part, y): Line => {
      const selected = ui.step === index;
      const cursor = span(selected && y === 0 ? `${theme.glyphs.cursor} ` : '  ', 'accent');
      const body = y === 0 ? part : [span('  '), ...part];
      return [
        cursor,
        ...(selected ? body.map((p) => (p.tone === undefined ? span(p.text, 'strong') : p)) : body),
      ];
    });
  return [
    ...entry(0, [span('  About this chapter')]),
    ...chapter.steps.flatMap((step, index) =>
      entry(index + 1, stepLabel(theme.letters(step.title), states[index]!, theme)),
    ),
  ];
}

/** The steps as one line, for narrow terminals; the shown step is always in it. */
function stepStrip(ui: UiState, columns: number, theme: Theme): Line {
  const chapter = ui.pack!.chapters[ui.chapter]!;
  const states = ui.course!.chapters[ui.chapter]!.steps;
  const labels: Line[] = [
    [span(`${theme.glyphs.dot} `, 'dim'), span('about')],
    ...chapter.steps.map((step, index) => stepLabel(step.id, states[index]!, theme)),
  ];
  if (theme.linear) {
    return labels.flatMap(
      (label, index): Line => [
        span(index === 0 ? 'Steps: ' : '; '),
        ...(index === ui.step ? [span(`${theme.glyphs.cursor} `)] : []),
        ...(index === 0 ? [span('about this chapter')] : label),
      ],
    );
  }
  const shown = labels.map(
    (label, index): Line =>
      index === ui.step
        ? [
            span('[', 'accent'),
            ...label.map((p) => (p.tone === undefined ? span(p.text, 'strong') : p)),
            span(']', 'accent'),
          ]
        : [span(' '), ...label, span(' ')],
  );
  let first = 0;
  const used = () => shown.slice(first, ui.step + 1).reduce((sum, label) => sum + lineWidth(label) + 1, 2);
  while (first < ui.step && used() > columns) first++;
  const row = shown.slice(first).flatMap((label) => [...label, span(' ')]);
  return truncate([span(first > 0 ? theme.glyphs.ellipsis : ''), ...row], columns, theme.glyphs.ellipsis);
}

/** Steps with their states, the text of one, its commands, checks and hints. */
export function chapterBody(ui: UiState, area: Area, theme: Theme): Body {
  const chapter = ui.pack?.chapters[ui.chapter];
  const states = ui.course?.chapters[ui.chapter]?.steps;
  if (chapter === undefined || states === undefined) return readingBody;
  const hasSide = area.columns >= wide && !theme.linear;
  const columns = Math.min(longestLine, (hasSide ? area.columns - sideColumns - 3 : area.columns) - 2);
  const step = chapter.steps[ui.step - 1];
  const state = states[ui.step - 1];
  const page =
    step === undefined || state === undefined
      ? introductionPage(chapter, columns, theme)
      : stepPage({ step, state, columns, focus: ui.focus, theme });
  return {
    lines: page.lines,
    anchors: page.anchors,
    ...(hasSide
      ? { side: { lines: sideLines(ui, theme), columns: sideColumns } }
      : { top: [stepStrip(ui, area.columns - 1, theme)] }),
    status:
      step === undefined || state === undefined
        ? [span(`${chapter.steps.length} ${chapter.steps.length === 1 ? 'step' : 'steps'}`, 'dim')]
        : stepSummary(state, theme),
  };
}
