import { expect, test } from 'vitest';
import { parseChapterText } from '../../src/course/text.ts';

const chapter = `# Title

Why.

## A heading of the introduction

More.

## one: Do one

What.

### Not everything is a hint here? It must be.
`;

const parse = (text: string) => parseChapterText(text, 'x/text.en.md');

test('a text is taken apart: introduction, steps, sources, hints and reasons', () => {
  const text = parse(`# Title

Why.

## A heading of the introduction

\`\`\`sh
## one: not a heading, but a comment in a block
\`\`\`

## one: Do one

What: it is.

source: src/a.ts, src/b.ts

### hint 1

Look.

### hint 2
There.

### reason wrong-cn

Another name.

## two: Do two
`);
  expect(text.title).toBe('Title');
  expect(text.text).toContain('## A heading of the introduction');
  expect(text.text).toContain('## one: not a heading');
  expect([...text.steps.keys()]).toEqual(['one', 'two']);
  expect(text.steps.get('one')).toEqual({
    title: 'Do one',
    text: 'What: it is.',
    sources: ['src/a.ts', 'src/b.ts'],
    hints: ['Look.', 'There.'],
    reasons: { 'wrong-cn': 'Another name.' },
    line: 11,
  });
  expect(text.steps.get('two')).toMatchObject({ text: '', hints: [], sources: [] });
});

test.each([
  ['', 'the text must begin with "# Title" (x/text.en.md:1)'],
  ['Words.\n', 'the text must begin with "# Title" (x/text.en.md:1)'],
  ['## one: Do one\n', 'the text must begin with "# Title" (x/text.en.md:1)'],
  [
    chapter,
    '"### Not everything is a hint here? It must be." must be "### hint N" or "### reason NAME" (x/text.en.md:13)',
  ],
  ['# A\n## one: One\n# B\n', 'a chapter has one title (x/text.en.md:3)'],
  ['# A\n## one: One\n## Two\n', '"## Two" must be "## step-id: Title" (x/text.en.md:3)'],
  ['# A\n## one: One\n## one: Again\n', 'step "one" has two sections (x/text.en.md:3)'],
  ['# A\n## one: One\n### hint 2\n', 'hints count from 1 without a gap, here comes 2 (x/text.en.md:3)'],
  ['# A\n## one: One\n### reason a\n### reason a\n', 'reason a has two texts (x/text.en.md:4)'],
])('%j is refused with its place', (text, message) => {
  let said = 'nothing';
  try {
    parse(text);
  } catch (error) {
    said = String(error);
  }
  expect(said).toBe(message);
});
