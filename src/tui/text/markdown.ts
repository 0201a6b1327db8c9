/**
 * Markdown to lines of a width: `marked` reads it, this file lays it out.
 *
 *     text ──marked.lexer──▶ blocks ──block()──▶ lines of spans, wrapped
 *                              └── inline() ──▶ spans with tones
 */
import { marked, type Token, type Tokens } from 'marked';
import { blank, type Line, type Span, span, type Tone } from './line.ts';
import { highlightScript } from './shell.ts';
import { renderTable } from './table.ts';
import { wrap, wrapWith } from './width.ts';

export interface MarkdownGlyphs {
  readonly bullet: string;
  readonly bar: string;
  readonly rule: string;
}

const unicode: MarkdownGlyphs = { bullet: '•', bar: '▎', rule: '─' };

/** A paragraph that begins so is a note beside the text. */
const noteStart = /^\*\*In real life\*\*/;

const join = (outer: Tone | undefined, inner: Tone): Tone =>
  outer === undefined || outer === 'plain' ? inner : outer === 'note' && inner === 'strong' ? 'warn' : inner;

const restore = (text: string) =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');

/** The spans of inline Markdown. */
function inline(tokens: readonly Token[] | undefined, tone?: Tone): Span[] {
  return (tokens ?? []).flatMap((token): Span[] => {
    switch (token.type) {
      case 'strong':
        return inline(token.tokens, join(tone, 'strong'));
      case 'em':
        return inline(token.tokens, join(tone, 'emphasis'));
      case 'codespan':
        return [span(restore((token as Tokens.Codespan).text), 'code')];
      case 'link': {
        const { href, text } = token as Tokens.Link;
        const shown = inline(token.tokens, 'link');
        return href === text || href === `mailto:${text}` ? shown : [...shown, span(` (${href})`, 'dim')];
      }
      case 'br':
        return [span(' ', tone)];
      case 'del':
        return inline(token.tokens, 'dim');
      default: {
        const nested = 'tokens' in token ? token.tokens : undefined;
        if (nested !== undefined && nested.length > 0) return inline(nested, tone);
        const text = 'text' in token && typeof token.text === 'string' ? token.text : token.raw;
        return [span(restore(text).replace(/\s*\n\s*/g, ' '), tone)];
      }
    }
  });
}

export const inlineText = (markdown: string): Line => inline(marked.Lexer.lexInline(markdown));

function list(token: Tokens.List, columns: number, glyphs: MarkdownGlyphs): Line[] {
  const start = typeof token.start === 'number' ? token.start : 1;
  const loose = token.loose;
  return token.items.flatMap((item, index) => {
    const sign = token.ordered ? `${start + index}. ` : `${glyphs.bullet} `;
    const hang = ' '.repeat(sign.length);
    const inner = blocks(item.tokens, columns - sign.length, glyphs, false);
    const lines = inner.map((part, y): Line => [span(y === 0 ? sign : hang, 'accent'), ...part]);
    return loose && index < token.items.length - 1 ? [...lines, blank] : lines;
  });
}

function block(token: Token, columns: number, glyphs: MarkdownGlyphs): Line[] {
  switch (token.type) {
    case 'heading':
      return wrap(inline(token.tokens, 'heading'), columns);
    case 'paragraph': {
      if (noteStart.test(token.raw)) {
        const bar = [span(`${glyphs.bar} `, 'note')];
        return wrapWith(inline(token.tokens, 'note'), columns, bar);
      }
      return wrap(inline(token.tokens), columns);
    }
    case 'text':
      return wrap(token.tokens === undefined ? [span(token.raw)] : inline(token.tokens), columns);
    case 'list':
      return list(token as Tokens.List, columns, glyphs);
    case 'table': {
      const { header, rows } = token as Tokens.Table;
      return renderTable(
        {
          header: header.map((cell) => inline(cell.tokens)),
          rows: rows.map((row) => row.map((cell) => inline(cell.tokens))),
        },
        columns,
        glyphs.rule,
      );
    }
    case 'code': {
      const { text, lang } = token as Tokens.Code;
      const shell = lang === undefined || /^(ba|z)?sh|^$|console/.test(lang);
      const rows = shell ? highlightScript(text) : text.split('\n').map((row) => [span(row, 'code')]);
      return rows.flatMap((row) => wrapWith(row, columns, [span(`${glyphs.bar} `, 'dim')]));
    }
    case 'blockquote':
      return blocks(token.tokens ?? [], columns - 2, glyphs, true).map((part) => [
        span(`${glyphs.bar} `, 'dim'),
        ...part,
      ]);
    case 'hr':
      return [[span(glyphs.rule.repeat(Math.max(1, columns)), 'dim')]];
    default:
      return wrap([span(token.raw.trim())], columns);
  }
}

function blocks(tokens: readonly Token[], columns: number, glyphs: MarkdownGlyphs, spaced: boolean): Line[] {
  const lines: Line[] = [];
  for (const token of tokens) {
    if (token.type === 'space' || token.type === 'def') continue;
    if (spaced && lines.length > 0) lines.push(blank);
    lines.push(...block(token, columns, glyphs));
  }
  return lines;
}

/** Lines that fit the columns, a blank line between blocks. */
export const renderMarkdown = (
  markdown: string,
  columns: number,
  glyphs: MarkdownGlyphs = unicode,
): readonly Line[] => blocks(marked.lexer(markdown), columns, glyphs, true);
