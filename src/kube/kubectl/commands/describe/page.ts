import { alignTabs } from '../../output/tab-writer.ts';
import { lastAppliedAnnotation } from '../last-applied.ts';

/** Characters of an annotation's line. */
const longest = 140;

/** A description as it grows: lines with tabs between cells, two blanks for each level. */
export class Page {
  readonly #lines: string[] = [];

  /** `Name:\tweb`. A value of several lines is only for the caller who has aligned it. */
  line(level: number, ...cells: readonly (string | number | boolean | undefined)[]): void {
    this.#lines.push('  '.repeat(level) + cells.map((cell) => cell ?? '').join('\t'));
  }

  /** Text as it is. */
  text(text: string): void {
    for (const line of text.split('\n')) this.#lines.push(line.replaceAll('\t', '        '));
  }

  /** `Labels:  a=1`, each further one below the first; `<none>` when there is none. */
  list(level: number, title: string, values: readonly string[]): void {
    const [first = '<none>', ...others] = values;
    this.line(level, title, first);
    for (const value of others) this.line(0, '', value);
  }

  /** `a=1` pairs, sorted. */
  map(level: number, title: string, map: Readonly<Record<string, string>> | undefined, between = '='): void {
    this.list(
      level,
      title,
      Object.entries(map ?? {})
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => `${key}${between}${value}`),
    );
  }

  /** What a person noted, without what `apply` keeps there; long values stand below their key. */
  annotations(level: number, title: string, annotations: Readonly<Record<string, string>> | undefined): void {
    const shown = Object.entries(annotations ?? {})
      .filter(([key]) => key !== lastAppliedAnnotation)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([key, value]) => {
        const text = value.trimEnd();
        if (!text.includes('\n') && key.length + text.length <= longest) return [`${key}: ${text}`];
        const lines = text
          .split('\n')
          .map((line) => `  ${line.slice(0, longest - 2)}${line.length > longest - 2 ? '...' : ''}`);
        return [`${key}:`, ...lines];
      });
    this.list(level, title, shown);
  }

  /** A table: its heads, a line of dashes below each, its rows. */
  table(
    level: number,
    heads: readonly string[],
    rows: readonly (readonly string[])[],
    leastDashes = 0,
  ): void {
    this.line(level, ...heads);
    this.line(level, ...heads.map((head) => '-'.repeat(Math.max(leastDashes, head.length))));
    for (const row of rows) this.line(level, ...row);
  }

  /** The lines as they are, tabs and all. */
  raw(): string {
    return `${this.#lines.join('\n')}\n`;
  }

  toString(): string {
    return alignTabs(this.raw());
  }
}

/** `Sat, 21 Nov 2026 04:42:04 +0000`: RFC 1123 with the zone as a number. */
export function longTime(timestamp: string | undefined | null): string {
  if (timestamp === undefined || timestamp === null || timestamp === '') return '<unset>';
  const date = new Date(timestamp);
  const offset = -date.getTimezoneOffset();
  const local = new Date(date.getTime() + offset * 60_000).toUTCString().replace(/ GMT$/, '');
  const digits = (minutes: number) => String(minutes).padStart(2, '0');
  const zone = `${offset < 0 ? '-' : '+'}${digits(Math.floor(Math.abs(offset) / 60))}${digits(Math.abs(offset) % 60)}`;
  return `${local} ${zone}`;
}
