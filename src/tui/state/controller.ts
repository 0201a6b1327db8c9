/**
 * What keys do. Ink tells of keys, app.tsx splits them, and each ends here:
 *
 *     key ──▶ question? prompt? ──▶ keys.ts: binding on this screen ──▶ action
 *                  travel.ts: screens and steps ◀──┬──▶ reading.ts: moving on a page
 *                                                  └──▶ deeds.ts ──▶ lab-work.ts ──▶ course, labd
 *
 * All of them end in store.set(), and that in a frame.
 */
import type { Finding } from '../../cli/doctor/probes.ts';
import { type Action, bindingOf, whyNothing } from '../keys.ts';
import type { TuiLab, TuiTerminal } from '../lab/port.ts';
import { isTooSmall } from '../screens/frame.ts';
import { journalChoices } from '../screens/journal.ts';
import type { Theme } from '../theme.ts';
import { createDeeds } from './deeds.ts';
import { createLabWork } from './lab-work.ts';
import { createPrompt } from './prompt.ts';
import { createReading } from './reading.ts';
import type { Store } from './store.ts';
import { createTravel } from './travel.ts';
import type { UiState } from './ui-state.ts';

export interface ControllerOptions {
  readonly store: Store<UiState>;
  readonly theme: Theme;
  readonly terminal: TuiTerminal;
  /** Opens the workspace, and makes it with the topology when it is not there. */
  readonly openLab: (topology: string | undefined) => Promise<TuiLab>;
  readonly examine: () => Promise<readonly Finding[]>;
}

export interface Controller {
  key(name: string): void;
  /** Asks the doctor on a first run, else opens the lab. */
  start(topology: string | undefined): void;
  /** Opens the lab and goes to the first step that is not done. */
  begin(topology: string | undefined): Promise<void>;
  end(): void;
}

