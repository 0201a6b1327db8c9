/** The one list of keys: the dispatcher, the footer and the help all read it. */

export type ScreenName =
  | 'welcome'
  | 'course'
  | 'chapter'
  | 'cluster'
  | 'journals'
  | 'journal'
  | 'output'
  | 'source'
  | 'help';

export const screenNames: Readonly<Record<ScreenName, string>> = {
  welcome: 'Welcome',
  course: 'Course',
  chapter: 'Chapter',
  cluster: 'Cluster',
  journals: 'Journal',
  journal: 'Journal',
  output: 'Run',
  source: 'Source',
  help: 'Help',
};

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
  | 'follow'
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
  | 'redraw'
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
  /** How the footer spells the keys, when it stands there for others too. */
  readonly footer?: string;
  readonly help: string;
  readonly group: 'Step' | 'Move' | 'Find' | 'Screens' | 'Lab';
  /** Where it works; everywhere when not given. */
  readonly on?: readonly ScreenName[];
}

const begun: readonly ScreenName[] = [
  'course',
  'chapter',
  'cluster',
  'journals',
  'journal',
  'output',
  'source',
  'help',
];
/** Pages with a text to search in. */
const texts: readonly ScreenName[] = ['output', 'source', 'help'];

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
    keys: ['enter'],
    action: 'open',
    shown: 'Enter',
    label: 'open',
    help: 'open what is marked',
    group: 'Move',
    on: ['welcome', 'course', 'cluster', 'journals'],
  },
  {
    keys: ['enter'],
    action: 'follow',
    shown: 'Enter',
    label: 'follow',
    help: '',
    group: 'Move',
    on: ['journal'],
  },
  {
    keys: ['enter'],
    action: 'back',
    shown: 'Enter',
    label: 'back',
    help: '',
    group: 'Move',
    on: texts,
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
    keys: ['s'],
    action: 'shell',
    label: 'shell',
    help: 'your own shell on the jumpbox; exit brings you back',
    group: 'Lab',
    on: begun,
  },
  {
    keys: ['1'],
    action: 'course',
    label: 'screens',
    footer: '1-4',
    help: 'Course: all chapters',
    group: 'Screens',
    on: begun,
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
    help: 'read the source file that does the work; again: the next of them',
    group: 'Step',
    on: ['chapter'],
  },
  { keys: ['o'], action: 'source', label: 'next file', help: '', group: 'Step', on: ['source'] },
  {
    keys: ['u'],
    action: 'start',
    label: 'start lab',
    help: 'start the lab and switch all machines on',
    group: 'Lab',
    on: begun,
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
    on: ['course', 'cluster', 'journals', 'journal', ...texts],
  },
  {
    keys: ['right', 'l'],
    action: 'right',
    shown: '→ l',
    help: 'look at the following step; elsewhere open',
    group: 'Move',
    on: ['course', 'chapter', 'cluster', 'journals'],
  },
  {
    keys: ['pageup', 'ctrl+b', 'ctrl+u'],
    action: 'pageUp',
    shown: 'PgUp',
    help: 'a page up',
    group: 'Move',
    on: begun,
  },
  {
    keys: ['pagedown', 'ctrl+f', 'ctrl+d', ' '],
    action: 'pageDown',
    shown: 'PgDn',
    help: 'a page down (also the space bar)',
    group: 'Move',
    on: begun,
  },
  { keys: ['g', 'home'], action: 'top', shown: 'g', help: 'to the top', group: 'Move' },
  {
    keys: ['G', 'end'],
    action: 'bottom',
    shown: 'G',
    help: 'to the end; in a journal: follow (also Enter)',
    group: 'Move',
  },
  {
    keys: ['/'],
    action: 'filter',
    label: 'find',
    help: 'search the page; a journal and the list of journals show only what matches',
    group: 'Find',
    on: ['chapter', 'journals', 'journal', ...texts],
  },
  {
    keys: ['n'],
    action: 'findNext',
    shown: 'n N',
    help: 'next and previous match (on Chapter n only while searching)',
    group: 'Find',
    on: texts,
  },
  { keys: ['N'], action: 'findPrevious', help: '', group: 'Find', on: ['chapter', ...texts] },
  { keys: ['2'], action: 'chapter', help: 'Chapter: the step you are at', group: 'Screens', on: begun },
  {
    keys: ['3'],
    action: 'cluster',
    help: 'Cluster: machines, units, etcd, nodes and pods, live',
    group: 'Screens',
    on: begun,
  },
  {
    keys: ['4'],
    action: 'journal',
    help: 'Journal: follow what a unit says; again: choose another',
    group: 'Screens',
    on: begun,
  },
  {
    keys: [':'],
    action: 'command',
    shown: ':',
    help: 'type a command (see below)',
    group: 'Screens',
    on: begun,
  },
  {
    keys: ['ctrl+l'],
    action: 'redraw',
    shown: 'Ctrl+L',
    help: 'draw the screen anew, when something has written over it',
    group: 'Screens',
  },
  { keys: ['?'], action: 'help', label: 'help', help: 'this page; again: back', group: 'Screens' },
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

/** How a key is spelled in a sentence. */
function spelled(key: string): string {
  if (key === ' ') return 'Space';
  if (key.length === 1) return key;
  const found = bindings.find(({ keys }) => keys[0] === key)?.shown;
  return (
    found ?? key.replace(/(^|\+)(.)/g, (_all, plus: string, letter: string) => plus + letter.toUpperCase())
  );
}

/** What to say to a key that does nothing on a screen. */
export function whyNothing(key: string, screen: ScreenName): string {
  if (screen === 'welcome') return 'Choose the machines first: ↑ and ↓ mark them, Enter makes the lab';
  const places = bindings.filter(({ keys }) => keys.includes(key)).flatMap(({ on = [] }) => on);
  const names = [
    ...new Set(places.filter((place) => place !== 'welcome').map((place) => screenNames[place])),
  ];
  return names.length === 0
    ? `${spelled(key)} does nothing; ? lists the keys`
    : `${spelled(key)} works on ${names.join(', ')}; ? lists the keys`;
}

/** The keys worth a place in the footer of a screen, most useful first. */
export const footerBindings = (screen: ScreenName): readonly Binding[] =>
  bindings.filter(({ label, on }) => label !== undefined && (on === undefined || on.includes(screen)));
