/** The one list of keys: the dispatcher, the footer and the help all read it. */

export type ScreenName =
  | 'welcome'
  | 'course'
  | 'chapter'
  | 'cluster'
  | 'journal'
  | 'output'
  | 'source'
  | 'help';

export type Action =
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'pageUp'
  | 'pageDown'
  | 'top'
  | 'bottom'
  | 'open'
  | 'back'
  | 'next'
  | 'findNext'
  | 'findPrevious'
  | 'focusNext'
  | 'focusPrevious'
  | 'run'
  | 'check'
  | 'hint'
  | 'copy'
  | 'source'
  | 'shell'
  | 'course'
  | 'chapter'
  | 'cluster'
  | 'journal'
  | 'filter'
  | 'command'
  | 'power'
  | 'start'
  | 'help'
  | 'stop'
  | 'quit';

export interface Binding {
  /** As keysOf() names them. */
  readonly keys: readonly string[];
  readonly action: Action;
  /** How the help spells the keys, when not as they are. */
  readonly shown?: string;
  /** For the footer: one or two words. Without it the key is only in the help. */
  readonly label?: string;
  readonly help: string;
  readonly group: 'Step' | 'Move' | 'Find' | 'Screens' | 'Lab';
  /** Where it works; everywhere when not given. */
  readonly on?: readonly ScreenName[];
}

const pages: readonly ScreenName[] = ['chapter', 'cluster', 'journal', 'output', 'source', 'help', 'course'];
const searchable: readonly ScreenName[] = ['chapter', 'journal', 'output', 'source', 'help'];
const begun: readonly ScreenName[] = ['course', 'chapter', 'cluster', 'journal', 'output', 'source', 'help'];

