import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Step } from '../../course/model.ts';
import { errorMessage, LabError } from '../../lib/errors.ts';
import { packageRoot } from '../../lib/package-root.ts';
import { type Action, bindingOf, type ScreenName } from '../keys.ts';
import type { TuiLab, TuiTerminal } from '../lab/port.ts';
import { entryLine, journalChoices } from '../screens/journal.ts';
import { type Line, line, span, type Tone } from '../text/line.ts';
import { contains } from '../text/width.ts';
import type { Theme } from '../theme.ts';
import { parseCommand } from './command-line.ts';
import { areaOf, bodyOf, offsetOf, viewRows } from './frame.ts';
import type { Store } from './store.ts';
import type { UiState } from './ui-state.ts';

const toastMs = 4000;
const journalKeeps = 2000;

const textOf = (error: unknown) => (error instanceof LabError ? error.toString() : errorMessage(error));

/** What keys do. It changes the store and calls the lab; it draws nothing. */
export class Controller {
  readonly #store: Store<UiState>;
  readonly #theme: Theme;
  readonly #terminal: TuiTerminal;
  #lab: TuiLab | undefined;
  #toastTimer: NodeJS.Timeout | undefined;
  #running: AbortController | undefined;
  #following: AbortController | undefined;
  #chooseTopology: ((name: string) => void) | undefined;

  constructor(store: Store<UiState>, theme: Theme, terminal: TuiTerminal) {
    this.#store = store;
    this.#theme = theme;
    this.#terminal = terminal;
  }

  /** The lab is open: from now on keys can do more than look. */
  attach(lab: TuiLab): void {
    this.#lab = lab;
    this.refresh();
  }

  askTopology(choose: (name: string) => void): void {
    this.#chooseTopology = choose;
  }

  /** Takes the course's state over after something changed. */
  refresh(): void {
    if (this.#lab !== undefined) this.#store.set({ course: this.#lab.course.state() });
  }

  /** Opens the step the learner is at. */
  resume(): void {
    const { pack, course } = this.#store.get();
    if (pack === undefined || course === undefined) return;
    const next = course.next;
    const chapter = pack.chapters.findIndex(({ id }) => next?.startsWith(`${id}/`));
    const found = chapter === -1 ? pack.chapters.length - 1 : chapter;
    const step = pack.chapters[found]!.steps.findIndex(({ ref }) => ref === next) + 1;
    this.#store.set({ chapter: found, step, cursor: { ...this.#store.get().cursor, course: found } });
  }

  toast(text: string, tone: Tone = 'plain'): void {
    clearTimeout(this.#toastTimer);
    this.#store.set({ toast: { text, tone } });
    this.#toastTimer = setTimeout(() => this.#store.set({ toast: undefined }), toastMs);
    this.#toastTimer.unref();
  }

  close(): void {
    clearTimeout(this.#toastTimer);
    this.#running?.abort();
    this.#following?.abort();
  }

  key(key: string): void {
    const ui = this.#store.get();
    if (ui.question !== undefined) {
      const choice = ui.question.choices.find(
        (candidate) => candidate.key === key || (key === 'enter' && candidate.key === 'y'),
      );
      this.#store.set({ question: undefined });
      choice?.act();
      return;
    }
    if (ui.prompt !== undefined) {
      this.#promptKey(key, ui.prompt);
      return;
    }
    // A search is at work: n belongs to it until esc ends it.
    const action = key === 'n' && ui.find !== undefined ? 'findNext' : bindingOf(key, ui.screen)?.action;
    if (action !== undefined) this.#act(action);
  }

  #promptKey(key: string, prompt: NonNullable<UiState['prompt']>): void {
    if (key === 'esc' || key === 'ctrl+c') this.#store.set({ prompt: undefined });
    else if (key === 'backspace')
      this.#store.set({
        prompt: prompt.text === '' ? undefined : { ...prompt, text: prompt.text.slice(0, -1) },
      });
    else if (key === 'enter') {
      this.#store.set({ prompt: undefined });
      if (prompt.kind === 'command') this.#command(prompt.text);
      else {
        this.#store.set({ find: prompt.text === '' ? undefined : prompt.text });
        if (prompt.text !== '') this.#find(1);
      }
    } else if ([...key].length === 1) this.#store.set({ prompt: { ...prompt, text: prompt.text + key } });
  }

