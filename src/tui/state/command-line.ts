import type { ScreenName } from '../keys.ts';

/** What the `:` line understands: usage and explanation, for the help. */
export const commandHelp: readonly (readonly [string, string])[] = [
  [':goto CHAPTER[/STEP]', 'open a chapter by number or name, and a step of it'],
  [':check', 'check everything that was done'],
  [':course :cluster …', 'a screen by its name: course, chapter, cluster, journal, help'],
  [':q', 'leave'],
];

export type Command =
  | { readonly name: 'goto'; readonly chapter: string; readonly step: string | undefined }
  | { readonly name: 'check' }
  | { readonly name: 'screen'; readonly screen: ScreenName }
  | { readonly name: 'quit' }
  | { readonly name: 'unknown'; readonly text: string };

const screens: readonly string[] = ['course', 'chapter', 'cluster', 'journal', 'help'];

export function parseCommand(text: string): Command {
  const [word = '', argument = ''] = text.trim().split(/\s+/);
  if (['q', 'quit', 'exit'].includes(word)) return { name: 'quit' };
  if (word === 'check') return { name: 'check' };
  if (screens.includes(word)) return { name: 'screen', screen: word as ScreenName };
  const target = /^\d+(\/.*)?$/.test(word) ? word : word === 'goto' ? argument : '';
  if (target !== '') {
    const [chapter = '', step] = target.split('/');
    return { name: 'goto', chapter, step };
  }
  return { name: 'unknown', text: word };
}