export const bindings: readonly Binding[] = [
  {
    keys: ['n', 'enter'],
    action: 'next',
    label: 'next',
    shown: 'n',
    help: '(or Enter) go on to the next step, once this one is done; after a search: the next match',
    group: 'Step',
    on: ['chapter'],
  },
  {
    keys: ['r'],
    action: 'run',
    label: 'run',
    help: "run the step's commands and see what they print (asks first)",
    group: 'Step',
    on: ['chapter'],
  },
  {
    keys: ['x'],
    action: 'check',
    label: 'check',
    help: 'check now (files and units are watched anyway); on Course: all that was done',
    group: 'Step',
    on: ['chapter', 'course'],
  },
  {
    keys: ['h'],
    action: 'hint',
    label: 'hint',
    help: 'show the next hint, from a nudge to the answer',
    group: 'Step',
    on: ['chapter'],
  },
  {
    keys: ['c'],
    action: 'copy',
    label: 'copy',
    help: 'copy the marked command to the clipboard (OSC 52)',
    group: 'Step',
    on: ['chapter'],
  },
  {
    keys: ['tab'],
    action: 'focusNext',
    shown: 'Tab',
    label: 'jump',
    help: 'jump to the next command, then to the checks; Shift+Tab goes back',
    group: 'Step',
    on: ['chapter'],
  },
  { keys: ['shift+tab'], action: 'focusPrevious', help: '', group: 'Step', on: ['chapter'] },
  {
    keys: ['o'],
    action: 'source',
    label: 'source',
    help: 'read the source file that does the work',
    group: 'Step',
    on: ['chapter'],
  },
  {
    keys: ['enter'],
    action: 'open',
    shown: 'Enter',
    label: 'open',
    help: 'open what is marked',
    group: 'Move',
    on: ['welcome', 'course', 'cluster', 'journal'],
  },
  {
    keys: ['enter'],
    action: 'back',
    shown: 'Enter',
    label: 'back',
    help: '',
    group: 'Move',
    on: ['output', 'source', 'help'],
  },
  {
    keys: ['s'],
    action: 'shell',
    label: 'shell',
    help: 'your own shell on the jumpbox; exit brings you back',
    group: 'Lab',
    on: begun,
  },
  {
    keys: ['u'],
    action: 'start',
    label: 'start lab',
    help: 'start the lab and switch all machines on',
    group: 'Lab',
    on: ['cluster', 'journal'],
  },
  {
    keys: ['p'],
    action: 'power',
    label: 'power',
    help: 'switch the marked machine on or off (asks first)',
    group: 'Lab',
    on: ['cluster'],
  },
  { keys: ['up', 'k'], action: 'up', shown: '↑ k', help: 'up', group: 'Move' },
  { keys: ['down', 'j'], action: 'down', shown: '↓ j', help: 'down', group: 'Move' },
  {
    keys: ['left'],
    action: 'left',
    shown: '←',
    help: 'previous step; elsewhere back (also h)',
    group: 'Move',
    on: begun,
  },
  {
    keys: ['h'],
    action: 'left',
    help: '',
    group: 'Move',
    on: ['cluster', 'journal', 'output', 'source', 'help'],
  },
  {
    keys: ['right', 'l'],
    action: 'right',
    shown: '→ l',
    help: 'look at the following step; elsewhere open',
    group: 'Move',
    on: begun,
  },
  {
    keys: ['pageup', 'ctrl+b', 'ctrl+u'],
    action: 'pageUp',
    shown: 'PgUp',
    help: 'a page up',
    group: 'Move',
    on: pages,
  },
  {
    keys: ['pagedown', 'ctrl+f', 'ctrl+d', ' '],
    action: 'pageDown',
    shown: 'PgDn',
    help: 'a page down (also the space bar)',
    group: 'Move',
    on: pages,
  },
  { keys: ['g', 'home'], action: 'top', shown: 'g', help: 'to the top', group: 'Move' },
  {
    keys: ['G', 'end'],
    action: 'bottom',
    shown: 'G',
    help: 'to the end; in a journal: follow',
    group: 'Move',
  },
  {
    keys: ['/'],
    action: 'filter',
    label: 'find',
    help: 'search the page; a journal shows only the matching lines',
    group: 'Find',
    on: searchable,
  },
  {
    keys: ['n'],
    action: 'findNext',
    shown: 'n N',
    help: 'next and previous match',
    group: 'Find',
    on: searchable.slice(1),
  },
  { keys: ['N'], action: 'findPrevious', help: '', group: 'Find', on: searchable },
  { keys: ['1'], action: 'course', help: 'Course: all chapters', group: 'Screens', on: begun },
  { keys: ['2'], action: 'chapter', help: 'Chapter: the step you are at', group: 'Screens', on: begun },
  {
    keys: ['3'],
    action: 'cluster',
    help: 'Cluster: machines, units, etcd, nodes and pods, live',
    group: 'Screens',
    on: begun,
  },
  { keys: ['4'], action: 'journal', help: 'Journal: follow what a unit says', group: 'Screens', on: begun },
  {
    keys: [':'],
    action: 'command',
    shown: ':',
    help: 'type a command (see below)',
    group: 'Screens',
    on: begun,
  },
  { keys: ['?'], action: 'help', label: 'help', help: 'this page', group: 'Screens' },
  { keys: ['esc'], action: 'back', shown: 'Esc', help: 'back; ends a search', group: 'Screens' },
  {
    keys: ['ctrl+c'],
    action: 'stop',
    shown: 'Ctrl+C',
    help: 'stop what runs; otherwise leave',
    group: 'Screens',
  },
  { keys: ['q'], action: 'quit', label: 'quit', help: 'leave; the cluster keeps running', group: 'Screens' },
];

/** What a key does on a screen. */
export function bindingOf(key: string, screen: ScreenName): Binding | undefined {
  return bindings.find(({ keys, on }) => keys.includes(key) && (on === undefined || on.includes(screen)));
}

/** The keys worth a place in the footer of a screen, most useful first. */
export const footerBindings = (screen: ScreenName): readonly Binding[] =>
  bindings.filter(({ label, on }) => label !== undefined && (on === undefined || on.includes(screen)));

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
