import { blank, type Line, line } from '../text/line.ts';

export interface Area {
  readonly columns: number;
  readonly rows: number;
}

/** A place on a page that Tab jumps to. */
export interface Anchor {
  readonly line: number;
  readonly kind: 'top' | 'command' | 'checks';
  /** The block of the step's commands, from 0. */
  readonly block?: number;
}

/** What a screen shows between header and footer. */
export interface Body {
  readonly lines: readonly Line[];
  /** The marked line of a list: it is kept in view. Without it the page scrolls freely. */
  readonly selected?: number;
  /** Rows of the list that can be marked. */
  readonly count?: number;
  /** The list is only a part of the page: page keys scroll it, and up and down do where the list ends. */
  readonly goesOn?: boolean;
  readonly anchors?: readonly Anchor[];
  /** A column at the left, not scrolled. */
  readonly side?: { readonly lines: readonly Line[]; readonly columns: number };
  /** Lines under the header that do not scroll. */
  readonly top?: readonly Line[];
  /** One line above the footer. */
  readonly status?: Line;
}

/** Until the pack has been read. In letters that every terminal has: it is drawn before much is known of this one. */
export const readingBody: Body = { lines: [line('Reading the course ...', 'dim')] };

/** Until labd has answered. */
export const askingBody: Body = { lines: [line('Asking the lab ...', 'dim')] };

/** Where machines would be shown. */
export const labIsOff: Body = {
  lines: [
    blank,
    line('  The lab is not running.'),
    blank,
    line('  u starts it and switches all machines on.', 'dim'),
  ],
};
