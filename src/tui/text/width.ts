import type { Line, Span } from './line.ts';
import { plainText } from './line.ts';

const ascii = /^[\x20-\x7e]*$/;
/** Letters, punctuation, arrows, lines and marks that our own frame is made of: one column each. */
const narrow =
  /^[\x20-\x7e\u00a0-\u00ac\u00ae-\u02ff\u2010-\u2027\u2030-\u203b\u2190-\u2193\u21b3\u2500-\u25ef\u2714\u2716]*$/;
/** Roughly: East Asian letters, and the planes of emoji and rare ideographs. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

const roughly = (text: string): number =>
  [...text].reduce((sum, letter) => sum + (wide.test(letter) ? 2 : 1), 0);
let measure = roughly;

/** Sets the exact measure (string-width). It takes longer to load than the first frame may take, which does without it. */
export function measureWith(exactly: (text: string) => number): void {
  measure = exactly;
}

/** Made when first needed: it takes as long as a frame. */
let segmenter: Intl.Segmenter | undefined;

/** Columns that a text takes in a terminal; a Japanese letter takes two. */
export const width = (text: string): number => (narrow.test(text) ? text.length : measure(text));

export const lineWidth = (spans: Line): number => spans.reduce((sum, part) => sum + width(part.text), 0);

function split(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return segmenter.segment(text);
}

const graphemes = (text: string): string[] =>
  ascii.test(text) ? [...text] : [...split(text)].map((part) => part.segment);

/** The beginning of a text that fits into the columns, never half of a wide letter. */
function take(text: string, columns: number): string {
  if (ascii.test(text)) return text.slice(0, Math.max(0, columns));
  let used = 0;
  let taken = '';
  for (const letter of graphemes(text)) {
    used += width(letter);
    if (used > columns) break;
    taken += letter;
  }
  return taken;
}

/** A cut in the middle of a word goes back to its beginning, unless the word is long. */
const longestLoss = 12;
function atWord(kept: string, whole: string): string {
  if (kept.length === whole.length || whole[kept.length] === ' ') return kept;
  const space = kept.lastIndexOf(' ');
  return space > 0 && kept.length - space <= longestLoss ? kept.slice(0, space) : kept;
}

/** Cuts a line to the columns; what was cut is told by the ellipsis, which counts. */
export function truncate(spans: Line, columns: number, ellipsis = '…'): Line {
  if (lineWidth(spans) <= columns) return spans;
  let left = columns - width(ellipsis);
  if (left < 0) return [];
  const kept: Span[] = [];
  for (const part of spans) {
    const text = take(part.text, left);
    left -= width(text);
    kept.push({ ...part, text: atWord(text, part.text) });
    if (text.length < part.text.length) break;
  }
  const last = kept.at(-1);
  return [...kept.slice(0, -1), { ...last, text: `${last?.text ?? ''}${ellipsis}` }];
}

/** Exactly the columns: cut, or filled with spaces. */
export function fit(spans: Line, columns: number, ellipsis?: string): Line {
  const cut = truncate(spans, columns, ellipsis);
  const missing = columns - lineWidth(cut);
  return missing > 0 ? [...cut, { text: ' '.repeat(missing) }] : cut;
}

/** Left and right on one line; the left is cut first. */
export function spread(left: Line, right: Line, columns: number): Line {
  const rest = columns - lineWidth(right);
  return rest < 1 ? fit(left, columns) : [...fit(left, rest), ...right];
}

interface Token {
  readonly text: string;
  readonly tone: Span['tone'];
  readonly columns: number;
  readonly space: boolean;
}

/** Letters that must not begin a line: they stay with what stands before them. */
const closing = /^[、。，．・：；！？）」』】〕〉》ーっゃゅょッャュョ]/u;

