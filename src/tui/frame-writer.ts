import type { Line } from './text/line.ts';
import type { Theme } from './theme.ts';

/** Terminals that know it show what is written in between at once, the others ignore it. */
const beginUpdate = '\u001b[?2026h';
const endUpdate = '\u001b[?2026l';
const emptyRow = (y: number) => `\u001b[${y + 1};1H\u001b[2K`;

/**
 * Writes frames to the terminal: of each only the rows that differ from the frame before. Nothing flickers then, and a key
 * sends a few rows over a slow line, not a whole screen.
 */
export interface FrameWriter {
  draw(rows: readonly Line[]): void;
  /** What stands on the screen is not known any more: the next frame is written whole. */
  forget(): void;
}

export function createFrameWriter(write: (text: string) => void, theme: Theme): FrameWriter {
  let shown: readonly string[] = [];
  return {
    draw(rows) {
      const painted = rows.map((row) => theme.paint(row));
      const changed = painted.flatMap((text, y) => (text === shown[y] ? [] : [emptyRow(y) + text]));
      shown = painted;
      if (changed.length > 0) write(`${beginUpdate}${changed.join('')}${endUpdate}`);
    },
    forget() {
      shown = [];
    },
  };
}
