import { type FileHandle, open } from 'node:fs/promises';
import { type Clock, sleep } from '../../../lib/clock.ts';
import { errorCode } from '../../../lib/errors.ts';
import { type LogOptions, parseLogRecord, renderRecord, tail } from './cri-log.ts';

const pollMs = 250;

export interface LogSource {
  readonly path: string;
  /** False once the container has ended: what is in the file then is all there will be. */
  running(): Promise<boolean>;
}

/** Reads lines from where it stopped; half a line stays for the next time. */
class LineReader {
  readonly #file: FileHandle;
  #position = 0;
  #rest = '';

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async lines(): Promise<string[]> {
    const chunks: Buffer[] = [];
    for (;;) {
      const { bytesRead, buffer } = await this.#file.read(Buffer.alloc(65_536), 0, 65_536, this.#position);
      if (bytesRead === 0) break;
      this.#position += bytesRead;
      chunks.push(buffer.subarray(0, bytesRead));
    }
    const lines = (this.#rest + Buffer.concat(chunks).toString('utf8')).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines;
  }
}

/** Opens a log; a container that has only just been started may not have written one yet. */
async function openLog(
  source: LogSource,
  options: LogOptions,
  clock: Clock,
  signal: AbortSignal,
): Promise<FileHandle | undefined> {
  for (;;) {
    try {
      return await open(source.path, 'r');
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
      if (!options.follow || signal.aborted || !(await source.running())) return undefined;
      await sleep(clock, pollMs, signal);
    }
  }
}

/** Writes a container's log, and goes on with `follow` until the container ends or the reader goes away. */
export async function streamLog(
  source: LogSource,
  options: LogOptions,
  write: (text: string) => void,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const file = await openLog(source, options, clock, signal);
  if (file === undefined) return;
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY;
  const print = (lines: readonly string[], last: number | undefined) => {
    const records = lines.flatMap((line) => parseLogRecord(line) ?? []);
    for (const record of tail(records, last)) {
      const text = renderRecord(record, options);
      if (text === undefined || left <= 0) continue;
      const bytes = Buffer.from(text);
      write(bytes.length <= left ? text : bytes.subarray(0, left).toString('utf8'));
      left -= bytes.length;
    }
  };
  try {
    const reader = new LineReader(file);
    print(await reader.lines(), options.tailLines);
    while (options.follow && !signal.aborted && left > 0) {
      // Asked before the file is read: what was written before the end is then still seen.
      const running = await source.running();
      print(await reader.lines(), undefined);
      if (!running) return;
      await sleep(clock, pollMs, signal);
    }
  } finally {
    await file.close();
  }
}
