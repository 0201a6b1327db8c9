import type { UiState } from '../state/ui-state.ts';
import { line, span } from '../text/line.ts';
import { wrapEach } from '../text/wrap-each.ts';
import type { Theme } from '../theme.ts';
import type { Area, Body } from './body.ts';

/** Before the rest of a line that is longer than the screen. */
const hang = [span('    ')];

/** What a step's commands print. */
export function outputBody(ui: UiState, area: Area, theme: Theme): Body {
  const { run } = ui;
  if (run === undefined) return { lines: [line('Nothing has run yet.', 'dim')] };
  const { glyphs } = theme;
  const status = {
    running: [span('running: ', 'warn'), span('Ctrl+C stops', 'dim')],
    done: [span(`${glyphs.pass} done: `, 'pass'), span('Enter goes back to the step', 'dim')],
    failed: [
      span(`${glyphs.fail} stopped at the first command that failed: `, 'fail'),
      span('Enter goes back', 'dim'),
    ],
    stopped: [span(`${glyphs.error} stopped: `, 'error'), span('Enter goes back', 'dim')],
  }[run.state];
  return { lines: wrapEach(run.lines, area.columns - 1, hang), status };
}

export function sourceBody(ui: UiState, area: Area): Body {
  const { source } = ui;
  if (source === undefined) return { lines: [] };
  return {
    lines: wrapEach(source.lines, area.columns - 1, hang),
    status: [span(source.file, 'code'), span(`  ${source.lines.length} lines`, 'dim')],
  };
}
