import { LabError } from '../lib/errors.ts';

/**
 * The text of a chapter, one Markdown file a language:
 *
 *     # Title of the chapter
 *     why it exists …
 *     ## step-id: Title of the step
 *     what it is for …
 *     source: src/etcd/raft/node.ts
 *     ### hint 1   (to 3)
 *     ### reason wrong-cn
 */
export interface ChapterText {
  readonly title: string;
  readonly text: string;
  readonly steps: ReadonlyMap<string, StepText>;
}

export interface StepText {
  readonly title: string;
  readonly text: string;
  readonly hints: readonly string[];
  readonly reasons: Readonly<Record<string, string>>;
  readonly sources: readonly string[];
  /** From 1. */
  readonly line: number;
}

interface Section {
  readonly level: number;
  readonly heading: string;
  readonly line: number;
  readonly body: string[];
}

const stepHeading = /^([a-z0-9-]+):\s+(.+)$/;

/** Headings of level 1 to 3, outside code blocks. Before the first step, and deeper down, a heading is part of the text. */
function sections(markdown: string): Section[] {
  const found: Section[] = [];
  let inCode = false;
  for (const [index, line] of markdown.split('\n').entries()) {
    if (/^(```|~~~)/.test(line)) inCode = !inCode;
    const match = inCode ? null : /^(#{1,3})\s+(.*)$/.exec(line);
    const level = match?.[1]?.length ?? 0;
    const heading = match?.[2]?.trim() ?? '';
    const inIntroduction = found.length === 1 && level > 1 && !(level === 2 && stepHeading.test(heading));
    if (level > 0 && !inIntroduction) found.push({ level, heading, line: index + 1, body: [] });
    else found.at(-1)?.body.push(line);
  }
  return found;
}

const bodyOf = (section: Section) => section.body.join('\n').trim();

/** Throws {@link LabError} with `file:line` when the text has no title or a heading of no known form. */
export function parseChapterText(markdown: string, file: string): ChapterText {
  const fail = (message: string, line: number): never => {
    throw new LabError(message, { where: `${file}:${line}` });
  };
  const [front, ...rest] = sections(markdown);
  if (front === undefined || front.level !== 1) return fail('the text must begin with "# Title"', 1);
  const steps = new Map<string, StepText & { hints: string[]; reasons: Record<string, string> }>();
  let current: (StepText & { hints: string[]; reasons: Record<string, string> }) | undefined;
  for (const section of rest) {
    if (section.level === 1) fail('a chapter has one title', section.line);
    if (section.level === 2) {
      const [, id, title] = stepHeading.exec(section.heading) ?? [];
      if (id === undefined || title === undefined) {
        return fail(`"## ${section.heading}" must be "## step-id: Title"`, section.line);
      }
      if (steps.has(id)) fail(`step ${JSON.stringify(id)} has two sections`, section.line);
      const sources = section.body.filter((line) => line.startsWith('source: '));
      current = {
        title,
        text: section.body
          .filter((line) => !line.startsWith('source: '))
          .join('\n')
          .trim(),
        hints: [],
        reasons: {},
        sources: sources.flatMap((line) => line.slice('source: '.length).split(/[,\s]+/)),
        line: section.line,
      };
      steps.set(id, current);
      continue;
    }
    const [, kind, name] = /^(hint|reason)\s+(\S+)$/.exec(section.heading) ?? [];
    if (kind === undefined || name === undefined || current === undefined) {
      return fail(`"### ${section.heading}" must be "### hint N" or "### reason NAME"`, section.line);
    }
    if (kind === 'reason') {
      if (name in current.reasons) fail(`reason ${name} has two texts`, section.line);
      current.reasons[name] = bodyOf(section);
    } else if (Number(name) === current.hints.length + 1) current.hints.push(bodyOf(section));
    else fail(`hints count from 1 without a gap, here comes ${name}`, section.line);
  }
  return { title: front.heading, text: bodyOf(front), steps };
}
