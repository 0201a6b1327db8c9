/** What is shown is lines of spans: text with a meaning. Colours come last, from the theme. */

/** What a piece of text means; theme.ts gives each a look. */
export type Tone =
  | 'plain'
  | 'title'
  | 'heading'
  | 'strong'
  | 'emphasis'
  | 'dim'
  | 'code'
  | 'link'
  | 'note'
  | 'accent'
  | 'pass'
  | 'fail'
  | 'warn'
  | 'error'
  | 'program'
  | 'flag'
  | 'string'
  | 'variable'
  | 'comment'
  | 'match';

export interface Span {
  readonly text: string;
  readonly tone?: Tone;
}

export type Line = readonly Span[];

export const span = (text: string, tone?: Tone): Span => (tone === undefined ? { text } : { text, tone });
export const line = (text: string, tone?: Tone): Line => [span(text, tone)];
export const blank: Line = [];

/** The text without its tones. */
export const plainText = (spans: Line): string => spans.map((part) => part.text).join('');

/** The same on one row: a message may have several, and a row that does not end where it should shifts all below it. */
export const oneRow = (spans: Line): Line =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is taken out
  spans.map((part) => ({ ...part, text: part.text.replace(/[\u0000-\u001f\u007f]+/g, ' ') }));
