import type { Clock } from '../../lib/clock.ts';

/** What the commands touch of the world, so that tests need no process. */
export interface CfsslIo {
  readonly clock: Clock;
  stdout(text: string): void;
  stderr(text: string): void;
  /** Throws Node's error (ENOENT …). */
  readFile(path: string): string;
  readStdin(): Promise<string>;
}

const two = (value: number) => String(value).padStart(2, '0');

/** Log lines as Go's log package and cfssl's log write them: `2026/11/21 00:00:00 [INFO] received CSR`. */
export function createCfsslLog(io: CfsslIo): (level: 'INFO' | 'WARNING' | 'ERROR', message: string) => void {
  return (level, message) => {
    const time = new Date(io.clock.now());
    const date = `${time.getFullYear()}/${two(time.getMonth() + 1)}/${two(time.getDate())}`;
    const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
    io.stderr(`${date} ${clock} [${level}] ${message}\n`);
  };
}

export type CfsslLog = ReturnType<typeof createCfsslLog>;

const goErrnoTexts: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EISDIR: 'is a directory',
  ENOTDIR: 'not a directory',
};

/** `open ca.pem: no such file or directory`, as Go's os.ReadFile says it. */
export function goFileError(path: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return `${code === 'EISDIR' ? 'read' : 'open'} ${path}: ${goErrnoTexts[code] ?? String(error)}`;
}
