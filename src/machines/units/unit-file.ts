/** Unit files as systemd reads them (models src/shared/conf-parser.c): sections, comments, continued lines, repeated keys. */

export interface Setting {
  readonly key: string;
  readonly value: string;
  /** Line number, from 1, where the setting begins. */
  readonly line: number;
}

export interface UnitFile {
  /** All settings of a section in the order of the file. */
  readonly sections: ReadonlyMap<string, readonly Setting[]>;
  /** What systemd would say in the journal about the file. */
  readonly warnings: readonly string[];
}

/** `path` is what the warnings name: the file as the machine sees it. */
export function parseUnitFile(text: string, path: string): UnitFile {
  const sections = new Map<string, Setting[]>();
  const warnings: string[] = [];
  let section: string | undefined;
  let pending: { text: string; line: number } | undefined;

  const take = (line: string, number: number) => {
    if (line === '') return;
    if (line.startsWith('[')) {
      if (!line.endsWith(']')) {
        warnings.push(`${path}:${number}: Invalid section header '${line}'`);
        return;
      }
      section = line.slice(1, -1);
      if (!sections.has(section)) sections.set(section, []);
      return;
    }
    const at = line.indexOf('=');
    if (section === undefined) {
      warnings.push(`${path}:${number}: Assignment outside of section. Ignoring.`);
    } else if (at < 1) {
      warnings.push(`${path}:${number}: Missing '=', ignoring line.`);
    } else {
      sections
        .get(section)!
        .push({ key: line.slice(0, at).trim(), value: line.slice(at + 1).trim(), line: number });
    }
  };

  text.split('\n').forEach((raw, index) => {
    const number = index + 1;
    const line = raw.replace(/\r$/, '');
    // A comment between continued lines is left out, and the continuation goes on.
    if (/^\s*[#;]/.test(line)) return;
    const joined = pending === undefined ? line.trimStart() : `${pending.text} ${line.trimStart()}`;
    const start = pending?.line ?? number;
    if (/(^|[^\\])(\\\\)*\\$/.test(line)) {
      pending = { text: joined.slice(0, -1).trimEnd(), line: start };
      return;
    }
    pending = undefined;
    take(joined.trim(), start);
  });
  if (pending !== undefined) take(pending.text.trim(), pending.line);
  return { sections, warnings };
}

/** systemd's time spans: `5`, `1min 20s`, `500ms`, `infinity`. Milliseconds; undefined when it is none. */
export function parseTimeSpan(text: string): number | undefined {
  if (text === 'infinity') return Number.POSITIVE_INFINITY;
  const units: Readonly<Record<string, number>> = {
    us: 0.001,
    usec: 0.001,
    ms: 1,
    msec: 1,
    '': 1000,
    s: 1000,
    sec: 1000,
    second: 1000,
    seconds: 1000,
    m: 60_000,
    min: 60_000,
    minute: 60_000,
    minutes: 60_000,
    h: 3_600_000,
    hr: 3_600_000,
    hour: 3_600_000,
    hours: 3_600_000,
    d: 86_400_000,
    day: 86_400_000,
    days: 86_400_000,
    w: 604_800_000,
    week: 604_800_000,
    weeks: 604_800_000,
  };
  if (!/^\s*(\d+(\.\d+)?\s*[a-z]*\s*)+$/.test(text)) return undefined;
  let total = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]*)/g)) {
    const scale = units[unit!];
    if (scale === undefined) return undefined;
    total += Number(number) * scale;
  }
  return total;
}

export function parseSystemdBoolean(text: string): boolean | undefined {
  if (/^(1|yes|y|true|t|on)$/i.test(text)) return true;
  if (/^(0|no|n|false|f|off)$/i.test(text)) return false;
  return undefined;
}