  #command(text: string): void {
    const command = parseCommand(text);
    const { pack } = this.#store.get();
    switch (command.name) {
      case 'quit':
        this.#quit();
        return;
      case 'check':
        void this.#checkAll();
        return;
      case 'screen':
        this.#show(command.screen);
        return;
      case 'unknown':
        this.toast(`there is no command ":${command.text}"; ? lists them`, 'warn');
        return;
      case 'goto': {
        const chapter =
          pack?.chapters.findIndex(
            ({ id, number }) => String(number) === command.chapter || id.includes(command.chapter),
          ) ?? -1;
        if (chapter === -1) {
          this.toast(`there is no chapter "${command.chapter}"`, 'warn');
          return;
        }
        const step =
          command.step === undefined
            ? 0
            : pack!.chapters[chapter]!.steps.findIndex(({ id }) => id === command.step) + 1;
        this.#open(chapter, step);
      }
    }
  }

  #act(action: Action): void {
    const ui = this.#store.get();
    switch (action) {
      case 'up':
        return this.#move(-1);
      case 'down':
        return this.#move(1);
      case 'pageUp':
        return this.#scroll(-areaOf(ui).rows + 2);
      case 'pageDown':
        return this.#scroll(areaOf(ui).rows - 2);
      case 'top':
        return this.#scrollTo(0);
      case 'bottom':
        return this.#scrollTo(undefined);
      case 'left':
        return ui.screen === 'chapter' ? this.#step(-1) : this.#back();
      case 'right':
        return ui.screen === 'chapter' ? this.#step(1) : this.#enter();
      case 'open':
        return this.#enter();
      case 'back':
        return ui.find === undefined ? this.#back() : this.#store.set({ find: undefined });
      case 'next':
        return this.#next();
      case 'findNext':
        return this.#find(1);
      case 'findPrevious':
        return this.#find(-1);
      case 'focusNext':
        return this.#focus(1);
      case 'focusPrevious':
        return this.#focus(-1);
      case 'run':
        return this.#askRun();
      case 'check':
        void this.#check();
        return;
      case 'hint':
        return this.#hint();
      case 'copy':
        return this.#copy();
      case 'source':
        return this.#source();
      case 'shell':
        return this.#lab === undefined
          ? this.toast('the lab is not open yet', 'warn')
          : this.#terminal.shell();
      case 'course':
      case 'chapter':
      case 'cluster':
      case 'journal':
      case 'help':
        return this.#show(action);
      case 'filter':
        return this.#store.set({ prompt: { kind: 'filter', text: '' } });
      case 'command':
        return this.#store.set({ prompt: { kind: 'command', text: '' } });
      case 'power':
        return this.#askPower();
      case 'start':
        void this.#during('starting the lab', async () => this.#lab?.up());
        return;
      case 'stop':
        if (this.#running === undefined) return this.#terminal.quit(0);
        return this.#running.abort();
      case 'quit':
        return this.#quit();
    }
  }

  #show(screen: ScreenName): void {
    const ui = this.#store.get();
    if (ui.screen === screen) return;
    this.#store.set({ screen, trail: [...ui.trail.slice(-8), ui.screen], find: undefined });
  }

  #back(): void {
    const { trail, screen, journal } = this.#store.get();
    if (screen === 'journal' && journal !== undefined) {
      this.#following?.abort();
      this.#store.set({ journal: undefined });
      return;
    }
    const previous = trail.at(-1);
    if (previous !== undefined)
      this.#store.set({ screen: previous, trail: trail.slice(0, -1), find: undefined });
    else if (screen !== 'course' && screen !== 'welcome') this.#store.set({ screen: 'course' });
  }

  #open(chapter: number, step: number): void {
    this.#show('chapter');
    this.#store.set({ chapter, step, focus: 0, scroll: { ...this.#store.get().scroll, chapter: 0 } });
    void this.#check(true);
  }

  #step(by: number): void {
    const { pack, chapter, step } = this.#store.get();
    const steps = pack?.chapters[chapter]?.steps.length ?? 0;
    const target = step + by;
    if (target >= 0 && target <= steps) this.#open(chapter, target);
    else if (target > steps && chapter + 1 < (pack?.chapters.length ?? 0)) this.#open(chapter + 1, 0);
    else if (target < 0 && chapter > 0) this.#open(chapter - 1, pack!.chapters[chapter - 1]!.steps.length);
  }

  /** Only what is done lets the learner go on; looking ahead is what the arrow is for. */
  #next(): void {
    const { course, chapter, step } = this.#store.get();
    const state = course?.chapters[chapter]?.steps[step - 1];
    if (state !== undefined && state.status !== 'green') {
      this.toast('not yet green: x checks, h gives a hint, the right arrow only looks ahead', 'warn');
      return;
    }
    this.#step(1);
  }

  #enter(): void {
    const ui = this.#store.get();
    const cursor = ui.cursor[ui.screen] ?? 0;
    if (ui.screen === 'welcome') {
      const name = ui.welcome?.topologies[cursor];
      if (name !== undefined) this.#chooseTopology?.(name);
    } else if (ui.screen === 'course') {
      const done = ui.course?.chapters[cursor]?.steps.findIndex((state) => !state.done) ?? -1;
      this.#open(cursor, ui.course?.chapters[cursor]?.status === 'started' ? done + 1 : 0);
    } else if (ui.screen === 'cluster') {
      const machine = ui.cluster?.machines?.[cursor];
      if (machine !== undefined) this.#follow(machine.name, undefined);
    } else if (ui.screen === 'journal' && ui.journal === undefined) {
      const choice = journalChoices(ui.cluster?.machines ?? [])[cursor];
      if (choice !== undefined) this.#follow(choice.machine, choice.unit);
    }
  }

  #follow(machine: string, unit: string | undefined): void {
    this.#following?.abort();
    const following = new AbortController();
    this.#following = following;
    this.#show('journal');
    this.#store.set({
      journal: { machine, unit, lines: [] },
      scroll: { ...this.#store.get().scroll, journal: undefined },
    });
    const collect = async () => {
      for await (const entry of this.#lab!.journal(machine, unit, following.signal)) {
        const { journal } = this.#store.get();
        if (journal === undefined) return;
        this.#store.set({
          journal: { ...journal, lines: [...journal.lines.slice(-journalKeeps), entryLine(entry)] },
        });
      }
    };
    collect().catch((error: unknown) => {
      if (!following.signal.aborted) this.toast(textOf(error), 'fail');
    });
  }

  #move(by: number): void {
    const ui = this.#store.get();
    const body = bodyOf(ui, areaOf(ui), this.#theme);
    if (body.count === undefined) return this.#scroll(by);
    const cursor = Math.max(0, Math.min(body.count - 1, (ui.cursor[ui.screen] ?? 0) + by));
    this.#store.set({ cursor: { ...ui.cursor, [ui.screen]: cursor } });
  }

  #scroll(by: number): void {
    const ui = this.#store.get();
    const body = bodyOf(ui, areaOf(ui), this.#theme);
    if (body.count !== undefined) return this.#move(by);
    const last = Math.max(0, body.lines.length - viewRows(ui, body));
    this.#scrollTo(Math.max(0, Math.min(last, offsetOf(ui, body) + by)));
  }

  /** Undefined is the end: a journal then follows. */
  #scrollTo(at: number | undefined): void {
    const ui = this.#store.get();
    const body = bodyOf(ui, areaOf(ui), this.#theme);
    if (body.count !== undefined) {
      this.#store.set({ cursor: { ...ui.cursor, [ui.screen]: at === undefined ? body.count - 1 : 0 } });
      return;
    }
    const end = ui.screen === 'journal' ? undefined : Math.max(0, body.lines.length - viewRows(ui, body));
    this.#store.set({ scroll: { ...ui.scroll, [ui.screen]: at ?? end } });
  }

  #focus(by: number): void {
    const ui = this.#store.get();
    const anchors = bodyOf(ui, areaOf(ui), this.#theme).anchors ?? [];
    if (anchors.length === 0) return;
    const focus = (ui.focus + by + anchors.length) % anchors.length;
    this.#store.set({ focus, scroll: { ...ui.scroll, [ui.screen]: Math.max(0, anchors[focus]!.line - 2) } });
  }

  #find(direction: 1 | -1): void {
    const ui = this.#store.get();
    if (ui.find === undefined || ui.screen === 'journal') return;
    const body = bodyOf(ui, areaOf(ui), this.#theme);
    const from = offsetOf(ui, body);
    const hits = body.lines.flatMap((row, index) => (contains(row, ui.find!) ? [index] : []));
    const ahead =
      direction === 1 ? hits.find((index) => index > from) : hits.findLast((index) => index < from);
    const hit = ahead ?? (direction === 1 ? hits[0] : hits.at(-1));
    if (hit === undefined) this.toast(`"${ui.find}" is not on this page`, 'warn');
    else this.#store.set({ scroll: { ...ui.scroll, [ui.screen]: hit } });
  }

  #currentStep(): Step | undefined {
    const { pack, chapter, step } = this.#store.get();
    return pack?.chapters[chapter]?.steps[step - 1];
  }

  async #during(what: string, work: () => Promise<unknown>): Promise<void> {
    this.#store.set({ busy: what });
    try {
      await work();
    } catch (error) {
      this.toast(textOf(error), 'fail');
    } finally {
      this.#store.set({ busy: undefined });
      this.refresh();
    }
  }

  async #check(quiet = false): Promise<void> {
    const step = this.#currentStep();
    if (this.#lab === undefined) return;
    if (this.#store.get().screen === 'course') return this.#checkAll();
    if (step === undefined) return;
    await this.#during('checking', () => this.#lab!.course.check(step.ref, { quiet }));
    const state = this.#lab.course
      .state()
      .chapters.flatMap(({ steps }) => steps)
      .find(({ ref }) => ref === step.ref);
    if (!quiet && state?.hintOffered) this.toast('stuck? h shows a hint', 'note');
  }

  #checkAll(): Promise<void> {
    const done =
      this.#store.get().course?.chapters.flatMap(({ steps }) => steps.filter((state) => state.done)) ?? [];
    return this.#during('checking', async () => this.#lab?.course.checkAll(done.map(({ ref }) => ref)));
  }

  #hint(): void {
    const step = this.#currentStep();
    if (step === undefined || this.#lab === undefined) return;
    this.#lab.course.hint(step.ref);
    this.refresh();
    this.#scrollTo(undefined);
  }

  #copy(): void {
    const ui = this.#store.get();
    const step = this.#currentStep();
    const anchor = bodyOf(ui, areaOf(ui), this.#theme).anchors?.[ui.focus];
    const command = step?.run[anchor?.block ?? 0];
    if (command === undefined) return this.toast('there is no command here', 'warn');
    this.#terminal.copy(command);
    this.toast('copied', 'pass');
  }

  #source(): void {
    const file = this.#currentStep()?.sources[0];
    if (file === undefined) return this.toast('no source file belongs to this step', 'warn');
    try {
      const text = readFileSync(join(packageRoot(), file), 'utf8');
      this.#store.set({
        source: { file, lines: text.split('\n').map((row) => line(row.replaceAll('\t', '  '))) },
        scroll: { ...this.#store.get().scroll, source: 0 },
      });
      this.#show('source');
    } catch {
      this.toast(`${file} is not in this installation; it is in the repository`, 'warn');
    }
  }

  #askRun(): void {
    const step = this.#currentStep();
    if (step === undefined || step.run.length === 0) return this.toast('this step has no commands', 'warn');
    if (this.#lab === undefined) return this.toast('the lab is not open yet', 'warn');
    if (this.#running !== undefined) return this.toast('commands are running already', 'warn');
    const choices = [
      { key: 'y', label: 'run', act: () => void this.#run(step) },
      { key: 'n', label: 'not now', act: () => {} },
    ];
    this.#store.set({
      question: {
        text: `Run the commands of "${this.#theme.letters(step.title)}" on ${step.hosts.join(', ')}?`,
        choices,
      },
    });
  }

  async #run(step: Step): Promise<void> {
    const stop = new AbortController();
    this.#running = stop;
    const lines: Line[] = [];
    const show = (state: NonNullable<UiState['run']>['state']) =>
      this.#store.set({ run: { ref: step.ref, title: step.title, lines: [...lines], state } });
    const push = (text: string, tone?: Tone) => {
      for (const row of text.replace(/\n$/, '').split('\n'))
        lines.push([span(row.replaceAll('\t', '  ').replaceAll('\r', ''), tone)]);
      show('running');
    };
    show('running');
    this.#show('output');
    this.#store.set({ scroll: { ...this.#store.get().scroll, output: undefined } });
    try {
      const result = await this.#lab!.course.run(step.ref, {
        signal: stop.signal,
        onCommand: (host, script) => push(`[${host}] $ ${script}`, 'strong'),
        onOutput: ({ text, stream }) => push(text, stream === 'stderr' ? 'dim' : undefined),
      });
      show(stop.signal.aborted ? 'stopped' : result.exitCode === 0 ? 'done' : 'failed');
    } catch (error) {
      push(textOf(error), 'fail');
      show(stop.signal.aborted ? 'stopped' : 'failed');
    } finally {
      this.#running = undefined;
    }
    await this.#during('checking', () => this.#lab!.course.check(step.ref));
  }

  #askPower(): void {
    const ui = this.#store.get();
    const machine = ui.cluster?.machines?.[ui.cursor.cluster ?? 0];
    if (machine === undefined) return;
    const action = machine.power === 'on' ? 'off' : 'on';
    const choices = [
      {
        key: 'y',
        label: `switch ${action}`,
        act: () =>
          void this.#during(`${machine.name} ${action}`, async () => this.#lab?.power(machine.name, action)),
      },
      { key: 'n', label: 'leave it', act: () => {} },
    ];
    this.#store.set({ question: { text: `Switch ${machine.name} ${action}?`, choices } });
  }

  #quit(): void {
    if (this.#running === undefined) return this.#terminal.quit(0);
    const choices = [
      { key: 'y', label: 'stop them and leave', act: () => this.#terminal.quit(0) },
      { key: 'n', label: 'stay', act: () => {} },
    ];
    this.#store.set({ question: { text: 'Commands are still running.', choices } });
  }
}
