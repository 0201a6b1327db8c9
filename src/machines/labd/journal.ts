import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Cancel, Clock } from '../../lib/clock.ts';
import type { JournalEntry, JournalQuery } from '../api.ts';

const maxFileBytes = 4 * 1024 * 1024;
const flushMs = 100;

export interface JournalOptions {
  readonly dir: string;
  readonly clock: Clock;
  /** Bytes after which the file becomes the previous one. */
  readonly maxBytes?: number;
}

/**
 * A machine's journal: JSON lines in two files, `current` and `previous`, so that it never grows beyond twice the limit.
 * Entries wait a tenth of a second to be written together; readers see them at once.
 */
export class Journal {
  readonly #file: string;
  readonly #previous: string;
  readonly #maxBytes: number;
  readonly #clock: Clock;
  #size: number;
  #pending: string[] = [];
  #flushTimer: Cancel | undefined;
  readonly #followers = new Set<(entry: JournalEntry) => void>();

  constructor(options: JournalOptions) {
    mkdirSync(options.dir, { recursive: true });
    this.#file = join(options.dir, 'current.jsonl');
    this.#previous = join(options.dir, 'previous.jsonl');
    this.#maxBytes = options.maxBytes ?? maxFileBytes;
    this.#clock = options.clock;
    this.#size = existsSync(this.#file) ? statSync(this.#file).size : 0;
  }

  append(entry: JournalEntry): void {
    this.#pending.push(`${JSON.stringify(entry)}\n`);
    this.#flushTimer ??= this.#clock.after(flushMs, () => this.flush());
    for (const follower of this.#followers) follower(entry);
  }

  flush(): void {
    this.#flushTimer?.();
    this.#flushTimer = undefined;
    if (this.#pending.length === 0) return;
    const text = this.#pending.join('');
    this.#pending = [];
    appendFileSync(this.#file, text, { mode: 0o600 });
    this.#size += Buffer.byteLength(text);
    if (this.#size < this.#maxBytes) return;
    renameSync(this.#file, this.#previous);
    this.#size = 0;
  }

  /** Entries that match, oldest first. */
  read(query: JournalQuery, bootId?: string): JournalEntry[] {
    this.flush();
    const entries: JournalEntry[] = [];
    for (const file of [this.#previous, this.#file]) {
      if (!existsSync(file)) continue;
      for (const line of readFileSync(file, 'utf8').split('\n')) {
        // A line cut short by a crash is left out.
        const entry = line === '' ? undefined : parseEntry(line);
        if (entry !== undefined && matches(entry, query, bootId)) entries.push(entry);
      }
    }
    return query.lines === undefined ? entries : entries.slice(Math.max(0, entries.length - query.lines));
  }

  follow(query: JournalQuery, listener: (entry: JournalEntry) => void): Cancel {
    const follower = (entry: JournalEntry) => {
      if (matches(entry, query, undefined)) listener(entry);
    };
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }
}

function parseEntry(line: string): JournalEntry | undefined {
  try {
    return JSON.parse(line) as JournalEntry;
  } catch {
    return undefined;
  }
}

function matches(entry: JournalEntry, query: JournalQuery, bootId: string | undefined): boolean {
  if (query.unit !== undefined && entry.unit !== query.unit) return false;
  if (query.since !== undefined && entry.time < query.since) return false;
  if (query.until !== undefined && entry.time > query.until) return false;
  return !(query.thisBoot === true && bootId !== undefined && entry.bootId !== bootId);
}

/** Cuts a stream of bytes into lines, and a line without an end after 48 KiB, as journald does. */
export function lineSplitter(onLine: (line: string) => void): { push(chunk: Buffer): void; end(): void } {
  const maxLine = 48 * 1024;
  let rest = Buffer.alloc(0);
  return {
    push(chunk) {
      let data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      for (let at = data.indexOf(10); at >= 0; at = data.indexOf(10)) {
        onLine(data.subarray(0, at).toString('utf8').replace(/\r$/, ''));
        data = data.subarray(at + 1);
      }
      while (data.length > maxLine) {
        onLine(data.subarray(0, maxLine).toString('utf8'));
        data = data.subarray(maxLine);
      }
      rest = Buffer.from(data);
    },
    end() {
      if (rest.length > 0) onLine(rest.toString('utf8'));
      rest = Buffer.alloc(0);
    },
  };
}
