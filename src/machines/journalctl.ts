import { UsageError } from '../lib/errors.ts';
import type { JournalEntry, JournalQuery } from './api.ts';
import { formatEntry, type JournalFormat, journalFormats } from './journal-format.ts';

/** `journalctl` as the machines and the jumpbox have it: arguments to a query, entries to lines. */
export interface JournalctlPlan {
  readonly query: JournalQuery;
  readonly format: JournalFormat;
  readonly reverse: boolean;
  readonly quiet: boolean;
  /** Keeps an entry whose priority and message match. */
  keep(entry: JournalEntry): boolean;
}

const priorities = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'];

/** `2026-11-21 01:02:03`, `today`, `yesterday`, `now`, `-1h`, `5 min ago`; milliseconds, machines' time is UTC. */
export function parseJournalTime(text: string, now: number): number | undefined {
  const day = new Date(now).toISOString().slice(0, 10);
  if (text === 'now') return now;
  if (text === 'today') return Date.parse(`${day}T00:00:00Z`);
  if (text === 'yesterday') return Date.parse(`${day}T00:00:00Z`) - 86_400_000;
  const relative =
    /^-?(\d+)\s*(s|sec|second|seconds|m|min|minute|minutes|h|hour|hours|d|day|days)(\s+ago)?$/.exec(text);
  if (relative !== null) {
    const scale = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[
      relative[2]![0] as 's' | 'm' | 'h' | 'd'
    ];
    return now - Number(relative[1]) * scale;
  }
  if (/^\d{2}:\d{2}(:\d{2})?$/.test(text)) return Date.parse(`${day}T${text}Z`);
  const match = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}(?::\d{2})?))?$/.exec(text);
  return match === null ? undefined : Date.parse(`${match[1]}T${match[2] ?? '00:00:00'}Z`);
}

/** Throws {@link UsageError} for an option that is not supported, by name. */
export function planJournalctl(args: readonly string[], now: number): JournalctlPlan {
  const query: { -readonly [K in keyof JournalQuery]: JournalQuery[K] } = {};
  let format: JournalFormat = 'short';
  let reverse = false;
  let quiet = false;
  let maxPriority = 7;
  let grep: RegExp | undefined;
  let atEnd = false;
  const pending = [...args];
  while (pending.length > 0) {
    const arg = pending.shift()!;
    // Run-together short options, as in `-xeu etcd`.
    const run = /^-([a-zA-Z])([a-zA-Z].*|\d+|=.*)$/.exec(arg);
    if (run !== null && !arg.startsWith('--')) {
      const takesValue = 'unoSUpg'.includes(run[1]!);
      pending.unshift(`-${run[1]}`, takesValue ? run[2]! : `-${run[2]}`);
      continue;
    }
    const at = arg.startsWith('--') ? arg.indexOf('=') : -1;
    const name = at < 0 ? arg : arg.slice(0, at);
    const value = () => {
      const text = at < 0 ? pending.shift() : arg.slice(at + 1);
      if (text === undefined) throw new UsageError(`journalctl: option '${name}' requires an argument`);
      return text;
    };
    const time = () => {
      const text = value();
      const parsed = parseJournalTime(text, now);
      if (parsed === undefined) throw new UsageError(`Failed to parse timestamp: ${text}`);
      return parsed;
    };
    switch (name) {
      case '-u':
      case '--unit': {
        const unit = value();
        query.unit = /\.[a-z]+$/.test(unit) ? unit : `${unit}.service`;
        break;
      }
      case '-f':
      case '--follow':
        query.follow = true;
        break;
      case '-n':
      case '--lines': {
        // `-n` alone means ten.
        const next = at < 0 ? pending[0] : arg.slice(at + 1);
        if (next !== undefined && /^(\d+|all)$/.test(next)) {
          if (at < 0) pending.shift();
          query.lines = next === 'all' ? Number.MAX_SAFE_INTEGER : Number(next);
        } else query.lines = 10;
        break;
      }
      case '-o':
      case '--output': {
        const text = value();
        const found = journalFormats.find((candidate) => candidate === text);
        if (found === undefined) throw new UsageError(`Unknown output format '${text}'.`);
        format = found;
        break;
      }
      case '-S':
      case '--since':
        query.since = time();
        break;
      case '-U':
      case '--until':
        query.until = time();
        break;
      case '-b':
      case '--boot':
        query.thisBoot = true;
        break;
      case '-p':
      case '--priority': {
        const text = value();
        const level = /^[0-7]$/.test(text)
          ? Number(text)
          : priorities.indexOf(text.replace(/^error$/, 'err'));
        if (level < 0) throw new UsageError(`Unknown log level ${text}`);
        maxPriority = level;
        break;
      }
      case '-g':
      case '--grep': {
        const text = value();
        grep = new RegExp(text, text === text.toLowerCase() ? 'i' : '');
        break;
      }
      case '-r':
      case '--reverse':
        reverse = true;
        break;
      case '-e':
      case '--pager-end':
        atEnd = true;
        break;
      case '-q':
      case '--quiet':
        quiet = true;
        break;
      case '-x':
      case '--catalog':
      case '-a':
      case '--all':
      case '-l':
      case '--full':
      case '--no-pager':
      case '--no-hostname':
      case '--utc':
        break;
      default:
        throw new UsageError(
          arg.startsWith('-')
            ? `journalctl: unrecognized option '${arg}'`
            : `Failed to add match '${arg}': Invalid argument`,
        );
    }
  }
  if (query.lines === undefined && query.follow === true) query.lines = 10;
  if (query.lines === undefined && atEnd) query.lines = 1000;
  return {
    query,
    format,
    reverse,
    quiet,
    keep: (entry) => entry.priority <= maxPriority && (grep === undefined || grep.test(entry.message)),
  };
}

/** Runs the plan on a source of entries; `write` gets whole lines. */
export async function runJournalctlPlan(
  plan: JournalctlPlan,
  hostname: string,
  read: (query: JournalQuery) => AsyncIterable<JournalEntry>,
  write: (text: string) => void,
): Promise<number> {
  const limit = plan.query.lines;
  // The filter works on entries before they are counted, as journalctl's matches do.
  const source = read(plan.query);
  const line = (entry: JournalEntry) => `${formatEntry(entry, hostname, plan.format)}\n`;
  if (plan.query.follow === true) {
    for await (const entry of source) if (plan.keep(entry)) write(line(entry));
    return 0;
  }
  const lines: string[] = [];
  for await (const entry of source) if (plan.keep(entry)) lines.push(line(entry));
  const chosen = limit === undefined ? lines : lines.slice(Math.max(0, lines.length - limit));
  if (chosen.length === 0 && !plan.quiet) write('-- No entries --\n');
  else write((plan.reverse ? chosen.reverse() : chosen).join(''));
  return 0;
}