function tokens(spans: Line): Token[] {
  const found: Token[] = [];
  const add = (text: string, tone: Span['tone'], space: boolean) =>
    found.push({ text, tone, columns: width(text), space });
  for (const { text, tone } of spans) {
    for (const chunk of text.match(/[^\S\u00a0]+|[\S\u00a0]+/g) ?? []) {
      // A no-break space is part of its word.
      if (/^[^\S\u00a0]/.test(chunk)) add(chunk.replace(/\s/g, ' '), tone, true);
      else if (ascii.test(chunk)) add(chunk, tone, false);
      else {
        let word = '';
        for (const letter of graphemes(chunk)) {
          if (width(letter) < 2) {
            word += letter;
            continue;
          }
          if (word !== '') add(word, tone, false);
          word = '';
          const previous = found.at(-1);
          if (closing.test(letter) && previous !== undefined && !previous.space) {
            found.pop();
            add(previous.text + letter, previous.tone, false);
          } else add(letter, tone, false);
        }
        if (word !== '') add(word, tone, false);
      }
    }
  }
  return found;
}

/** Tokens without a space between are one word, though their tones differ (`**x**,`), unless a wide letter ends one. */
function words(list: readonly Token[]): Token[][] {
  const groups: Token[][] = [];
  let previous: Token | undefined;
  for (const token of list) {
    const wide = (text: string) => width(graphemes(text).at(-1) ?? '') > 1;
    const joins =
      previous !== undefined &&
      !previous.space &&
      !token.space &&
      !wide(previous.text) &&
      width(graphemes(token.text)[0] ?? '') < 2;
    if (joins) groups.at(-1)!.push(token);
    else groups.push([token]);
    previous = token;
  }
  return groups;
}

function push(into: Span[], text: string, tone: Span['tone']): void {
  const last = into.at(-1);
  if (last !== undefined && last.tone === tone) into[into.length - 1] = { ...last, text: last.text + text };
  else into.push(tone === undefined ? { text } : { text, tone });
}

/**
 * Marks after which a long list, path or name is better cut than anywhere, when that leaves not too much room. The first
 * kind keeps the addresses of a list whole, and may leave more.
 */
const marks = [
  { signs: [',', '/'], least: 1 / 3 },
  { signs: [':', '-', '.'], least: 1 / 2 },
];
function atMark(piece: string): string {
  for (const { signs, least } of marks) {
    const mark = Math.max(...signs.map((sign) => piece.lastIndexOf(sign)));
    if (mark >= piece.length * least) return piece.slice(0, mark + 1);
  }
  return piece;
}

/** What is left whole when a text is cut only at spaces and after such marks. */
export const pieces = (text: string): string[] => text.split(/\s+|(?<=[,/:.-])/);

/** Wraps at spaces, and between wide letters; a word longer than a line is cut. At least one line. */
export function wrap(spans: Line, columns: number): Line[] {
  const limit = Math.max(1, columns);
  const lines: Span[][] = [[]];
  let used = 0;
  let pending: Token | undefined;
  for (const word of words(tokens(spans))) {
    if (word[0]!.space) {
      // Spaces of two spans may meet.
      const text = (pending?.text ?? '') + word.map((token) => token.text).join('');
      pending = { ...word[0]!, text, columns: text.length };
      continue;
    }
    const size = word.reduce((sum, token) => sum + token.columns, 0);
    const gap = pending === undefined ? 0 : used === 0 && lines.length > 1 ? 0 : pending.columns;
    if (used > 0 && used + gap + size > limit) {
      lines.push([]);
      used = 0;
    } else if (gap > 0 && pending !== undefined) {
      push(lines.at(-1)!, pending.text, pending.tone);
      used += gap;
    }
    pending = undefined;
    for (const token of word) {
      let rest = token.text;
      while (used + width(rest) > limit) {
        const piece = atMark(take(rest, limit - used));
        // Not even one wide letter fits into a single column: it goes out alone, too wide, rather than never.
        if (piece === '' && used === 0) break;
        if (piece !== '') push(lines.at(-1)!, piece, token.tone);
        rest = rest.slice(piece.length);
        lines.push([]);
        used = 0;
      }
      push(lines.at(-1)!, rest, token.tone);
      used += width(rest);
    }
  }
  return lines;
}

/** Wraps with one prefix for the first line and another for those that follow. */
export function wrapWith(spans: Line, columns: number, first: Line, rest: Line = first): Line[] {
  const inner = Math.max(8, columns - Math.max(lineWidth(first), lineWidth(rest)));
  return wrap(spans, inner).map((part, index) => [...(index === 0 ? first : rest), ...part]);
}

export const contains = (spans: Line, needle: string): boolean =>
  plainText(spans).toLowerCase().includes(needle.toLowerCase());
