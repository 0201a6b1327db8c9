import type { Finding } from '../../cli/doctor/probes.ts';
import type { CourseState, StepState } from '../../course/course.ts';
import type { Pack } from '../../course/model.ts';
import type { ScreenName } from '../keys.ts';
import type { ClusterFacts } from '../lab/facts.ts';
import type { Line, Tone } from '../text/line.ts';

export interface Choice {
  readonly key: string;
  readonly label: string;
  readonly act: () => void;
}

export interface Question {
  readonly text: string;
  readonly choices: readonly Choice[];
}

export const yesOrNo = (text: string, yes: () => void): Question => ({
  text,
  choices: [
    { key: 'y', label: 'yes', act: yes },
    { key: 'n', label: 'no', act: () => undefined },
  ],
});

export interface Toast {
  readonly text: string;
  readonly tone: Tone;
}

/** Work that goes on, as the status line tells it. */
export interface Busy {
  readonly label: string;
  /** Leaving would break it off: that is asked first. */
  readonly stops: boolean;
}

/** Commands of a step that run, or ran. */
export interface RunView {
  readonly ref: string;
  readonly title: string;
  readonly lines: readonly Line[];
  readonly state: 'running' | 'done' | 'failed' | 'stopped';
}

export interface JournalView {
  readonly machine: string;
  readonly unit: string | undefined;
  readonly lines: readonly Line[];
  /** Why no line comes any more. */
  readonly over?: string;
}

export interface SourceView {
  readonly file: string;
  readonly lines: readonly Line[];
}

/** What a first run asks. */
export interface WelcomeView {
  readonly topologies: readonly string[];
  readonly findings: readonly Finding[] | undefined;
}

export interface UiState {
  readonly columns: number;
  readonly rows: number;
  readonly screen: ScreenName;
  /** Where `esc` goes, last first. */
  readonly trail: readonly ScreenName[];
  readonly workspace: string;
  /** Undefined until the pack is read. */
  readonly pack: Pack | undefined;
  readonly course: CourseState | undefined;
  /** Index of the chapter shown. */
  readonly chapter: number;
  /** 0 is the chapter's introduction, then its steps. */
  readonly step: number;
  /** Which of the page's anchors is marked. */
  readonly focus: number;
  readonly scroll: Readonly<Partial<Record<ScreenName, number>>>;
  readonly cursor: Readonly<Partial<Record<ScreenName, number>>>;
  readonly find: string | undefined;
  readonly prompt: { readonly kind: 'command' | 'filter'; readonly text: string } | undefined;
  readonly question: Question | undefined;
  readonly toast: Toast | undefined;
  /** What the lab is doing on its own, for the status line. */
  readonly busy: Busy | undefined;
  readonly run: RunView | undefined;
  readonly welcome: WelcomeView | undefined;
  readonly cluster: ClusterFacts | undefined;
  readonly journal: JournalView | undefined;
  readonly source: SourceView | undefined;
}

export const initialState = (size: { columns: number; rows: number }, workspace: string): UiState => ({
  ...size,
  screen: 'course',
  trail: [],
  workspace,
  pack: undefined,
  course: undefined,
  chapter: 0,
  step: 0,
  focus: 0,
  scroll: {},
  cursor: {},
  find: undefined,
  prompt: undefined,
  question: undefined,
  toast: undefined,
  busy: undefined,
  run: undefined,
  welcome: undefined,
  cluster: undefined,
  journal: undefined,
  source: undefined,
});

/** The first step of a chapter that is not done, from 1; its introduction (0) when none has begun. */
export function firstOpenStep(states: readonly StepState[]): number {
  const open = states.findIndex(({ done, status }) => !done || status === 'red' || status === 'error');
  return open === 0 && states[0]?.report === undefined ? 0 : open + 1;
}
