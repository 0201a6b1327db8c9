import { type Clock, systemClock } from './clock.ts';

export type LogLevel = 'debug' | 'info' | 'warning' | 'error';
export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warning(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** `klog` is what Kubernetes programs print, `zap` what etcd prints (one JSON object a line). */
export type LogFormat = 'klog' | 'zap';

export interface LoggerOptions {
  readonly format: LogFormat;
  /** The file or component that speaks, as upstream's `caller`. */
  readonly caller: string;
  readonly level?: LogLevel;
  readonly clock?: Clock;
  readonly write?: (line: string) => void;
}

const order: readonly LogLevel[] = ['debug', 'info', 'warning', 'error'];
const two = (value: number) => String(value).padStart(2, '0');

function klogHeader(level: LogLevel, time: Date, caller: string): string {
  const letter = level === 'warning' ? 'W' : level === 'error' ? 'E' : 'I';
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${String(time.getMilliseconds()).padStart(3, '0')}000`;
  return `${letter}${two(time.getMonth() + 1)}${two(time.getDate())} ${clock} ${String(process.pid).padStart(7)} ${caller}]`;
}

function klogValue(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(value.message);
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : JSON.stringify(value);
}

function formatLine(
  format: LogFormat,
  level: LogLevel,
  time: Date,
  caller: string,
  message: string,
  fields: LogFields,
): string {
  if (format === 'zap') {
    const plain = Object.fromEntries(
      Object.entries(fields).map(([key, value]) => [key, value instanceof Error ? value.message : value]),
    );
    return JSON.stringify({
      level: level === 'warning' ? 'warn' : level,
      ts: time.toISOString(),
      caller,
      msg: message,
      ...plain,
    });
  }
  const pairs = Object.entries(fields).map(([key, value]) => ` ${key}=${klogValue(value)}`);
  return `${klogHeader(level, time, caller)} ${JSON.stringify(message)}${pairs.join('')}`;
}

/** Writes to standard error, a line an entry, so that the journal of the unit gets it. */
export function createLogger(options: LoggerOptions): Logger {
  const threshold = order.indexOf(options.level ?? 'info');
  const clock = options.clock ?? systemClock;
  const write = options.write ?? ((line: string) => process.stderr.write(`${line}\n`));
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      if (order.indexOf(level) < threshold) return;
      write(formatLine(options.format, level, new Date(clock.now()), options.caller, message, fields));
    };
  return { debug: at('debug'), info: at('info'), warning: at('warning'), error: at('error') };
}
