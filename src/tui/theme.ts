import { asciiLetters, wantsAscii } from '../lib/letters.ts';
import type { Line, Tone } from './text/line.ts';

/** Colours by meaning, as SGR parameters. Only the terminal's own sixteen: they fit the learner's background. */
const looks: Readonly<Record<Tone, string>> = {
  plain: '',
  title: '1;36',
  heading: '1;36',
  strong: '1',
  emphasis: '3',
  dim: '2',
  code: '36',
  link: '4;34',
  note: '33',
  accent: '36',
  pass: '32',
  fail: '31',
  warn: '33',
  error: '35',
  program: '1',
  flag: '36',
  string: '32',
  variable: '33',
  comment: '2',
  match: '7',
};

export interface Glyphs {
  readonly pass: string;
  readonly fail: string;
  readonly error: string;
  readonly part: string;
  readonly blocked: string;
  readonly todo: string;
  readonly cursor: string;
  readonly bullet: string;
  readonly bar: string;
  readonly focusBar: string;
  readonly rule: string;
  readonly divider: string;
  readonly full: string;
  readonly empty: string;
  readonly crumb: string;
  readonly dot: string;
  readonly ellipsis: string;
  /** A command's line goes on here that had no room. */
  readonly goesOn: string;
  readonly more: string;
}

const unicode: Glyphs = {
  pass: '✔',
  fail: '✖',
  error: '!',
  part: '…',
  blocked: '…',
  todo: '·',
  cursor: '▸',
  bullet: '•',
  bar: '▎',
  focusBar: '▌',
  rule: '─',
  divider: '│',
  full: '█',
  empty: '░',
  crumb: '›',
  dot: '·',
  ellipsis: '…',
  goesOn: '↳',
  more: '↓',
};

const ascii: Glyphs = {
  pass: '+',
  fail: 'x',
  error: '!',
  part: '~',
  blocked: '~',
  todo: '.',
  cursor: '>',
  bullet: '*',
  bar: '|',
  focusBar: '#',
  rule: '-',
  divider: '|',
  full: '#',
  empty: '.',
  crumb: '>',
  dot: '-',
  ellipsis: '~',
  goesOn: '+',
  more: 'v',
};

/** For a screen reader: words for states, and nothing that is only drawn. */
const spoken: Glyphs = {
  pass: 'done:',
  fail: 'failed:',
  error: 'error:',
  part: 'begun:',
  blocked: 'waiting:',
  todo: 'to do:',
  cursor: 'selected:',
  bullet: '-',
  bar: '',
  focusBar: 'selected:',
  rule: '',
  divider: '',
  full: '',
  empty: '',
  crumb: ',',
  dot: '-',
  ellipsis: '...',
  goesOn: '',
  more: 'below:',
};

export interface Theme {
  readonly glyphs: Glyphs;
  readonly color: boolean;
  readonly ascii: boolean;
  /** Linear text for a screen reader: no columns, no rules, nothing cut. */
  readonly linear: boolean;
  paint(spans: Line): string;
  /** A text in letters that this terminal has. */
  letters(text: string): string;
}

export interface ThemeOptions {
  readonly color: boolean;
  readonly ascii: boolean;
  readonly linear?: boolean;
}

export function createTheme({ color, ascii: plain, linear = false }: ThemeOptions): Theme {
  return {
    glyphs: linear ? spoken : plain ? ascii : unicode,
    color,
    ascii: plain,
    linear,
    paint(spans) {
      let text = '';
      for (const part of spans) {
        const look = color && part.tone !== undefined ? looks[part.tone] : '';
        text += look === '' ? part.text : `\u001b[${look}m${part.text}\u001b[0m`;
      }
      return text;
    },
    letters: (text) => (plain ? asciiLetters(text) : text),
  };
}

/** What the environment asks for: NO_COLOR (no-color.org), ASCII, a screen reader. */
export function themeOptions(
  env: NodeJS.ProcessEnv,
  wanted: { readonly ascii: boolean; readonly linear: boolean },
): ThemeOptions {
  const linear = wanted.linear || /^(true|1)$/.test(env.INK_SCREEN_READER ?? '');
  return {
    color: (env.NO_COLOR ?? '') === '' && !linear,
    // Arrows and signs are read aloud as noise, or not at all.
    ascii: linear || wanted.ascii || wantsAscii(env),
    linear,
  };
}
