/** The parts of a key that Ink tells (see ink's `Key`). */
export interface KeyFlags {
  readonly upArrow?: boolean;
  readonly downArrow?: boolean;
  readonly leftArrow?: boolean;
  readonly rightArrow?: boolean;
  readonly pageUp?: boolean;
  readonly pageDown?: boolean;
  readonly home?: boolean;
  readonly end?: boolean;
  readonly return?: boolean;
  readonly escape?: boolean;
  readonly tab?: boolean;
  readonly backspace?: boolean;
  readonly delete?: boolean;
  readonly ctrl?: boolean;
  readonly shift?: boolean;
}

const special: readonly (readonly [keyof KeyFlags, string])[] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pageup'],
  ['pageDown', 'pagedown'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'esc'],
  ['backspace', 'backspace'],
  ['delete', 'backspace'],
];

const controls: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\u007f': 'backspace',
  '\b': 'backspace',
  '\u001b': 'esc',
};

/** Names of the keys in one report of Ink: keys typed quickly, or pasted, come together. */
export function keysOf(input: string, flags: KeyFlags): string[] {
  if (flags.tab === true) return [flags.shift === true ? 'shift+tab' : 'tab'];
  const named = special.find(([flag]) => flags[flag] === true);
  if (named !== undefined) return [named[1]];
  if (flags.ctrl === true) return [`ctrl+${input}`];
  return [
    ...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(input.replaceAll('\r\n', '\r')),
  ].map(({ segment }) => controls[segment] ?? segment);
}
