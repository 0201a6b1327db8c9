/** What a key can do to a step or to the lab. What cannot be done says why. */
import type { StepState } from '../../course/course.ts';
import type { Step } from '../../course/model.ts';
import type { TuiLab } from '../lab/port.ts';
import { hostsOf } from '../screens/step-page.ts';
import type { LabWork } from './lab-work.ts';
import type { Reading } from './reading.ts';
import { readSource } from './source.ts';
import type { Store } from './store.ts';
import type { Travel } from './travel.ts';
import { type UiState, yesOrNo } from './ui-state.ts';

export interface DeedsOptions {
  readonly store: Store<UiState>;
  readonly work: LabWork;
  readonly reading: Reading;
  readonly travel: Travel;
  /** Undefined until the lab is open. */
  readonly lab: () => TuiLab | undefined;
  /** Puts a text on the learner's clipboard. */
  readonly copy: (text: string) => void;
}

export interface Deeds {
  run(): void;
  check(): void;
  hint(): void;
  copy(): void;
  source(): void;
  /** Starts the lab and switches all machines on. */
  start(): void;
  power(machine: string, state: 'on' | 'off'): void;
  follow(machine: string, unit: string | undefined): void;
  ask(text: string, yes: () => void): void;
}

export function createDeeds({ store, work, reading, travel, lab, copy }: DeedsOptions): Deeds {
  const ui = () => store.get();
  const say = (text: string) => work.toast(text, 'warn');

  const ask = (text: string, yes: () => void) => store.set({ question: yesOrNo(text, yes) });

  const current = () => {
    const { pack, course, chapter, step } = ui();
    const found = pack?.chapters[chapter]?.steps[step - 1];
    const state = course?.chapters[chapter]?.steps[step - 1];
    return found === undefined || state === undefined ? undefined : { step: found, state };
  };

  const withLab = (doIt: (of: TuiLab) => void) => {
    const of = lab();
    if (of === undefined) say('The lab is still being opened');
    else doIt(of);
  };

  /** The page about a chapter is no step. */
  const withStep = (doIt: (step: Step, of: TuiLab, state: StepState) => void) =>
    withLab((of) => {
      const here = current();
      if (here === undefined) say('This page is about the chapter: n goes on to its first step');
      else doIt(here.step, of, here.state);
    });

  const checkFinished = async ({ course }: TuiLab) => {
    const states = course.state().chapters.flatMap(({ steps }) => steps);
    const done = states.filter((step) => step.done).map(({ ref }) => ref);
    if (done.length === 0) return say('No step is finished yet: there is nothing to check again');
    const reports = await course.checkAll(done, { quiet: true });
    const red = reports.filter(({ state }) => state !== 'pass').length;
    if (red === 0) work.toast(`Finished steps checked: all ${reports.length} are green`, 'pass');
    else work.toast(`Finished steps checked: ${red} of ${reports.length} are not green`, 'fail');
  };

  return {
    ask,

    run: () =>
      withStep((step, of) => {
        if (step.run.length === 0) return say('This step has no commands: its text says what to do');
        ask(`Run this step's commands ${hostsOf(step)}?`, () => {
          const { output: _offset, ...scroll } = ui().scroll;
          store.set({ scroll });
          void work.run(of, step.ref);
          travel.show('output');
        });
      }),

    check: () =>
      withLab((of) => {
        const here = ui().screen === 'chapter' ? current() : undefined;
        void work.busy({ label: 'Checking …', stops: true }, async () => {
          if (here === undefined) await checkFinished(of);
          else await of.course.check(here.step.ref);
          store.set({ course: of.course.state() });
        });
      }),

    hint: () =>
      withStep((step, of, state) => {
        if (step.hints.length === 0) return say('This step has no hints');
        if (state.hintsShown === step.hints.length) return say('All hints of this step are shown');
        of.course.hint(step.ref);
        store.set({ course: of.course.state() });
        reading.bringIntoView(reading.body().lines.findLastIndex((row) => row[0]?.text === 'Hints'));
      }),

    copy: () =>
      withStep((step) => {
        const anchor = reading.body().anchors?.[ui().focus];
        const text = step.run[anchor?.block ?? 0];
        if (text === undefined) return say('There is no command here to copy');
        copy(text.trimEnd());
        work.toast('Copied: paste it into your shell (s)', 'pass');
      }),

    source: () =>
      withStep(async (step) => {
        const { sources } = step;
        // Looked at already, it is the next one that is wanted; after the last the first again.
        const shown = ui().screen === 'source' ? sources.indexOf(ui().source?.file ?? '') : -1;
        const file = sources[(shown + 1) % sources.length];
        if (file === undefined) return say('This step names no source file');
        if (shown >= 0 && sources.length === 1) return say('This step names no other source file');
        const found = await readSource(file);
        if (found === undefined) return say(`${file} is only in the repository, not installed here`);
        store.set({ source: found });
        travel.show('source');
        reading.scrollTo(0);
      }),

    start: () =>
      withLab((of) => {
        void work.busy({ label: 'Starting the lab …', stops: true }, async () => {
          await of.up();
          work.toast('The lab runs, and all its machines are on', 'pass');
          work.watchCluster(of);
          work.lookAgain();
        });
      }),

    power: (machine, state) =>
      withLab((of) => {
        ask(`Switch ${machine} ${state}?`, () => {
          const label = { label: `Switching ${machine} ${state} …`, stops: true };
          void work.busy(label, async () => {
            await of.power(machine, state);
            work.watchCluster(of);
          });
        });
      }),

    follow: (machine, unit) =>
      withLab((of) => {
        const { journal: _offset, ...scroll } = ui().scroll;
        store.set({ scroll });
        travel.show('journal');
        work.follow(of, machine, unit);
      }),
  };
}
