import { type FileHandle, open, stat } from 'node:fs/promises';
import { type Clock, sleep } from '../../../lib/clock.ts';
import { errorCode } from '../../../lib/errors.ts';
import { type LogOptions, type LogRecord, parseLogRecord, renderRecord, tail } from './cri-log.ts';

const pollMs = 250;
const chunkBytes = 65_536;

export interface LogSource {
  readonly path: string;
  /** False once the container has ended: what is in the file then is all there will be. */
  running(): Promise<boolean>;
}

/** Takes a piece of the log; a promise asks for the next one to wait. */
export type LogWriter = (data: Buffer) => void | Promise<void>;

/**
 * An open log, read on from where it stopped; half a line stays for the next time. Text is held as latin1, a character
 * a byte, so that whatever a program printed comes out as it went in.
 */
class LogFile {
  readonly #handle: FileHandle;
  #position = 0;
  #rest = '';

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** What has been written since, a chunk at a time. */
  async *records(): AsyncGenerator<LogRecord[]> {
    for (;;) {
      const { bytesRead, buffer } = await this.#handle.read(
        Buffer.alloc(chunkBytes),
        0,
        chunkBytes,
        this.#position,
      );
      if (bytesRead === 0) return;
      this.#position += bytesRead;
      const lines = (this.#rest + buffer.toString('latin1', 0, bytesRead)).split('\n');
      this.#rest = lines.pop() ?? '';
      yield lines.flatMap((line) => parseLogRecord(line) ?? []);
    }
  }

  /** The file that bears the log's name now, when that is another one: the log was rotated. */
  async successor(path: string): Promise<LogFile | undefined> {
    const [mine, named] = await Promise.all([this.#handle.stat(), stat(path).catch(() => undefined)]);
    if (named === undefined || (named.ino === mine.ino && named.dev === mine.dev)) return undefined;
    return new LogFile(await open(path, 'r'));
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** Opens a log; a container that has only just been started may not have written one yet. */
async function openLog(
  source: LogSource,
  options: LogOptions,
  clock: Clock,
  signal: AbortSignal,
): Promise<LogFile | undefined> {
  for (;;) {
    try {
      return new LogFile(await open(source.path, 'r'));
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
      if (!options.follow || signal.aborted || !(await source.running())) return undefined;
      await sleep(clock, pollMs, signal);
    }
  }
}

/** Prints records as they were asked for, up to the limit. */
class Printer {
  readonly #options: LogOptions;
  readonly #write: LogWriter;
  #left: number;

  constructor(options: LogOptions, write: LogWriter) {
    this.#options = options;
    this.#write = write;
    this.#left = options.limitBytes ?? Number.POSITIVE_INFINITY;
  }

  get isFull(): boolean {
    return this.#left <= 0;
  }

  async print(records: readonly LogRecord[]): Promise<void> {
    const text = records
      .map((record) => renderRecord(record, this.#options) ?? '')
      .join('')
      .slice(0, this.#left);
    this.#left -= text.length;
    if (text !== '') await this.#write(Buffer.from(text, 'latin1'));
  }

  async printAll(file: LogFile, signal: AbortSignal): Promise<void> {
    for await (const records of file.records()) {
      await this.print(records);
      if (this.isFull || signal.aborted) return;
    }
  }
}

/**
 * Writes a container's log, and goes on with `follow` until the container ends or the reader goes away: also when the
 * log is rotated meanwhile. Models pkg/kubelet/kuberuntime/logs ReadLogs.
 */
export async function streamLog(
  source: LogSource,
  options: LogOptions,
  write: LogWriter,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const first = await openLog(source, options, clock, signal);
  if (first === undefined) return;
  let file: LogFile = first;
  const printer = new Printer(options, write);
  try {
    if (options.tailLines !== undefined) {
      const records: LogRecord[] = [];
      for await (const more of file.records()) records.push(...more);
      await printer.print(tail(records, options.tailLines));
    } else await printer.printAll(file, signal);
    while (options.follow && !signal.aborted && !printer.isFull) {
      // Asked before the file is read: what was written before the end is then still seen.
      const running = await source.running();
      const next: LogFile | undefined = await file.successor(source.path);
      await printer.printAll(file, signal);
      if (next !== undefined) {
        await file.close();
        file = next;
        continue;
      }
      if (!running) return;
      await sleep(clock, pollMs, signal);
    }
  } finally {
    await file.close();
  }
}
