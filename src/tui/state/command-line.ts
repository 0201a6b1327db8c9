/** What can be typed after `:`. */

import { didYouMean } from '../../lib/nearest.ts';

export type SimpleCommand =
  | 'quit'
  | 'help'
  | 'course'
  | 'cluster'
  | 'run'
  | 'check'
  | 'hint'
  | 'shell'
  | 'up';

export type Command =
  | { readonly do: SimpleCommand | 'journals' }
  /** CHAPTER or CHAPTER/STEP. */
  | { readonly do: 'goto'; readonly name: string }
  | { readonly do: 'journal'; readonly machine: string; readonly unit: string | undefined }
  | { readonly do: 'power'; readonly machine: string; readonly state: 'on' | 'off' }
  | { readonly do: 'wrong'; readonly why: string };

export const commandHelp: readonly (readonly [usage: string, help: string])[] = [
  [':goto CHAPTER[/STEP]', 'by number or name, Tab completes; :4/ca is short for :goto 4/ca'],
  [':course  :cluster', 'the screens by name'],
  [':journal M [UNIT]', 'follow a machine or one of its units'],
  [':run  :check  :hint', 'as the keys r, x and h'],
  [':up', 'start the lab and switch all machines on'],
  [':on M  :off M', 'switch a machine on or off'],
  [':shell', 'your shell on the jumpbox'],
  [':help  :q', 'this page; leave'],
];

const simple: Readonly<Record<string, SimpleCommand>> = {
  q: 'quit',
  quit: 'quit',
  help: 'help',
  course: 'course',
  cluster: 'cluster',
  run: 'run',
  check: 'check',
  hint: 'hint',
  shell: 'shell',
  up: 'up',
};

export const commandNames = [...Object.keys(simple), 'goto', 'journal', 'on', 'off'].filter(
  (name) => name !== 'q',
);

/** `:goto 4 ca` is understood as well as `:goto 4/ca`. */
const goTo = (chapter: string, step: string | undefined): Command => ({
  do: 'goto',
  name: step === undefined ? chapter : `${chapter}/${step}`,
});

export function parseCommand(text: string): Command | undefined {
  const [name = '', ...args] = text.trim().split(/\s+/);
  if (name === '') return undefined;
  const [first, second] = args;
  if (/^\d/.test(name)) return goTo(name, first);
  const action = Object.hasOwn(simple, name) ? simple[name] : undefined;
  if (action !== undefined) {
    return first === undefined ? { do: action } : { do: 'wrong', why: `:${name} takes nothing after it` };
  }
  switch (name) {
    case 'goto':
      return first === undefined
        ? { do: 'wrong', why: 'name a chapter or a step, such as :goto 4 or :goto 4/ca' }
        : goTo(first, second);
    case 'journal':
      return first === undefined ? { do: 'journals' } : { do: 'journal', machine: first, unit: second };
    case 'on':
    case 'off':
      return first === undefined
        ? { do: 'wrong', why: `name a machine, such as :${name} worker-0` }
        : { do: 'power', machine: first, state: name };
    default:
      return {
        do: 'wrong',
        why: `there is no command :${name}: ${didYouMean(name, commandNames)?.replaceAll('"', '') ?? '? lists them'}`,
      };
  }
}

/** The text of a prompt after a key; undefined for keys that do not edit. */
export function editPrompt(text: string, key: string): string | undefined {
  if (key === 'backspace') return text.slice(0, -1);
  if (key === 'ctrl+u') return '';
  return /^(ctrl\+.|[a-z+]{2,})$/.test(key) ? undefined : text + key;
}
