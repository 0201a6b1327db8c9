/** The line at the bottom that is typed into: `:` and a command, or `/` and what to look for. */
import { selectSteps } from '../../course/select.ts';
import { errorMessage } from '../../lib/errors.ts';
import { findMachine } from '../../machines/topology.ts';
import type { ScreenName } from '../keys.ts';
import { editPrompt, parseCommand, type SimpleCommand } from './command-line.ts';
import { complete } from './completion.ts';
import type { Store } from './store.ts';
import type { UiState } from './ui-state.ts';

/** Screens that show only what matches, while it is typed. */
const filtered: readonly ScreenName[] = ['journal', 'journals'];

export interface PromptDeeds {
  readonly simple: Readonly<Record<SimpleCommand, () => unknown>>;
  openChapter(chapter: number, step?: number): void;
  follow(machine: string, unit: string | undefined): void;
  showJournals(): void;
  power(machine: string, state: 'on' | 'off'): void;
  /** Goes to the next place of what is looked for. */
  find(): void;
  warn(text: string): void;
}

export interface Prompt {
  open(kind: 'command' | 'filter'): void;
  /** A key while the prompt is open. */
  key(name: string): void;
}

/** As systemctl has it: a name without a suffix is a service's. */
const unitName = (name: string | undefined) =>
  name === undefined || name.includes('.') ? name : `${name}.service`;

export function createPrompt(store: Store<UiState>, deeds: PromptDeeds): Prompt {
  const goTo = (name: string) => {
    const { pack } = store.get();
    if (pack === undefined) return;
    const { chapter, steps } = selectSteps(pack, name);
    const isStep = /\/./.test(name);
    deeds.openChapter(
      pack.chapters.indexOf(chapter),
      isStep ? chapter.steps.findIndex(({ id }) => id === steps[0]?.id) + 1 : undefined,
    );
  };
  const machine = (name: string) => {
    const { pack } = store.get();
    return pack === undefined ? name : findMachine(pack.topology, name).name;
  };

  const perform = (text: string): unknown => {
    const parsed = parseCommand(text);
    if (parsed === undefined) return;
    switch (parsed.do) {
      case 'wrong':
        return deeds.warn(parsed.why);
      case 'goto':
        return goTo(parsed.name);
      case 'journal':
        return deeds.follow(machine(parsed.machine), unitName(parsed.unit));
      case 'power':
        return deeds.power(machine(parsed.machine), parsed.state);
      case 'journals':
        return deeds.showJournals();
      default:
        return deeds.simple[parsed.do]();
    }
  };

  const close = (kind: 'command' | 'filter', text: string) => {
    store.set({ prompt: undefined });
    if (kind === 'filter') {
      if (!filtered.includes(store.get().screen)) deeds.find();
      return;
    }
    try {
      perform(text);
    } catch (error) {
      // A wrong name, with the nearest right one.
      deeds.warn(error instanceof Error ? error.toString().replace(/^Error: /, '') : errorMessage(error));
    }
  };

  return {
    open: (kind) => store.set({ prompt: { kind, text: '' } }),
    key(name) {
      const { prompt } = store.get();
      if (prompt === undefined) return;
      const filters = prompt.kind === 'filter';
      const type = (text: string) =>
        store.set({
          prompt: { ...prompt, text },
          toast: undefined,
          ...(filters ? { find: text === '' ? undefined : text } : {}),
        });
      const text = editPrompt(prompt.text, name);
      if (text !== undefined) type(text);
      else if (name === 'enter') close(prompt.kind, prompt.text);
      else if (name === 'esc' || name === 'ctrl+c') {
        store.set({ prompt: undefined, ...(filters ? { find: undefined } : {}) });
      } else if (name === 'tab' && !filters) {
        const { pack, cluster } = store.get();
        const completed = complete(prompt.text, { pack, machines: cluster?.machines ?? [] });
        type(completed.text);
        if (completed.choices.length > 1) {
          store.set({ toast: { text: completed.choices.join('  '), tone: 'dim' } });
        }
      }
    },
  };
}
