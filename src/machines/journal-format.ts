import type { JournalEntry } from './api.ts';

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (value: number) => String(value).padStart(2, '0');

/** `Nov 21 01:02:03`, `Fri 2026-11-21 01:02:03 UTC`, `2026-11-21T01:02:03+0000`. Machines keep UTC. */
export function stamp(ms: number, style: 'short' | 'full' | 'iso'): string {
  const time = new Date(ms);
  const clock = `${two(time.getUTCHours())}:${two(time.getUTCMinutes())}:${two(time.getUTCSeconds())}`;
  const date = `${time.getUTCFullYear()}-${two(time.getUTCMonth() + 1)}-${two(time.getUTCDate())}`;
  if (style === 'iso') return `${date}T${clock}+0000`;
  if (style === 'full') return `${days[time.getUTCDay()]} ${date} ${clock} UTC`;
  return `${months[time.getUTCMonth()]} ${two(time.getUTCDate())} ${clock}`;
}

export const journalFormats = ['short', 'short-iso', 'short-precise', 'cat', 'json'] as const;
export type JournalFormat = (typeof journalFormats)[number];

/** One entry as `journalctl -o FORMAT` prints it, without the line's end. */
export function formatEntry(entry: JournalEntry, hostname: string, format: JournalFormat): string {
  switch (format) {
    case 'cat':
      return entry.message;
    case 'json':
      return JSON.stringify({
        __REALTIME_TIMESTAMP: String(Math.round(entry.time * 1000)),
        _BOOT_ID: entry.bootId.replaceAll('-', ''),
        _HOSTNAME: hostname,
        _SYSTEMD_UNIT: entry.unit,
        SYSLOG_IDENTIFIER: entry.identifier,
        _PID: String(entry.pid),
        PRIORITY: String(entry.priority),
        MESSAGE: entry.message,
      });
    case 'short':
    case 'short-iso':
    case 'short-precise': {
      const time =
        format === 'short-precise'
          ? `${stamp(entry.time, 'short')}.${String(Math.floor(entry.time % 1000)).padStart(3, '0')}000`
          : stamp(entry.time, format === 'short' ? 'short' : 'iso');
      const from = entry.identifier === 'kernel' ? 'kernel' : `${entry.identifier}[${entry.pid}]`;
      return `${time} ${hostname} ${from}: ${entry.message}`;
    }
  }
}
