import { alignTabs } from '../../output/tab-writer.ts';

/** A description as it grows: lines with tabs between cells, two blanks for each level. */
export class Page {
  readonly #lines: string[] = [];

  /** `Name:\tweb`. A value of several lines is only for the caller who has aligned it. */
  line(level: number, ...cells: readonly (string | number | boolean | undefined)[]): void {
    this.#lines.push('  '.repeat(level) + cells.map((cell) => cell ?? '').join('\t'));
  }

  /** `Labels:  a=1`, each further one below the first; `<none>` when there is none. */
  list(level: number, title: string, values: readonly string[]): void {
    const [first = '<none>', ...others] = values;
    this.line(level, title, first);
    for (const value of others) this.line(level, '', value);
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

  toString(): string {
    return alignTabs(`${this.#lines.join('\n')}\n`);
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
