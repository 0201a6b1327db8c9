import type { KeyValue, ResponseHeader } from '../proto/kv.ts';

/** How etcdctl writes things down. Models etcdctl/ctlv3/command/printer*.go. */

/** JSON as Go's encoder writes it: 64-bit ids as plain numbers, empty fields of messages left out. */
export function goJson(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('base64'));
  if (Array.isArray(value)) return `[${value.map(goJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).filter(([, field]) => field !== undefined);
    return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${goJson(field)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

function isEmpty(value: unknown): boolean {
  if (value instanceof Uint8Array || Array.isArray(value)) return value.length === 0;
  return value === undefined || value === 0 || value === 0n || value === false || value === '';
}

/** An object without its empty fields (`omitempty`). */
export function omitEmpty(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isEmpty(value)));
}

export const headerJson = (header: ResponseHeader | undefined) =>
  omitEmpty({
    cluster_id: header?.clusterId,
    member_id: header?.memberId,
    revision: header?.revision,
    raft_term: header?.raftTerm,
  });

export const kvJson = (kv: KeyValue | undefined) =>
  kv === undefined
    ? undefined
    : omitEmpty({
        key: kv.key,
        create_revision: kv.createRevision,
        mod_revision: kv.modRevision,
        version: kv.version,
        value: kv.value,
        lease: kv.lease,
      });

/** A table of the kind that Go's tablewriter draws: headings centred, cells to the right. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]!.length)),
  );
  const rule = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+\n`;
  const centre = (text: string, width: number) => {
    const left = Math.floor((width - text.length) / 2);
    return `${' '.repeat(left)}${text}${' '.repeat(width - text.length - left)}`;
  };
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  const heading = line(headings.map((text, column) => centre(text.toUpperCase(), widths[column]!)));
  const body = rows.map((row) => line(row.map((text, column) => text.padStart(widths[column]!)))).join('');
  return rule + heading + rule + body + rule;
}

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB'];

/** `20 kB`, `2.1 GB`. */
export function humanBytes(bytes: number): string {
  if (bytes < 10) return `${bytes} B`;
  const exponent = Math.floor(Math.log10(bytes) / 3);
  const value = Math.floor((bytes / 1000 ** exponent) * 10 + 0.5) / 10;
  return `${value < 10 ? value.toFixed(1) : roundHalfToEven(value)} ${byteUnits[exponent]}`;
}

/** As Go's %.0f: 20.5 is 20, which is why a new member's 20480 bytes are `20 kB`. */
const roundHalfToEven = (value: number) => (value % 2 === 0.5 ? Math.floor(value) : Math.round(value));

/** A duration as Go prints it: `2.763257ms`, `1.5s`. */
export function goDuration(milliseconds: number): string {
  if (milliseconds < 1) return `${Number((milliseconds * 1000).toFixed(3))}µs`;
  if (milliseconds < 1000) return `${Number(milliseconds.toFixed(6))}ms`;
  return `${Number((milliseconds / 1000).toFixed(9))}s`;
}

export const bytesText = (bytes: Uint8Array, hex: boolean) =>
  hex
    ? [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
    : Buffer.from(bytes).toString('utf8');

export const quoted = (bytes: Uint8Array) => JSON.stringify(Buffer.from(bytes).toString('utf8'));