export function createController({
  store,
  theme,
  terminal,
  openLab,
  examine,
}: ControllerOptions): Controller {
  const work = createLabWork(store);
  let lab: TuiLab | undefined;
  let opening = false;
  let ended = false;
  const ui = () => store.get();

  const reading = createReading(store, theme, (needle) =>
    work.toast(`"${needle}" is not on this page`, 'warn'),
  );
  const travel = createTravel(store, {
    toast: work.toast,
    lookAtStep: work.lookAgain,
    lookAtCluster: () => lab !== undefined && work.watchCluster(lab),
  });
  const deeds = createDeeds({ store, work, reading, travel, lab: () => lab, copy: terminal.copy });
  const { show } = travel;

  /** The marked row of a list, which may have become shorter. */
  const marked = <T>(rows: readonly T[]): T | undefined =>
    rows[Math.min(ui().cursor[ui().screen] ?? 0, rows.length - 1)];

  const open = () => {
    const { screen, cursor, cluster, welcome, find } = ui();
    const machines = cluster?.machines ?? [];
    if (screen === 'welcome') void begin(marked(welcome?.topologies ?? []));
    else if (screen === 'course') travel.openChapter(cursor.course ?? 0);
    else if (screen === 'cluster') {
      const machine = marked(machines);
      if (machine !== undefined) deeds.follow(machine.name, undefined);
    } else {
      const choice = marked(journalChoices(machines, find));
      if (choice !== undefined) deeds.follow(choice.machine, choice.unit);
    }
  };

  /** Goes to the end of a journal; one that has ended is begun again. */
  const follow = () => {
    const { journal } = ui();
    if (journal?.over === undefined) reading.scrollTo(undefined);
    else deeds.follow(journal.machine, journal.unit);
  };

  const back = () => (ui().find === undefined ? travel.back() : store.set({ find: undefined }));

  /** At once when nothing is lost by it. */
  const leave = () => {
    const { run, busy } = ui();
    if (run?.state === 'running') {
      deeds.ask("The step's commands are still running. Stop them and leave?", () => terminal.quit(0));
    } else if (busy?.stops === true) {
      deeds.ask(`${busy.label} Stop that and leave?`, () => terminal.quit(0));
    } else terminal.quit(0);
  };

  const actions: Readonly<Record<Action, () => unknown>> = {
    up: () => reading.move('up'),
    down: () => reading.move('down'),
    left: () => (ui().screen === 'chapter' ? travel.sideways(-1) : back()),
    right: () => (ui().screen === 'chapter' ? travel.sideways(1) : open()),
    pageUp: () => reading.move('pageUp'),
    pageDown: () => reading.move('pageDown'),
    top: () => reading.move('top'),
    bottom: () => reading.move('bottom'),
    open,
    follow,
    back,
    next: () => (ui().find === undefined ? travel.next() : reading.find(1)),
    findNext: () => reading.find(1),
    findPrevious: () => reading.find(-1),
    focusNext: () => reading.focus(1),
    focusPrevious: () => reading.focus(-1),
    run: deeds.run,
    check: deeds.check,
    hint: deeds.hint,
    copy: deeds.copy,
    source: deeds.source,
    shell: () => (lab === undefined ? work.toast('The lab is still being opened', 'warn') : terminal.shell()),
    course: () => show('course'),
    chapter: () => show('chapter'),
    cluster: () => show('cluster'),
    // The one that is followed; asked for again, the choice of another.
    journal: () => show(ui().journal === undefined || ui().screen === 'journal' ? 'journals' : 'journal'),
    filter: () => prompt.open('filter'),
    command: () => prompt.open('command'),
    power() {
      const machine = marked(ui().cluster?.machines ?? []);
      if (machine === undefined) work.toast('No machine is marked', 'warn');
      else deeds.power(machine.name, machine.power === 'on' ? 'off' : 'on');
    },
    start: deeds.start,
    help: () => (ui().screen === 'help' ? back() : show('help')),
    redraw: terminal.redraw,
    stop: () => work.stopRun() || leave(),
    quit: leave,
  };

  const prompt = createPrompt(store, {
    simple: { ...actions, up: deeds.start, help: () => show('help') },
    openChapter: travel.openChapter,
    follow: deeds.follow,
    power: deeds.power,
    find: () => reading.find(1, true),
    showJournals: () => show('journals'),
    warn: (text) => work.toast(text, 'warn'),
  });

  async function begin(topology: string | undefined): Promise<void> {
    if (opening) return;
    opening = true;
    try {
      await work.busy({ label: 'Opening the lab …', stops: false }, async () => {
        lab = await openLab(topology).catch((error: unknown) => void terminal.fail(error));
      });
    } finally {
      opening = false;
    }
    if (ended || lab === undefined) return;
    const { course } = lab;
    course.subscribe(() => store.set({ course: course.state() }));
    const state = course.state();
    store.set({ pack: course.pack, course: state, screen: 'course', trail: [], welcome: undefined });
    const at = state.next === undefined ? undefined : course.step(state.next).chapter;
    const chapter = course.chapters.findIndex(({ id }) => id === at);
    if (chapter !== -1) travel.openChapter(chapter);
    work.watch(lab);
  }

  return {
    key(name) {
      const { question, screen } = ui();
      if (question !== undefined) {
        const choice = question.choices.find(({ key }) => key === name);
        if (choice === undefined && name !== 'esc' && name !== 'ctrl+c') return;
        store.set({ question: undefined });
        return choice?.act();
      }
      if (ui().prompt !== undefined) return prompt.key(name);
      // What was said stays until something else is done.
      store.set({ toast: undefined });
      const binding = bindingOf(name, screen);
      const isBlind = isTooSmall(ui(), theme) && binding?.action !== 'quit' && binding?.action !== 'stop';
      if (isBlind) return;
      if (binding === undefined) work.toast(theme.letters(whyNothing(name, screen)), 'dim');
      else actions[binding.action]();
    },
    start(topology) {
      const { welcome } = ui();
      if (welcome === undefined) return void begin(topology);
      examine().then(
        (findings) => ui().welcome && store.set({ welcome: { ...welcome, findings } }),
        () => undefined,
      );
    },
    begin,
    end() {
      ended = true;
      work.end();
    },
  };
}
