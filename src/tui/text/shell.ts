import type { Line, Span, Tone } from './line.ts';

/** Parts of a command line a reader's eye looks for. Not a shell's grammar: a mistake here costs a colour, nothing more. */
const parts: readonly { readonly tone: Tone; readonly pattern: RegExp }[] = [
  { tone: 'comment', pattern: /^#.*/ },
  { tone: 'string', pattern: /^(?:'[^']*'|"(?:\\.|[^"\\])*")/ },
  { tone: 'variable', pattern: /^\$(?:\{[^}]*\}|[A-Za-z_]\w*|[@*#?$!0-9])/ },
  { tone: 'flag', pattern: /^--?[A-Za-z][\w-]*/ },
];
const keyword = /^(?:for|do|done|if|then|else|elif|fi|while|in|case|esac|wait)$/;
const separator = /^(?:\|\||&&|[|;&(]|\$\()/;

/** One line of a shell script, coloured; one that goes on from the line before does not begin with a program. */
export function highlightShell(text: string, goesOn = false): Line {
  const spans: Span[] = [];
  let rest = text;
  // At the start of a command the next word is the program.
  let atCommand = !goesOn;
  let afterSpace = true;
  while (rest !== '') {
    const space = /^\s+/.exec(rest)?.[0];
    if (space !== undefined) {
      spans.push({ text: space });
      rest = rest.slice(space.length);
      afterSpace = true;
      continue;
    }
    const found = parts.find(
      ({ tone, pattern }) => (afterSpace || (tone !== 'comment' && tone !== 'flag')) && pattern.test(rest),
    );
    const mark = found === undefined ? separator.exec(rest)?.[0] : undefined;
    if (found !== undefined) {
      const piece = found.pattern.exec(rest)![0];
      spans.push({ text: piece, tone: found.tone });
      rest = rest.slice(piece.length);
      if (found.tone !== 'variable') atCommand = false;
    } else if (mark !== undefined) {
      spans.push({ text: mark, tone: 'dim' });
      rest = rest.slice(mark.length);
      atCommand = true;
      afterSpace = true;
      continue;
    } else {
      const word = /^[^\s'"$|;&()]+|^./.exec(rest)![0];
      const isAssignment = /^\w+=/.test(word);
      if (keyword.test(word) && atCommand) spans.push({ text: word, tone: 'dim' });
      else if (atCommand && !isAssignment) {
        spans.push({ text: word, tone: 'program' });
        atCommand = false;
      } else spans.push({ text: word });
      if (/^(?:for|case|in)$/.test(word)) atCommand = false;
      rest = rest.slice(word.length);
    }
    afterSpace = false;
  }
  return spans;
}

/** All lines of a script. */
export const highlightScript = (script: string): Line[] => {
  const rows = script.split('\n');
  return rows.map((row, index) => highlightShell(row, rows[index - 1]?.endsWith('\\') ?? false));
};
