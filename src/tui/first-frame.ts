/**
 * The frame that stands on the screen while React, Ink and the course are loaded: the state that startTui() begins with,
 * laid out by the same code, so that the next frame changes not a cell of it.
 */
import { hasWorkspace, workspaceDir } from '../machines/workspace-dir.ts';
import type { TuiOptions } from './options.ts';
import { readingBody } from './screens/body.ts';
import { frameOf } from './screens/frame.ts';
import { topologyChoices, welcomeBody } from './screens/welcome.ts';
import { initialState, type UiState } from './state/ui-state.ts';
import type { Line } from './text/line.ts';
import type { Theme } from './theme.ts';

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

export const sizeOf = (stream: NodeJS.WriteStream): ScreenSize => ({
  columns: stream.columns || 80,
  rows: stream.rows || 24,
});

/** Where the screens begin: with the welcome of a first run, else with the course, which is still to be read. */
export function beginning(options: TuiOptions, size: ScreenSize, env: NodeJS.ProcessEnv): UiState {
  const dir = workspaceDir(options.workspace, env);
  const state = initialState(size, dir);
  if (hasWorkspace(dir) || options.topology !== undefined) return state;
  return { ...state, screen: 'welcome', welcome: { topologies: topologyChoices, findings: undefined } };
}

export const firstFrame = (ui: UiState, theme: Theme): readonly Line[] =>
  frameOf(ui, theme, (area) => (ui.welcome === undefined ? readingBody : welcomeBody(ui, area, theme)));
