/** Letters of our texts outside ASCII, for terminals that have no others. */
const replacements: readonly (readonly [RegExp, string])[] = [
  [/…/g, '...'],
  [/[–—]/g, '-'],
  [/[“”]/g, '"'],
  [/[‘’]/g, "'"],
  [/×/g, 'x'],
  [/→|›/g, '>'],
  [/·/g, '-'],
  [/✔/g, '+'],
  [/✖/g, 'x'],
  [/•/g, '*'],
];

export const asciiLetters = (text: string): string =>
  replacements.reduce((result, [from, to]) => result.replace(from, to), text);

/** Whether the terminal should get ASCII only: by wish (K8S_LAB_ASCII), or because its locale is not one of UTF-8. */
export function wantsAscii(env: NodeJS.ProcessEnv): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return (env.K8S_LAB_ASCII ?? '') !== '' || /^(C|POSIX)$|\.(?!utf-?8)/i.test(locale);
}
