/** Which screen one looks at, which chapter and which step, and the way back. */
import type { ScreenName } from '../keys.ts';
import type { Tone } from '../text/line.ts';
import type { Store } from './store.ts';
import { firstOpenStep, type UiState } from './ui-state.ts';

export interface TravelDeeds {
  toast(text: string, tone: Tone): void;
  /** Another step is looked at: its checks are wanted. */
  lookAtStep(): void;
  /** A screen with machines has come into view. */
  lookAtCluster(): void;
}

export interface Travel {
  show(screen: ScreenName): void;
  /** Without a step: to the first that is not done. */
  openChapter(chapter: number, step?: number): void;
  /** On to what comes next, once this step is done. */
  next(): void;
  /** To the neighbour, done or not. */
  sideways(by: 1 | -1): void;
  /** To the screen before. */
  back(): void;
}

/** As many screens as `esc` can go back. */
const longestTrail = 6;

export function createTravel(store: Store<UiState>, deeds: TravelDeeds): Travel {
  const ui = () => store.get();
  const stepsOf = (chapter: number) => ui().pack?.chapters[chapter]?.steps.length ?? 0;

  const show = (screen: ScreenName) => {
    const { screen: from, trail } = ui();
    if (screen === from) return;
    const before = [...trail.filter((name) => name !== screen), from];
    store.set({ screen, trail: before.slice(-longestTrail), find: undefined });
    if (['cluster', 'journals', 'journal'].includes(screen)) deeds.lookAtCluster();
  };

  const goTo = (chapter: number, step: number) => {
    const { scroll, cursor } = ui();
    store.set({
      chapter,
      step,
      focus: 0,
      scroll: { ...scroll, chapter: 0 },
      find: undefined,
      cursor: { ...cursor, course: chapter },
    });
    deeds.lookAtStep();
  };

  /** False where the course has no such chapter. */
  const goToChapter = (chapter: number, step: number): boolean => {
    if (ui().pack?.chapters[chapter] === undefined) return false;
    goTo(chapter, step);
    return true;
  };

  return {
    show,

    openChapter(chapter, step) {
      const states = ui().course?.chapters[chapter]?.steps ?? [];
      if (goToChapter(chapter, step ?? firstOpenStep(states))) show('chapter');
    },

    next() {
      const { course, chapter, step } = ui();
      const state = course?.chapters[chapter]?.steps[step - 1];
      if (state !== undefined && !state.done) {
        return deeds.toast('This step is not green yet; → only looks ahead', 'warn');
      }
      if (step < stepsOf(chapter)) goTo(chapter, step + 1);
      else if (!goToChapter(chapter + 1, 0)) deeds.toast('That was the last step', 'pass');
    },

    sideways(by) {
      const { chapter, step } = ui();
      const target = step + by;
      if (target >= 0 && target <= stepsOf(chapter)) return goTo(chapter, target);
      const there = by === 1 ? goToChapter(chapter + 1, 0) : goToChapter(chapter - 1, stepsOf(chapter - 1));
      if (!there) deeds.toast(by === 1 ? 'This is the last step' : 'This is the first page', 'dim');
    },

    back() {
      const { screen, trail } = ui();
      if (trail.length > 0) store.set({ screen: trail.at(-1)!, trail: trail.slice(0, -1), find: undefined });
      else if (screen === 'chapter') show('course');
      else if (screen !== 'welcome') deeds.toast('This is where the way back ends; q leaves', 'dim');
    },
  };
}
