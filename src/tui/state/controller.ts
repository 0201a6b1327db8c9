/**
 * What keys do. Ink tells of keys, app.tsx splits them, and each ends here:
 *
 *     key ──▶ question? prompt? ──▶ keys.ts: binding on this screen ──▶ action ──▶ store.set() ──▶ frame
 *                                                                        └──▶ lab-work.ts ──▶ course, labd
 */
import type { Finding } from '../../cli/doctor/probes.ts';
import { type Action, bindingOf, type ScreenName } from '../keys.ts';
import type { TuiLab, TuiTerminal } from '../lab/port.ts';
import type { Body } from '../screens/body.ts';
import { areaOf, heightOf, isTooSmall, offsetOf } from '../screens/frame.ts';
import { bodyOf } from '../screens/index.ts';
import { journalChoices } from '../screens/journal.ts';
import { hostsOf } from '../screens/step-page.ts';
import { contains } from '../text/width.ts';
import type { Theme } from '../theme.ts';
import { createLabWork } from './lab-work.ts';
import { createPrompt } from './prompt.ts';
import { readSource } from './source.ts';
import type { Store } from './store.ts';
import { firstOpenStep, type UiState, yesOrNo } from './ui-state.ts';

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
  let ended = false;
  const ui = () => store.get();
  const body = (): Body => bodyOf(ui(), areaOf(ui()), theme);

  const show = (screen: ScreenName) => {
    const { screen: from, trail } = ui();
    if (screen === from) return;
    store.set({
      screen,
      trail: [...trail.filter((name) => name !== screen), from].slice(-6),
      find: undefined,
    });
    if ((screen === 'cluster' || screen === 'journal') && lab !== undefined) work.watchCluster(lab);
  };

  const goTo = (chapter: number, step: number) => {
    const { pack, scroll, chapter: from } = ui();
    if (pack === undefined || chapter < 0 || chapter >= pack.chapters.length) return;
    const top = { ...scroll, chapter: 0 };
    store.set({
      chapter,
      step,
      focus: 0,
      scroll: top,
      find: undefined,
      cursor: { ...ui().cursor, course: chapter },
    });
    if (chapter !== from && lab !== undefined) work.watch(lab);
  };

  const firstOpen = (chapter: number) => firstOpenStep(ui().course?.chapters[chapter]?.steps ?? []);

  const openChapter = (chapter: number, step = firstOpen(chapter)) => {
    goTo(chapter, step);
    show('chapter');
  };

  const current = () => {
    const { pack, course, chapter, step } = ui();
    const found = pack?.chapters[chapter]?.steps[step - 1];
    const state = course?.chapters[chapter]?.steps[step - 1];
    return found === undefined || state === undefined ? undefined : { step: found, state };
  };

  const scrollTo = (offset: number | undefined) => {
    const { screen, scroll } = ui();
    const { [screen]: _old, ...others } = scroll;
    store.set({ scroll: offset === undefined ? others : { ...others, [screen]: offset } });
  };

  const move = (by: number | 'top' | 'bottom') => {
    const { screen, cursor } = ui();
    const shown = body();
    if (shown.count !== undefined && shown.selected !== undefined) {
      const last = Math.max(0, shown.count - 1);
      const target = by === 'top' ? 0 : by === 'bottom' ? last : (cursor[screen] ?? 0) + by;
      store.set({ cursor: { ...cursor, [screen]: Math.min(last, Math.max(0, target)) } });
      return;
    }
    const height = heightOf(shown, areaOf(ui()));
    const last = Math.max(0, shown.lines.length - height);
    if (by === 'top') scrollTo(0);
    else if (by === 'bottom') scrollTo(screen === 'journal' || screen === 'output' ? undefined : last);
    else scrollTo(Math.min(last, Math.max(0, offsetOf(ui(), shown, height) + by)));
  };

  const page = () => Math.max(1, heightOf(body(), areaOf(ui())) - 2);

  const find = (direction: 1 | -1, inclusive = false) => {
    const { find: needle } = ui();
    if (needle === undefined || needle === '') return;
    const shown = body();
    const from = offsetOf(ui(), shown, heightOf(shown, areaOf(ui())));
    const count = shown.lines.length;
    for (let away = inclusive ? 0 : 1; away <= count; away++) {
      const at = (((from + away * direction) % count) + count) % count;
      if (contains(shown.lines[at]!, needle)) return scrollTo(at);
    }
    work.toast(`"${needle}" is not on this page`, 'warn');
  };

  const focus = (direction: 1 | -1) => {
    const anchors = body().anchors ?? [];
    if (anchors.length === 0) return;
    const target = (ui().focus + direction + anchors.length) % anchors.length;
    store.set({ focus: target });
    scrollTo(Math.max(0, (body().anchors?.[target]?.line ?? 0) - 1));
  };

  const next = () => {
    const { pack, chapter, step, find: needle } = ui();
    if (needle !== undefined) return find(1);
    const here = current();
    if (here !== undefined && !here.state.done)
      return work.toast('This step is not green yet; → only looks ahead', 'warn');
    if (step < (pack?.chapters[chapter]?.steps.length ?? 0)) goTo(chapter, step + 1);
    else if (chapter + 1 < (pack?.chapters.length ?? 0)) goTo(chapter + 1, 0);
    else work.toast('That was the last step', 'pass');
  };

  const sideways = (by: 1 | -1) => {
    const { pack, chapter, step } = ui();
    const target = step + by;
    if (target < 0) {
      if (chapter > 0) goTo(chapter - 1, pack?.chapters[chapter - 1]?.steps.length ?? 0);
    } else if (target > (pack?.chapters[chapter]?.steps.length ?? 0)) goTo(chapter + 1, 0);
    else goTo(chapter, target);
  };

  const ask = (text: string, yes: () => void) => store.set({ question: yesOrNo(text, yes) });

  const run = () => {
    const here = current();
    const of = lab;
    if (here === undefined || of === undefined) return;
    if (here.step.run.length === 0)
      return work.toast('This step has no commands: its text says what to do', 'warn');
    ask(`Run this step's commands ${hostsOf(here.step)}?`, () => {
      const { run: _old, output: _offset, ...scroll } = { run: 0, ...ui().scroll };
      store.set({ scroll });
      void work.run(of, here.step.ref);
      show('output');
    });
  };

  const check = () => {
    const of = lab;
    if (of === undefined) return;
    const here = ui().screen === 'chapter' ? current() : undefined;
    const done = () =>
      of.course.state().chapters.flatMap((c) => c.steps.filter((s) => s.done).map((s) => s.ref));
    void work.busy({ label: 'Checking …', stops: true }, async () => {
      if (here === undefined) await of.course.checkAll(done(), { quiet: true });
      else await of.course.check(here.step.ref);
      store.set({ course: of.course.state() });
    });
  };

  const copy = () => {
    const here = current();
    const anchor = body().anchors?.[ui().focus];
    const text = here?.step.run[anchor?.block ?? 0];
    if (text === undefined) return work.toast('There is no command here to copy', 'warn');
    terminal.copy(text.trimEnd());
    work.toast('Copied: paste it into your shell (s)', 'pass');
  };

  const source = async () => {
    const file = current()?.step.sources[0];
    if (file === undefined) return work.toast('This step names no source file', 'warn');
    const found = await readSource(file);
    if (found === undefined)
      return work.toast(`${file} is only in the repository, not installed here`, 'warn');
    store.set({ source: found });
    show('source');
    scrollTo(0);
  };

  const power = (machine: string, state: 'on' | 'off') => {
    const of = lab;
    if (of === undefined) return;
    const label = { label: `Switching ${machine} ${state} …`, stops: true };
    ask(
      `Switch ${machine} ${state}?`,
      () =>
        void work.busy(label, async () => {
          await of.power(machine, state);
          work.watchCluster(of);
        }),
    );
  };

  const start = () => {
    const of = lab;
    if (of === undefined) return;
    void work.busy({ label: 'Starting the lab …', stops: true }, async () => {
      await of.up();
      work.watchCluster(of);
    });
  };

  const follow = (machine: string, unit: string | undefined) => {
    if (lab === undefined) return;
    const { journal: _offset, ...scroll } = ui().scroll;
    store.set({ scroll });
    show('journal');
    work.follow(lab, machine, unit);
  };

  const open = () => {
    const { screen, cursor, cluster, welcome, journal } = ui();
    const at = cursor[screen] ?? 0;
    const machines = cluster?.machines ?? [];
    if (screen === 'welcome') void begin(welcome?.topologies[at]);
    else if (screen === 'course') openChapter(at);
    else if (screen === 'cluster' && machines[at] !== undefined) follow(machines[at].name, undefined);
    else if (screen === 'journal' && journal === undefined) {
      const choice = journalChoices(machines)[at];
      if (choice !== undefined) follow(choice.machine, choice.unit);
    }
  };

  const back = () => {
    const { screen, trail, find: needle, journal } = ui();
    if (needle !== undefined) store.set({ find: undefined });
    else if (screen === 'journal' && journal !== undefined) work.stopFollowing();
    else if (trail.length > 0) store.set({ screen: trail.at(-1)!, trail: trail.slice(0, -1) });
    else if (screen === 'chapter') show('course');
  };

  /** At once when nothing is lost by it. */
  const leave = () => {
    const { run: shown, busy } = ui();
    if (shown?.state === 'running') {
      ask("The step's commands are still running. Stop them and leave?", () => terminal.quit(0));
    } else if (busy?.stops === true) {
      ask(`${busy.label} Stop that and leave?`, () => terminal.quit(0));
    } else terminal.quit(0);
  };

  const hint = () => {
    const here = current();
    if (here === undefined || lab === undefined) return;
    if (here.step.hints.length === 0) return work.toast('This step has no hints', 'warn');
    lab.course.hint(here.step.ref);
    store.set({ course: lab.course.state() });
    const shown = body();
    const height = heightOf(shown, areaOf(ui()));
    const title = shown.lines.findLastIndex((row) => row[0]?.text === 'Hints');
    if (title >= offsetOf(ui(), shown, height) + height - 4) scrollTo(title);
  };

  const actions: Readonly<Record<Action, () => unknown>> = {
    up: () => move(-1),
    down: () => move(1),
    left: () => (ui().screen === 'chapter' ? sideways(-1) : back()),
    right: () => (ui().screen === 'chapter' ? sideways(1) : open()),
    pageUp: () => move(-page()),
    pageDown: () => move(page()),
    top: () => move('top'),
    bottom: () => move('bottom'),
    open,
    back,
    next,
    findNext: () => find(1),
    findPrevious: () => find(-1),
    focusNext: () => focus(1),
    focusPrevious: () => focus(-1),
    run,
    check,
    hint,
    copy,
    source,
    shell: () => terminal.shell(),
    course: () => show('course'),
    chapter: () => show('chapter'),
    cluster: () => show('cluster'),
    journal: () => show('journal'),
    filter: () => prompt.open('filter'),
    command: () => prompt.open('command'),
    power() {
      const machine = ui().cluster?.machines?.[ui().cursor.cluster ?? 0];
      if (machine !== undefined) power(machine.name, machine.power === 'on' ? 'off' : 'on');
    },
    start,
    help: () => show('help'),
    stop: () => work.stopRun() || leave(),
    quit: leave,
  };

  const prompt = createPrompt(store, {
    simple: { ...actions, up: start },
    openChapter,
    follow,
    power,
    find: () => find(1, true),
    showJournals: () => show('journal'),
    warn: (text) => work.toast(text, 'warn'),
  });

  async function begin(topology: string | undefined): Promise<void> {
    await work.busy({ label: 'Opening the lab …', stops: false }, async () => {
      const opened = await openLab(topology);
      if (ended) return;
      const { course } = opened;
      lab = opened;
      course.subscribe(() => store.set({ course: course.state() }));
      const state = course.state();
      store.set({ pack: course.pack, course: state, screen: 'course', trail: [], welcome: undefined });
      const at = state.next === undefined ? undefined : course.step(state.next).chapter;
      const chapter = Math.max(
        0,
        course.chapters.findIndex(({ id }) => id === at),
      );
      goTo(chapter, firstOpen(chapter));
      if (state.next !== undefined) show('chapter');
      work.watch(opened);
    });
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
      if (binding !== undefined && !isBlind) actions[binding.action]();
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
