import type { FrameWriter } from './frame-writer.ts';
import { frameLines } from './screens/index.ts';
import type { Store } from './state/store.ts';
import type { UiState } from './state/ui-state.ts';
import type { Theme } from './theme.ts';

/** The window while it shows the state. */
export interface Screen {
  /** Writes everything again, whatever stands there. */
  redraw(): void;
  /** Between the two the window belongs to another program. */
  lend(): void;
  takeBack(): void;
  end(): void;
}

/** Draws the state whenever it changes. Many changes in one turn (keys typed at once, a burst of lines) are one frame. */
export function createScreen(store: Store<UiState>, theme: Theme, writer: FrameWriter): Screen {
  let isLent = false;
  let scheduled = false;
  const draw = () => {
    scheduled = false;
    if (!isLent) writer.draw(frameLines(store.get(), theme));
  };
  const drawSoon = () => {
    if (!scheduled) setImmediate(draw);
    scheduled = true;
  };
  const redraw = () => {
    writer.forget();
    drawSoon();
  };
  const end = store.subscribe(drawSoon);
  return {
    redraw,
    lend() {
      isLent = true;
    },
    takeBack() {
      isLent = false;
      redraw();
    },
    end,
  };
}
