import type { Pack } from '../../course/model.ts';
import type { MachineStatus } from '../../machines/client.ts';
import { commandNames } from './command-line.ts';

export interface Names {
  readonly pack: Pack | undefined;
  readonly machines: readonly MachineStatus[];
}

export interface Completed {
  /** The text as far as all that fits agrees; with a space where only one thing fits and more may follow. */
  readonly text: string;
  readonly choices: readonly string[];
}

const bare = (id: string) => id.replace(/^\d+-/, '');

/** Chapters by number and by name; the steps of one after the slash. */
function places(word: string, pack: Pack): readonly string[] {
  const [chapterName = '', ...rest] = word.split('/');
  if (rest.length === 0) {
    return /^\d/.test(word)
      ? pack.chapters.map(({ number }) => String(number))
      : pack.chapters.map(({ id }) => bare(id));
  }
  const chapter = pack.chapters.find(
    ({ id, number }) => id === chapterName || bare(id) === chapterName || String(number) === chapterName,
  );
  return chapter?.steps.map(({ id }) => `${chapterName}/${id}`) ?? [];
}

function candidates(before: readonly string[], word: string, { pack, machines }: Names): readonly string[] {
  const [command, machine] = before;
  if (command === undefined) return commandNames;
  if (pack === undefined) return [];
  if (command === 'goto') return machine === undefined ? places(word, pack) : [];
  if (!['journal', 'on', 'off'].includes(command)) return [];
  if (machine === undefined) return pack.topology.machines.map(({ name }) => name);
  const units = machines.find(({ name }) => name === machine)?.units ?? [];
  return command === 'journal' ? units.map(({ name }) => name.replace(/\.service$/, '')) : [];
}

function commonStart(words: readonly string[]): string {
  const [first = ''] = words;
  let length = first.length;
  for (const word of words) while (!word.startsWith(first.slice(0, length))) length--;
  return first.slice(0, length);
}

/** What Tab makes of a command line that is being typed. */
export function complete(text: string, names: Names): Completed {
  const words = text.trimStart().split(/\s+/);
  const word = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const choices = [...new Set(candidates(before, word, names))].filter((name) => name.startsWith(word));
  if (choices.length === 0) return { text, choices };
  const [command] = before;
  const goesOn = command === undefined || (command === 'journal' && before.length === 1);
  const end = choices.length === 1 && goesOn ? ' ' : '';
  return { text: [...before, commonStart(choices) + end].join(' '), choices };
}
