import type { StepState } from '../../course/course.ts';
import type { CheckReport } from '../../course/evaluate.ts';
import type { Step } from '../../course/model.ts';
import { blank, type Line, line, span, type Tone } from '../text/line.ts';
import { inlineText, renderMarkdown } from '../text/markdown.ts';
import { wrap, wrapWith } from '../text/width.ts';
import type { Theme } from '../theme.ts';

export type CheckMark = 'pass' | 'fail' | 'error' | 'blocked' | 'todo';

export const markTone: Readonly<Record<CheckMark, Tone>> = {
  pass: 'pass',
  fail: 'fail',
  error: 'error',
  blocked: 'warn',
  todo: 'dim',
};

/** How a step stands. What nobody has tried yet is not failing: it is still to do. */
export function stepMark(state: StepState): CheckMark {
  switch (state.status) {
    case 'green':
    case 'done':
      return 'pass';
    case 'red':
      return state.done || state.failures > 0 ? 'fail' : 'todo';
    case 'error':
      return 'error';
    case 'blocked':
      return 'blocked';
    case 'todo':
      return 'todo';
  }
}

/** Labels of a diagnosis, in one column. */
const labelWidth = 10;

function field(label: string, text: string, columns: number, theme: Theme, tone?: Tone): Line[] {
  const indent = theme.linear ? 2 : 4;
  const first = [span(' '.repeat(indent)), span(label.padEnd(labelWidth), 'dim')];
  const rest = [span(' '.repeat(indent + labelWidth))];
  return theme
    .letters(text)
    .split('\n')
    .flatMap((row, index) => wrapWith([span(row, tone)], columns, index === 0 ? first : rest, rest));
}

function checkLines({ check, result }: CheckReport, step: Step, columns: number, theme: Theme): Line[] {
  const head: Line = [span(`${theme.glyphs[result.state]} `, markTone[result.state])];
  const title = theme.letters(check.spec.title);
  const lines = wrapWith([span(title, result.state === 'pass' ? 'plain' : 'strong')], columns, head, [
    span('  '),
  ]);
  switch (result.state) {
    case 'pass':
      return lines;
    case 'blocked':
      return [...lines, ...field('waits for', result.by.join(', '), columns, theme)];
    case 'error':
      return [...lines, ...field('could not look', result.message, columns, theme, 'error')];
    case 'fail': {
      const where = result.fix.step === undefined ? '' : ` (step ${result.fix.step})`;
      const note = step.reasons[result.reason];
      return [
        ...lines,
        ...wrapWith([span(theme.letters(result.message), 'fail')], columns, [span('    ')]),
        ...field('expected', result.expected, columns, theme),
        ...field('found', result.found, columns, theme),
        ...field('where', result.where, columns, theme, 'code'),
        ...field('to do', `${result.fix.remedy}${where}`, columns, theme, 'strong'),
        ...result.also.flatMap((more) => field('also', more.message, columns, theme)),
        ...(note === undefined
          ? []
          : renderMarkdown(theme.letters(note), columns - 6, theme.glyphs).map((part) => [
              span(`    ${theme.glyphs.bar} `, 'note'),
              ...part,
            ])),
      ];
    }
  }
}

/** The checks of a step with their whole diagnosis. */
export function checksLines(step: Step, state: StepState, columns: number, theme: Theme): Line[] {
  const { report } = state;
  if (report === undefined) {
    return step.checks.flatMap(({ spec }) =>
      wrapWith(
        [span(theme.letters(spec.title))],
        columns,
        [span(`${state.done ? theme.glyphs.pass : theme.glyphs.todo} `, state.done ? 'pass' : 'dim')],
        [span('  ')],
      ),
    );
  }
  if (report.checks.length === 0 || report.blockedBy.length > 0) {
    return [
      ...wrap(
        [
          span(`${theme.glyphs.blocked} `, 'warn'),
          span('These checks wait for '),
          span(report.blockedBy.join(', '), 'code'),
          span(', which must be green first:'),
        ],
        columns,
      ),
      ...step.checks.flatMap(({ spec }) =>
        wrapWith(
          [span(theme.letters(spec.title), 'dim')],
          columns,
          [span(`${theme.glyphs.todo} `, 'dim')],
          [span('  ')],
        ),
      ),
    ];
  }
  // A diagnosis needs air around it; checks that pass stand close together.
  return report.checks.flatMap((entry, index) => {
    const previous = report.checks[index - 1];
    const apart =
      previous !== undefined && (previous.result.state === 'fail' || entry.result.state === 'fail');
    return [...(apart ? [blank] : []), ...checkLines(entry, step, columns, theme)];
  });
}

/** One line that says how a step stands. */
export function stepSummary(state: StepState, theme: Theme): Line {
  const { glyphs } = theme;
  const mark = stepMark(state);
  // Spoken, the sign of what is done is the word itself.
  const sign = span(theme.linear && mark === 'pass' ? '' : `${glyphs[mark]} `, markTone[mark]);
  const { report } = state;
  if (report === undefined) {
    return state.done ? [sign, span('done')] : [sign, span('not checked yet', 'dim')];
  }
  if (report.state === 'pass') return [sign, span('done', 'pass'), span(`: all checks pass, n goes on`)];
  if (report.blockedBy.length > 0) return [sign, span(`waits for ${report.blockedBy.join(', ')}`)];
  const first =
    report.checks.find(({ result }) => result.state === 'fail') ??
    report.checks.find(({ result }) => result.state === 'error');
  const bad = report.checks.filter(({ result }) => result.state !== 'pass').length;
  const count = span(`${bad} of ${report.checks.length} not green`, markTone[mark]);
  if (first === undefined) return [sign, count];
  const message = first.result.state === 'fail' || first.result.state === 'error' ? first.result.message : '';
  return [sign, count, span(`: ${theme.letters(message)}`)];
}

export function hintLines(step: Step, state: StepState, columns: number, theme: Theme): Line[] {
  const shown = step.hints.slice(0, state.hintsShown);
  const lines = shown.flatMap((hint, index) =>
    wrapWith(
      inlineText(theme.letters(hint.replace(/\s*\n\s*/g, ' '))),
      columns,
      [span(`${index + 1}. `, 'accent')],
      [span('   ')],
    ),
  );
  const left = step.hints.length - shown.length;
  if (left === 0) return lines;
  const offer = state.hintOffered ? span('Stuck? ', 'warn') : span('');
  return [
    ...lines,
    [
      offer,
      span(`h shows hint ${shown.length + 1} of ${step.hints.length}`, state.hintOffered ? 'plain' : 'dim'),
    ],
  ];
}

export const sectionTitle = (title: string): Line => line(title, 'heading');
