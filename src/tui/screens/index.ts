import type { UiState } from '../state/ui-state.ts';
import type { Line } from '../text/line.ts';
import type { Theme } from '../theme.ts';
import type { Area, Body } from './body.ts';
import { chapterBody } from './chapter.ts';
import { clusterBody } from './cluster.ts';
import { courseBody } from './course.ts';
import { frameOf } from './frame.ts';
import { helpBody } from './help.ts';
import { journalBody, journalsBody } from './journal.ts';
import { outputBody, sourceBody } from './output.ts';
import { welcomeBody } from './welcome.ts';

/** What the present screen shows. */
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
    case 'journals':
      return journalsBody(ui, theme);
    case 'journal':
      return journalBody(ui, area, theme);
    case 'output':
      return outputBody(ui, area, theme);
    case 'source':
      return sourceBody(ui, area);
    case 'help':
      return helpBody(area, theme);
  }
}

/** All lines of the terminal. */
export const frameLines = (ui: UiState, theme: Theme): readonly Line[] =>
  frameOf(ui, theme, (area) => bodyOf(ui, area, theme));
