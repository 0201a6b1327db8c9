/** What can be typed after `:`. */

type SimpleCommand = 'quit' | 'help' | 'course' | 'cluster' | 'run' | 'check' | 'hint' | 'shell' | 'up';

export type Command =
  | { readonly do: SimpleCommand | 'journals' }
  | { readonly do: 'goto'; readonly chapter: number; readonly step: string | undefined }
  | { readonly do: 'journal'; readonly machine: string; readonly unit: string | undefined }
  | { readonly do: 'power'; readonly machine: string; readonly state: 'on' | 'off' }
  | { readonly do: 'wrong'; readonly why: string };

export const commandHelp: readonly (readonly [usage: string, help: string])[] = [
  [':goto N [STEP]', 'chapter N, at a step if you name one; :N does the same'],
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

export function parseCommand(text: string): Command | undefined {
  const [name = '', ...args] = text.trim().split(/\s+/);
  if (name === '') return undefined;
  const [first, second] = args;
  if (/^\d+$/.test(name)) return { do: 'goto', chapter: Number(name), step: first };
  const action = Object.hasOwn(simple, name) ? simple[name] : undefined;
  if (action !== undefined) {
    return first === undefined ? { do: action } : { do: 'wrong', why: `:${name} takes nothing after it` };
  }
  switch (name) {
    case 'goto':
      return first !== undefined && /^\d+$/.test(first)
        ? { do: 'goto', chapter: Number(first), step: second }
        : { do: 'wrong', why: 'name a chapter by its number, such as :goto 4' };
    case 'journal':
      return first === undefined ? { do: 'journals' } : { do: 'journal', machine: first, unit: second };
    case 'on':
    case 'off':
      return first === undefined
        ? { do: 'wrong', why: `name a machine, such as :${name} worker-0` }
        : { do: 'power', machine: first, state: name };
    default:
      return { do: 'wrong', why: `there is no command :${name}; see ?` };
  }
}

/** The text of a prompt after a key; undefined for keys that do not edit. */
export function editPrompt(text: string, key: string): string | undefined {
  if (key === 'backspace') return text.slice(0, -1);
  if (key === 'ctrl+u') return '';
  return /^(ctrl\+.|[a-z+]{2,})$/.test(key) ? undefined : text + key;
}
