/** How one moves on a page: scrolling, the mark of a list, searching, jumping from command to command. */
import type { Body } from '../screens/body.ts';
import { areaOf, heightOf, offsetOf } from '../screens/frame.ts';
import { bodyOf } from '../screens/index.ts';
import { contains } from '../text/width.ts';
import type { Theme } from '../theme.ts';
import type { Store } from './store.ts';
import type { UiState } from './ui-state.ts';

export type Move = 'up' | 'down' | 'pageUp' | 'pageDown' | 'top' | 'bottom';

export interface Reading {
  move(by: Move): void;
  /** To the next place of what is looked for; `inclusive` begins with the first line shown. */
  find(direction: 1 | -1, inclusive?: boolean): void;
  /** To the next anchor of the page. */
  focus(direction: 1 | -1): void;
  /** Undefined: the end, which is followed. */
  scrollTo(offset: number | undefined): void;
  /** Scrolls only when the line is not seen, or nearly not. */
  bringIntoView(line: number): void;
  body(): Body;
}

/** What grows at its end is followed there. */
const grows = ({ screen }: UiState) => screen === 'journal' || screen === 'output';

export function createReading(
  store: Store<UiState>,
  theme: Theme,
  notFound: (needle: string) => void,
): Reading {
  const ui = () => store.get();

  /** The page as it stands: what it shows, how many lines are seen, and from which on. */
  const page = () => {
    const area = areaOf(ui());
    const body = bodyOf(ui(), area, theme);
    const height = heightOf(body, area);
    return { body, height, offset: offsetOf(ui(), body, height) };
  };

  const scrollTo = (offset: number | undefined) => {
    const { screen, scroll } = ui();
    const { [screen]: _old, ...others } = scroll;
    store.set({ scroll: offset === undefined ? others : { ...others, [screen]: offset } });
  };

  const scroll = (by: Move) => {
    const { body, height, offset } = page();
    const last = Math.max(0, body.lines.length - height);
    const step = { up: -1, down: 1, pageUp: 2 - height, pageDown: height - 2, top: -last, bottom: last }[by];
    if (by === 'bottom' && grows(ui())) scrollTo(undefined);
    else scrollTo(Math.min(last, Math.max(0, offset + (by === 'top' ? -offset : step))));
  };

  return {
    body: () => page().body,
    scrollTo,

    move(by) {
      const { body, height } = page();
      const { screen, cursor } = ui();
      const { count, selected } = body;
      if (count === undefined || selected === undefined) return scroll(by);
      const isStep = by === 'up' || by === 'down';
      if (body.goesOn === true && !isStep) return scroll(by);
      const at = Math.min(cursor[screen] ?? 0, count - 1);
      const steps = { up: -1, down: 1, pageUp: 2 - height, pageDown: height - 2, top: -count, bottom: count };
      const target = Math.min(Math.max(0, count - 1), Math.max(0, at + steps[by]));
      // At either end of a list that is only a part of the page the page goes on.
      if (body.goesOn === true && target === at) return scroll(by);
      store.set({ cursor: { ...cursor, [screen]: target } });
      if (body.goesOn === true) scrollTo(undefined);
    },

    find(direction, inclusive = false) {
      const { find: needle, scroll: at, screen } = ui();
      if (needle === undefined || needle === '') return;
      const { body, offset } = page();
      const count = body.lines.length;
      // Near the end a match cannot stand at the top; the next one is looked for after it all the same.
      const from = inclusive ? offset : (at[screen] ?? offset);
      for (let away = inclusive ? 0 : 1; away <= count; away++) {
        const row = (((from + away * direction) % count) + count) % count;
        if (contains(body.lines[row]!, needle)) return scrollTo(row);
      }
      notFound(needle);
    },

    focus(direction) {
      const anchors = page().body.anchors ?? [];
      if (anchors.length === 0) return;
      const target = (ui().focus + direction + anchors.length) % anchors.length;
      store.set({ focus: target });
      scrollTo(Math.max(0, (page().body.anchors?.[target]?.line ?? 0) - 1));
    },

    bringIntoView(line) {
      const { height, offset } = page();
      if (line >= offset + height - 4) scrollTo(line);
    },
  };
}
