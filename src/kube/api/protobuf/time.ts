/** Times and durations as JSON writes them. Models metav1.Time, metav1.MicroTime and Go's time.Duration.String. */
import { Reader, Writer } from './wire.ts';

/** A Timestamp message as RFC 3339, undefined for the zero time (an empty message). */
export function decodeTime(bytes: Buffer, micro: boolean): string | undefined {
  if (bytes.length === 0) return undefined;
  let seconds = 0;
  let nanos = 0;
  const reader = new Reader(bytes);
  while (!reader.done) {
    const { number, wire } = reader.tag();
    if (number === 1) seconds = reader.signed();
    else if (number === 2) nanos = reader.signed();
    else reader.skip(wire);
  }
  const date = new Date(seconds * 1000).toISOString().slice(0, 19);
  if (!micro) return `${date}Z`;
  return `${date}.${String(Math.floor(nanos / 1000)).padStart(6, '0')}Z`;
}

export function encodeTime(value: string, micro: boolean): Buffer {
  const ms = Date.parse(value);
  const writer = new Writer();
  writer.varintField(1, Math.floor(ms / 1000));
  const fraction = /\.(\d+)/.exec(value)?.[1] ?? '';
  writer.varintField(2, micro ? Number(fraction.slice(0, 6).padEnd(6, '0')) * 1000 : 0);
  return writer.finish();
}

const units: readonly [string, bigint][] = [
  ['h', 3_600_000_000_000n],
  ['m', 60_000_000_000n],
  ['s', 1_000_000_000n],
  ['ms', 1_000_000n],
  ['us', 1000n],
  ['µs', 1000n],
  ['ns', 1n],
];

/** Nanoseconds of a Go duration such as 1h15m30.918s; undefined when it is none. */
export function parseGoDuration(text: string): bigint | undefined {
  const match = /^([+-]?)((?:\d+(?:\.\d*)?(?:h|ms|m|us|µs|ns|s))+|0)$/.exec(text);
  if (match === null) return undefined;
  let total = 0n;
  for (const [, number, unit] of match[2]!.matchAll(/(\d+(?:\.\d*)?)(h|ms|m|us|µs|ns|s)/g)) {
    const scale = units.find(([name]) => name === unit)![1];
    const [whole, fraction = ''] = number!.split('.');
    total += BigInt(whole!) * scale;
    if (fraction !== '') total += (BigInt(fraction) * scale) / 10n ** BigInt(fraction.length);
  }
  return match[1] === '-' ? -total : total;
}

/** 1h15m30.918s, 1m0s, 1.5ms, 0s. */
export function formatGoDuration(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return '0s';
  const sign = nanoseconds < 0n ? '-' : '';
  const value = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  if (value < 1000n) return `${sign}${value}ns`;
  if (value < 1_000_000n) return `${sign}${decimal(value, 1000n)}µs`;
  if (value < 1_000_000_000n) return `${sign}${decimal(value, 1_000_000n)}ms`;
  const hours = value / 3_600_000_000_000n;
  const minutes = (value / 60_000_000_000n) % 60n;
  const seconds = decimal(value % 60_000_000_000n, 1_000_000_000n);
  if (hours > 0n) return `${sign}${hours}h${minutes}m${seconds}s`;
  return minutes > 0n ? `${sign}${minutes}m${seconds}s` : `${sign}${seconds}s`;
}

function decimal(value: bigint, scale: bigint): string {
  const fraction = (value % scale)
    .toString()
    .padStart(scale.toString().length - 1, '0')
    .replace(/0+$/, '');
  return fraction === '' ? `${value / scale}` : `${value / scale}.${fraction}`;
}
