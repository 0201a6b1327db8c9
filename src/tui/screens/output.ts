import type { UiState } from '../state/ui-state.ts';
import { line, span } from '../text/line.ts';
import { memoize } from '../text/memoize.ts';
import { wrapWith } from '../text/width.ts';
import type { Theme } from '../theme.ts';
import type { Area, Body } from './body.ts';

/** Before the rest of a line that is longer than the screen. */
const hang = '    ';

const wrapped = memoize(
  (lines: NonNullable<UiState['run']>['lines'], columns: number) =>
    lines.flatMap((row) => wrapWith(row, columns, [], [span(hang)])),
  2,
);

/** What a step's commands print. */
export function outputBody(ui: UiState, area: Area, theme: Theme): Body {
  const { run } = ui;
  if (run === undefined) return { lines: [line('Nothing has run yet.', 'dim')] };
  const { glyphs } = theme;
  const status = {
    running: [span('running ', 'warn'), span('Ctrl+C stops', 'dim')],
    done: [span(`${glyphs.pass} done `, 'pass'), span('Enter goes back to the step', 'dim')],
    failed: [
      span(`${glyphs.fail} stopped at the first command that failed `, 'fail'),
      span('Enter goes back', 'dim'),
    ],
    stopped: [span(`${glyphs.error} stopped `, 'error'), span('Enter goes back', 'dim')],
  }[run.state];
  return { lines: wrapped(run.lines, area.columns - 1), status };
}

export function sourceBody(ui: UiState): Body {
  const { source } = ui;
  if (source === undefined) return { lines: [] };
  return {
    lines: source.lines,
    status: [span(source.file, 'code'), span(`  ${source.lines.length} lines`, 'dim')],
  };
}
