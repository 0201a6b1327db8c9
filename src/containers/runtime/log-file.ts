import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

export type LogStream = 'stdout' | 'stderr';

/** Longer lines are split, and all but the last part are marked P. Bytes, as containerd's max_container_log_line_size. */
const maxLineBytes = 16 * 1024;

/** Nanoseconds since 1970 as RFC3339Nano; the clock gives microseconds. */
export function formatLogTime(nanoseconds: bigint): string {
  const seconds = nanoseconds / 1_000_000_000n;
  const rest = String(nanoseconds % 1_000_000_000n).padStart(9, '0');
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${rest}Z`;
}

/**
 * Cuts a stream into lines of the CRI's log format: `TIME stdout F text`, a character a byte (latin1), so that what is no
 * text, or a character that a cut goes through, is kept. Pure but for what it remembers.
 */
export class LogLines {
  #pending: Buffer = Buffer.alloc(0);

  constructor(
    readonly stream: LogStream,
    readonly now: () => bigint,
  ) {}

  push(chunk: Buffer): string {
    const data = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    let text = '';
    let start = 0;
    for (;;) {
      const end = data.indexOf(10, start);
      if (end === -1 && data.length - start < maxLineBytes) break;
      if (end === -1 || end - start > maxLineBytes) {
        text += this.#line('P', data.subarray(start, start + maxLineBytes));
        start += maxLineBytes;
      } else {
        text += this.#line('F', data.subarray(start, end));
        start = end + 1;
      }
    }
    this.#pending = data.subarray(start);
    return text;
  }

  /** What came after the last newline. */
  end(): string {
    const rest = this.#pending;
    this.#pending = Buffer.alloc(0);
    return rest.length === 0 ? '' : this.#line('F', rest);
  }

  #line(tag: 'F' | 'P', text: Buffer): string {
    return `${formatLogTime(this.now())} ${this.stream} ${tag} ${text.toString('latin1')}\n`;
  }
}

/** The log of one container. Writes are synchronous and whole lines: a reader that follows never sees half of one. */
export class LogFile {
  readonly #path: string | undefined;
  readonly #lines: Readonly<Record<LogStream, LogLines>>;
  #fd: number | undefined;

  /** Without a path what is written is thrown away, as the CRI wants for an empty log_path. */
  constructor(path: string | undefined, now: () => bigint) {
    this.#path = path;
    this.#lines = { stdout: new LogLines('stdout', now), stderr: new LogLines('stderr', now) };
    this.reopen();
  }

  /** After the file was rotated away. */
  reopen(): void {
    if (this.#path === undefined) return;
    const before = this.#fd;
    mkdirSync(dirname(this.#path), { recursive: true });
    this.#fd = openSync(this.#path, 'a', 0o640);
    if (before !== undefined) closeSync(before);
  }

  write(stream: LogStream, chunk: Buffer): void {
    this.#append(this.#lines[stream].push(chunk));
  }

  close(): void {
    this.#append(this.#lines.stdout.end() + this.#lines.stderr.end());
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #append(text: string): void {
    if (text !== '' && this.#fd !== undefined) writeSync(this.#fd, Buffer.from(text, 'latin1'));
  }
}
